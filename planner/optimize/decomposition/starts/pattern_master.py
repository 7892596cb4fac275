"""The master of column generation over patterns, for every fleet of a range.

    min sum_p price[p,segment] y[p,segment] + sum usd(pattern) lambda[pattern,t] + start + hire
    sum_pattern lambda[pattern,t] = 1                                                      dual mu[t]
    start[u,t] >= sum_pattern x[pattern,u] (lambda[pattern,t] - lambda[pattern,previous t])  dual sigma[u,t]
    sum_pattern middle[pattern,p] lambda[pattern,t] <= y[p] + hire[p,t]                     dual node[p,t]

y[p] are nodes held beyond the lower corner of the range; a pattern uses those of the lower corner first, then
middle ones, then hires. It loads HiGHS, so it is for a process of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.starts.duals import PoolDuals, following_of
from planner.optimize.decomposition.starts.growing_program import add_columns, rows_only
from planner.optimize.decomposition.starts.patterns import sources_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
    from planner.optimize.decomposition.problem.structure import Structure


@dataclass(frozen=True, eq=False)
class Optimum:
    """Of the master with the columns it has: its cost, duals, price mu[period] and the patterns
    taken[pattern, unit].
    """

    cost: float
    duals: PoolDuals
    mu: NDArray[np.float64]
    taken: NDArray[np.int64]


class PatternMaster:
    """The program with the columns added so far."""

    def __init__(self, structure: Structure, fleets: FleetBounds, taken_share: float) -> None:
        """A pattern is taken from such a share in the optimum on."""
        self.structure, self.fleets, self.taken_share = structure, fleets, taken_share
        pools, units, periods = len(structure.pools), len(structure.unit_rate), structure.periods
        self.free = sources_of(structure, fleets, np.zeros((pools, periods)))
        self.following = following_of(structure)
        self.open = np.flatnonzero(fleets.high > fleets.low)
        self.held_usd = sum(
            float(pool.node_prices()[:low].sum())
            for pool, low in zip(structure.pools, fleets.low.tolist(), strict=True)
        )
        self.start_row = periods + np.arange(units * periods).reshape(units, periods)
        node_row = np.full((pools, periods), -1, dtype=np.int64)
        node_row[self.open] = (
            periods + units * periods + np.arange(len(self.open) * periods).reshape(-1, periods)
        )
        self.node_row = node_row
        self.known: set[tuple[int, bytes]] = set()
        self.units: list[NDArray[np.int64]] = []
        rows = periods + units * periods + len(self.open) * periods
        lower = np.concatenate([np.ones(periods), np.zeros(rows - periods)])
        upper = np.concatenate([np.ones(periods), np.full(rows - periods, np.inf)])
        self.highs = rows_only(lower, upper)
        self._starts()
        self._hires()
        for place in range(pools):
            self._fleet(place)

    def _starts(self) -> None:
        usd = self.structure.unit_start_usd[:, None] * self.structure.weight
        rows = self.start_row.ravel()
        add_columns(
            self.highs, usd.ravel(), np.full(len(rows), np.inf), list(rows[:, None]), [np.ones(1)] * len(rows)
        )

    def _hires(self) -> None:
        """Instead of a middle node: hire one, where that is offered."""
        for place in self.open.tolist():
            pool = self.structure.pools[place]
            offers = [hire.price for hire in self.structure.hires if hire.hardware == pool.hardware]
            if offers:
                usd = np.maximum(np.min(offers, axis=0) - pool.running, 0.0)
                at = np.flatnonzero(np.isfinite(usd))
                rows = list(self.node_row[place, at][:, None])
                add_columns(self.highs, usd[at], np.full(len(at), np.inf), rows, [np.ones(1)] * len(at))

    def _fleet(self, place: int) -> None:
        pool, low, high = (
            self.structure.pools[place],
            int(self.fleets.low[place]),
            int(self.fleets.high[place]),
        )
        price, count = np.unique(pool.node_prices()[low:high], return_counts=True)
        rows = [self.node_row[place]] * len(price)
        add_columns(self.highs, price, count.astype(np.float64), rows, [np.ones(len(row)) for row in rows])

    def add(self, period: int, units: NDArray[np.int64], nodes: NDArray[np.int64]) -> int:
        """Add patterns units[pattern, unit] with nodes[pattern, hardware] to a period; how many were new."""
        cost, rows, values = [], [], []
        following = int(self.following[period])
        for pattern, by_hardware in zip(units, nodes, strict=True):
            key = (period, pattern.tobytes())
            if key in self.known:
                continue
            usd, middle = self._use(period, by_hardware)
            if not np.isfinite(usd):
                continue
            self.known.add(key)
            self.units.append(pattern)
            on, used = np.flatnonzero(pattern), np.flatnonzero(middle)
            row, value = [np.array([period]), self.node_row[used, period]], [np.ones(1), -middle[used]]
            if following != period:  # a period that follows itself has no starts
                row.append(self.start_row[on, period])
                value.append(-pattern[on])
                after = on[: len(on) * (following >= 0)]
                row.append(self.start_row[after, following])
                value.append(pattern[after])
            cost.append(usd)
            rows.append(np.concatenate(row))
            values.append(np.concatenate(value).astype(np.float64))
        add_columns(self.highs, np.array(cost), np.full(len(cost), np.inf), rows, values)
        return len(cost)

    def _use(self, period: int, nodes: NDArray[np.int64]) -> tuple[float, NDArray[np.float64]]:
        """USD of nodes by hardware, cheapest sources first, and middle nodes used by pool."""
        left, usd = nodes.astype(np.float64), 0.0
        middle = np.zeros(len(self.structure.pools))
        for source in sorted(self.free, key=lambda source: float(source.usd[period])):
            price = float(source.usd[period])
            if not np.isfinite(price):
                continue
            used = min(float(left[source.hardware]), float(source.nodes))
            left[source.hardware] -= used
            usd += price * used
            if source.pool >= 0:
                middle[source.pool] = used
        return (usd if (left <= 0).all() else np.inf), middle

    @property
    def complete(self) -> bool:
        """Whether every period has a pattern, without which there is no optimum."""
        return len({period for period, _ in self.known}) == self.structure.periods

    def solve(self) -> Optimum:
        """Optimum over the columns added."""
        self.highs.run()
        return self._optimum()

    def _optimum(self) -> Optimum:
        solution = self.highs.getSolution()
        dual, value = np.asarray(solution.row_dual), np.asarray(solution.col_value)
        most = self.structure.unit_start_usd[:, None] * self.structure.weight
        node = np.where(self.node_row >= 0, dual[self.node_row], 0.0)
        return Optimum(
            cost=self.held_usd + float(self.highs.getInfo().objective_function_value),
            duals=PoolDuals(np.clip(dual[self.start_row], 0.0, most), np.maximum(node, 0.0)),
            mu=dual[: self.structure.periods],
            taken=np.array(
                [self.units[at] for at in np.flatnonzero(value[-len(self.units) :] > self.taken_share)]
            ),
        )
