"""Weights of works that share units, by period: what a token of each is worth in the linear relaxation.

    minimise   sum_p price[p] F[p] + sum_ct price[c,t] hired[c,t] + sum_pt running[p,t] use[p,t]
    where      sum_u able[u,w,t] busy[u,w,t] >= asked[w,t]                            every work and period
               sum_u of h, w nodes[u] busy[u,w,t] <= sum_p of h use[p,t] + sum_c of h hired[c,t]     hardware, period
               use[p,t] <= F[p]

Its duals of the first rows are the weights under which merged works cost as much as they do apart. Any weights are
valid (`planner.optimize.decomposition.problem.roles`), so none of this needs proof.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.problem.row_program import RowProgram

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
    program = RowProgram()
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
            program.put(held, program.columns(np.array([price]), most), 1.0)
    for hire in hires:
        program.put(nodes[hire.hardware], program.columns(hire.price, float(hire.maximum)), 1.0)
    duals = program.duals()
    return None if duals is None else {work: np.maximum(duals[at], 0.0) for work, at in asked.items()}
