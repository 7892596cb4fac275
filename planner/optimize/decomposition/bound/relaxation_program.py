"""The program of the linear relaxation: its columns and rows, and where they stand.

`relaxation` has the equations. It loads HiGHS, so it is for a process of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array

from planner.optimize.decomposition.bound.shortage import best_of_both, best_rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.bound.time_aggregation import TimeAggregation
    from planner.optimize.decomposition.problem.structure import Structure


class Rows:
    """Rows of a sparse matrix under construction."""

    def __init__(self) -> None:
        self.entries: list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]] = []
        self.lower: list[NDArray[np.float64]] = []
        self.upper: list[NDArray[np.float64]] = []
        self.count = 0

    def add(self, size: int, lower: Any, upper: Any) -> NDArray[np.int64]:
        """Open `size` rows and return their positions."""
        rows = np.arange(self.count, self.count + size)
        self.lower.append(np.broadcast_to(np.asarray(lower, dtype=np.float64), (size,)))
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), (size,)))
        self.count += size
        return rows

    def put(self, rows: NDArray[np.int64], columns: Any, value: Any) -> None:
        """Add entries; columns and values are broadcast to the rows."""
        self.entries.append((rows, np.broadcast_to(columns, rows.shape), np.broadcast_to(value, rows.shape)))


class RelaxationProgram:
    """Columns and rows by what they stand for: positions as arrays, by group of periods where there is one for each."""

    def __init__(
        self, structure: Structure, aggregation: TimeAggregation, demand_peak: float, starts: bool
    ) -> None:
        """Demands are scaled to a peak; with `starts` they have rows, and every group is one period, in order."""
        self.structure, self.aggregation, self.starts = structure, aggregation, starts
        self.demand_peak = demand_peak
        count, pools = aggregation.count, len(structure.pools)
        self.metered = [place for place in range(pools) if aggregation.running[place].any()]
        self._layout(count, len(structure.hires))
        self.rows = Rows()
        self._demand_rows(self.rows, count)
        self._fleet_rows(self.rows, count)
        self._start_rows(self.rows, count)
        self.held_rows = self.rows.add(
            pools, [pool.minimum for pool in structure.pools], [pool.maximum for pool in structure.pools]
        )
        for place in range(pools):
            for column in self.fleet_columns[place]:
                self.rows.put(self.held_rows[place : place + 1], column, 1.0)

    def _layout(self, count: int, hires: int) -> None:
        """Columns: fleet by pool and segment, hire, use of metered pools, nodes by hardware and role, starts."""
        structure, aggregation = self.structure, self.aggregation
        cost: list[NDArray[np.float64]] = []
        upper: list[NDArray[np.float64]] = []
        at = 0

        def block(price: Any, most: Any, size: int) -> NDArray[np.int64]:
            nonlocal at
            cost.append(np.broadcast_to(np.asarray(price, dtype=np.float64), (size,)))
            upper.append(np.broadcast_to(np.asarray(most, dtype=np.float64), (size,)))
            at += size
            return np.arange(at - size, at)

        self.fleet_columns = [block(pool.price, pool.nodes, len(pool.price)) for pool in structure.pools]

        def where_offered(price: NDArray[np.float64], most: float) -> NDArray[np.int64]:
            each, able = price[aggregation.profile], np.isfinite(price[aggregation.profile])
            return block(np.where(able, each, 0.0) * aggregation.hours, np.where(able, most, 0.0), count)

        self.hire_columns = [
            where_offered(aggregation.hire[place], structure.hires[place].maximum) for place in range(hires)
        ]
        self.use_columns = {
            place: where_offered(aggregation.running[place], np.inf) for place in self.metered
        }
        self.node_columns: dict[tuple[int, int], NDArray[np.int64]] = {}
        self.best: dict[tuple[int, int], NDArray[np.float64]] = {}
        every = best_rates(structure)[:, :, aggregation.rate_class]
        for hardware in range(structure.hardware):
            for role in (0, 1):
                mine = (structure.unit_hardware == hardware) & (structure.unit_role == role)
                if mine.any():
                    self.best[hardware, role] = every[hardware, role]
                    extra = aggregation.shift[hardware, role] * aggregation.hours
                    self.node_columns[hardware, role] = block(extra, np.inf, count)
        every = best_of_both(structure)[:, :, aggregation.rate_class]
        self.both = {hardware: every[hardware] for hardware in structure.both_hardware}
        self.both_columns = {hardware: block(0.0, np.inf, count) for hardware in self.both}
        self.start_columns = block(structure.weight, np.inf, count) if self.starts else None
        self.cost, self.upper = np.concatenate(cost), np.concatenate(upper)

    def _demand_rows(self, rows: Rows, count: int) -> None:
        peak = self.aggregation.demand.max(axis=1)
        self.scale = np.where(peak > 0, peak, 1.0) / self.demand_peak
        self.demand_rows = []
        for role in (0, 1):
            mine = rows.add(count, self.aggregation.demand[role] / self.scale[role], np.inf)
            self.demand_rows.append(mine)
            for (_, other), columns in self.node_columns.items():
                if other == role:
                    rows.put(mine, columns, self.best[_, other] / self.scale[role])
            for hardware, columns in self.both_columns.items():
                rows.put(mine, columns, self.both[hardware][role] / self.scale[role])

    def _fleet_rows(self, rows: Rows, count: int) -> None:
        self.fleet_rows: dict[int, NDArray[np.int64]] = {}
        self.use_rows: dict[int, NDArray[np.int64]] = {}
        for hardware in range(self.structure.hardware):
            mine = self.fleet_rows[hardware] = rows.add(count, -np.inf, 0.0)
            for role in (0, 1):
                if (hardware, role) in self.node_columns:
                    rows.put(mine, self.node_columns[hardware, role], 1.0)
            if hardware in self.both_columns:
                rows.put(mine, self.both_columns[hardware], 1.0)
            for place, hire in enumerate(self.structure.hires):
                if hire.hardware == hardware:
                    rows.put(mine, self.hire_columns[place], -1.0)
            for place, pool in enumerate(self.structure.pools):
                if pool.hardware != hardware:
                    continue
                supplied = mine
                if place in self.metered:
                    rows.put(mine, self.use_columns[place], -1.0)
                    supplied = self.use_rows[place] = rows.add(count, -np.inf, 0.0)
                    rows.put(supplied, self.use_columns[place], 1.0)
                for column in self.fleet_columns[place]:
                    rows.put(supplied, column, -1.0)

    def _start_rows(self, rows: Rows, count: int) -> None:
        """One row a group for all units: changing from one kind to another is free in the relaxation."""
        self.start_rows = np.zeros(0, dtype=np.int64)
        if self.start_columns is None:
            return
        before = self.structure.previous
        self.start_rows = rows.add(count, 0.0, np.inf)
        rows.put(self.start_rows, self.start_columns, 1.0)
        for (hardware, role), nodes in self.node_columns.items():
            price = self.structure.start_usd_per_node[hardware, role]
            rows.put(self.start_rows, nodes, -price)
            rows.put(self.start_rows[before >= 0], nodes[before[before >= 0]], price)

    def model(self) -> Any:
        """The program as HiGHS takes it."""
        import highspy

        rows = self.rows
        at, columns, values = (np.concatenate(side) for side in zip(*rows.entries, strict=True))
        matrix = coo_array((values, (at, columns)), shape=(rows.count, len(self.cost))).tocsc()
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.cost), rows.count
        model.col_cost_, model.col_lower_, model.col_upper_ = self.cost, np.zeros(len(self.cost)), self.upper
        model.row_lower_, model.row_upper_ = np.concatenate(rows.lower), np.concatenate(rows.upper)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
        model.a_matrix_.value_ = matrix.data
        return model
