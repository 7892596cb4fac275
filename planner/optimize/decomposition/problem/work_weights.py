"""Weights of works that share units, by period: what a token of each is worth in the linear relaxation.

    minimise   sum_p price[p] F[p] + sum_ct price[c,t] hired[c,t] + sum_pt running[p,t] use[p,t]
    where      sum_u able[u,w,t] busy[u,w,t] >= asked[w,t]                            every work and period
               sum_u of h, w nodes[u] busy[u,w,t] <= sum_p of h use[p,t] + sum_c of h hired[c,t]     hardware, period
               use[p,t] <= F[p]

Its duals of the first rows are the weights under which merged works cost as much as they do apart. Any weights are
valid (`planner.optimize.decomposition.problem.roles`), so none of this needs proof.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.optimize.decomposition.problem.holdings import Holdings

    Row = tuple[NDArray[np.float64], NDArray[np.float64]]


def work_weights(
    sets: Sets, rows: dict[int, Row], holdings: Holdings, most_columns: int
) -> dict[int, NDArray[np.float64]] | None:
    """What weighs each work of `rows` in every period; these are able[unit, period] and asked[period].

    None where the program has more columns than that, or no optimum.
    """
    pools, hires = holdings
    periods = sets.periods
    pairs = [
        (unit, work) for work, (able, _) in rows.items() for unit in np.flatnonzero(able.any(axis=1)).tolist()
    ]
    if (len(pairs) + len(pools) + len(hires)) * periods > most_columns:
        return None
    program = _Program(periods)
    asked = {work: program.rows_at_least(row[1]) for work, row in rows.items()}
    nodes = [program.rows_at_least(np.zeros(periods)) for _ in sets.hardware]
    for unit, work in pairs:
        busy = program.columns(np.zeros(periods), np.inf)
        program.put(asked[work], busy, rows[work][0][unit])
        program.put(nodes[sets.hardware_of[unit]], busy, -float(sets.unit_parts[unit]))
    for pool in pools:
        use, held = program.columns(pool.running, np.inf), program.rows_at_least(np.zeros(periods))
        program.put(nodes[pool.hardware], use, 1.0)
        program.put(held, use, -1.0)
        for price, most in zip(pool.price.tolist(), pool.nodes.tolist(), strict=True):
            program.put(held, np.broadcast_to(program.columns(np.array([price]), most), (periods,)), 1.0)
    for hire in hires:
        able = np.isfinite(hire.price)
        hired = program.columns(np.where(able, hire.price, 0.0), np.where(able, hire.maximum, 0.0))
        program.put(nodes[hire.hardware], hired, 1.0)
    duals = program.duals()
    return None if duals is None else {work: np.maximum(duals[at], 0.0) for work, at in asked.items()}


class _Program:
    """A linear program under construction: rows matrix @ x >= side."""

    def __init__(self, periods: int) -> None:
        self.periods = periods
        self.side: list[NDArray[np.float64]] = []
        self.cost: list[NDArray[np.float64]] = []
        self.upper: list[NDArray[np.float64]] = []
        self.entries: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
        self.row_count = self.column_count = 0

    def rows_at_least(self, side: NDArray[np.float64]) -> NDArray[np.int64]:
        """Positions of new rows."""
        self.side.append(side)
        self.row_count += len(side)
        return np.arange(self.row_count - len(side), self.row_count)

    def columns(self, cost: NDArray[np.float64], upper: NDArray[np.float64] | float) -> NDArray[np.int64]:
        """Positions of new columns."""
        self.cost.append(cost)
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), cost.shape))
        self.column_count += len(cost)
        return np.arange(self.column_count - len(cost), self.column_count)

    def put(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], value: NDArray[np.float64] | float
    ) -> None:
        """Add entries, one a row."""
        self.entries.append((rows, columns, np.broadcast_to(np.asarray(value, dtype=np.float64), rows.shape)))

    def duals(self) -> NDArray[np.float64] | None:
        """Duals of the rows at the optimum, None where there is none."""
        from scipy.optimize import linprog

        at, columns, values = (np.concatenate(side) for side in zip(*self.entries, strict=True))
        largest = np.zeros(self.row_count)
        np.maximum.at(largest, at, np.abs(values))
        scale = 1.0 / np.where(largest > 0, largest, 1.0)
        shape = (self.row_count, self.column_count)
        matrix: Any = coo_array(
            (-values * scale[at], (at, columns)), shape=shape
        ).tocsr()  # the stub takes no sparse one
        found = linprog(
            np.concatenate(self.cost),
            A_ub=matrix,
            b_ub=-np.concatenate(self.side) * scale,
            bounds=[(0.0, most) for most in np.concatenate(self.upper).tolist()],
        )
        return -np.asarray(found.ineqlin.marginals) * scale if found.status == 0 else None
