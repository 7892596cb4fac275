"""The master of column generation over the covers of each role, for every fleet of a range.

    min sum_p C_p(y[p]) + sum running z + sum price hire + start
    sum_cover lambda[cover,r,t] = 1
    start[u,t] >= x[u,t] - x[u,previous t],   x[u,t] = sum_cover cover[u] lambda[cover,r,t] + more[u,t]
    sum_p z[p,t] + hire[h,t] >= sum_u nodes[u] x[u,t]                                  dual nu[h,t]
    z[p,t] <= y[p],   low <= y <= high

The roles share nothing but nodes at one price, so covers of one demand at a time are priced. It loads HiGHS, so it
is for a process of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.starts.duals import HardwareDuals, following_of
from planner.optimize.decomposition.starts.growing_program import add_columns, rows_only

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
    from planner.optimize.decomposition.problem.structure import Structure


@dataclass(frozen=True, eq=False)
class RoleOptimum:
    """Of the master with the covers it has: its cost, duals and fleet[pool]."""

    cost: float
    duals: HardwareDuals
    fleet: NDArray[np.float64]


class RoleMaster:
    """The program with the covers added so far; they serve every range."""

    def __init__(self, structure: Structure, missing_node_factor: float) -> None:
        """A node that does not exist costs so many times the dearest one."""
        self.structure, self.missing_node_factor = structure, missing_node_factor
        pools, units, periods = len(structure.pools), len(structure.unit_rate), structure.periods
        self.following = following_of(structure)
        sizes = (2 * periods, units * periods, structure.hardware * periods, pools * periods)
        ends = np.cumsum(sizes)
        self.start_row = sizes[0] + np.arange(sizes[1]).reshape(units, periods)
        self.node_row = ends[1] + np.arange(sizes[2]).reshape(structure.hardware, periods)
        self.pool_row = ends[2] + np.arange(sizes[-1]).reshape(pools, periods)
        self.known: set[tuple[int, int, bytes]] = set()
        total = int(ends[-1])
        lower = np.concatenate([np.ones(2 * periods), np.zeros(total - 2 * periods)])
        upper = np.where(lower > 0, 1.0, np.inf)
        self.highs = rows_only(lower, upper)
        self._starts()
        self._nodes()
        self.segments = [self._segments(place) for place in range(pools)]

    def _starts(self) -> None:
        """Starts, and units beyond the cover."""
        structure = self.structure
        usd = (structure.unit_start_usd[:, None] * structure.weight).ravel()
        rows = self.start_row.ravel()[:, None]
        add_columns(self.highs, usd, np.full(len(rows), np.inf), list(rows), [np.ones(1)] * len(rows))
        units, periods = self.start_row.shape
        each = np.eye(units, dtype=np.int64)
        more = [self._entries(each[unit], period) for unit in range(units) for period in range(periods)]
        infinite = np.full(len(more), np.inf)
        add_columns(
            self.highs, np.zeros(len(more)), infinite, [row for row, _ in more], [value for _, value in more]
        )

    def _nodes(self) -> None:
        """Nodes in use out of pools, hired, and missing."""
        structure, periods = self.structure, self.structure.periods
        for place, pool in enumerate(structure.pools):
            rows = np.column_stack([self.node_row[pool.hardware], self.pool_row[place]])
            infinite = np.full(periods, np.inf)
            add_columns(self.highs, pool.running, infinite, list(rows), [np.array([1.0, -1.0])] * periods)
        for hire in structure.hires:
            at = np.flatnonzero(np.isfinite(hire.price))
            most = np.full(len(at), float(hire.maximum))
            rows = self.node_row[hire.hardware, at][:, None]
            add_columns(self.highs, hire.price[at], most, list(rows), [np.ones(1)] * len(at))
        held = [pool.price.max(initial=0.0) for pool in structure.pools]
        hired = [hire.price[np.isfinite(hire.price)].max(initial=0.0) for hire in structure.hires]
        missing = np.full(self.node_row.size, self.missing_node_factor * max((*held, *hired), default=0.0))
        rows = self.node_row.ravel()[:, None]
        add_columns(self.highs, missing, np.full(len(rows), np.inf), list(rows), [np.ones(1)] * len(rows))

    def _segments(self, place: int) -> NDArray[np.int64]:
        pool = self.structure.pools[place]
        rows = [self.pool_row[place]] * len(pool.price)
        return add_columns(
            self.highs, pool.price, pool.nodes.astype(np.float64), rows, [np.ones(len(row)) for row in rows]
        )

    def _entries(
        self, units: NDArray[np.int64], period: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Rows and values of units in a period, convexity left out."""
        structure, following = self.structure, int(self.following[period])
        on = np.flatnonzero(units)
        kinds = np.unique(structure.unit_hardware[on])
        nodes = np.bincount(structure.unit_hardware[on], units[on] * structure.unit_nodes[on])[kinds]
        rows, values = [self.node_row[kinds, period]], [-nodes]
        if following != period:  # a period that follows itself has no starts
            rows.append(self.start_row[on, period])
            values.append(-units[on])
            if following >= 0:
                rows.append(self.start_row[on, following])
                values.append(units[on])
        return np.concatenate(rows), np.concatenate(values).astype(np.float64)

    def add(self, role: int, period: int, covers: NDArray[np.int64]) -> int:
        """Add covers[cover, unit] of a role in a period; how many were new."""
        new = []
        for units in covers:
            key = (role, period, units.tobytes())
            if key not in self.known:
                self.known.add(key)
                new.append(self._entries(units, period))
        convexity = np.array([role * self.structure.periods + period])
        rows = [np.concatenate([convexity, row]) for row, _ in new]
        values = [np.concatenate([np.ones(1), value]) for _, value in new]
        add_columns(self.highs, np.zeros(len(new)), np.full(len(new), np.inf), rows, values)
        return len(new)

    def restrict(self, fleets: FleetBounds) -> None:
        """Only fleets of a range from now on."""
        for place, (columns, pool) in enumerate(zip(self.segments, self.structure.pools, strict=True)):
            before = np.concatenate(([0], np.cumsum(pool.nodes)))[:-1]
            low = np.clip(int(fleets.low[place]) - before, 0, pool.nodes)
            high = np.clip(int(fleets.high[place]) - before, 0, pool.nodes)
            for column, least, most in zip(columns.tolist(), low.tolist(), high.tolist(), strict=True):
                self.highs.changeColBounds(column, float(least), float(most))

    def solve(self) -> RoleOptimum:
        """Optimum over the covers added."""
        self.highs.run()
        solution = self.highs.getSolution()
        dual, value = np.asarray(solution.row_dual), np.asarray(solution.col_value)
        most = self.structure.unit_start_usd[:, None] * self.structure.weight
        return RoleOptimum(
            cost=float(self.highs.getInfo().objective_function_value),
            duals=HardwareDuals(
                np.clip(dual[self.start_row], 0.0, most), np.maximum(dual[self.node_row], 0.0)
            ),
            fleet=np.array([value[columns].sum() for columns in self.segments]),
        )
