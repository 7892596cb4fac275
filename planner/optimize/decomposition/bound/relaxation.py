"""The linear relaxation over a range of fleets: whole nodes and units forgotten, one best unit per role.

    min sum price*F + sum hours*(hire price*hire + running*use + shift*x) + z
    sum_h best[h,r] x[h,r,s] >= demand[r,s]
    sum_r x[h,r,s] <= sum_p use[p,s] + sum_i hire[i,s],   use[p,s] <= F[p] (use = F where running is free)
    z[s] >= sum_hr start[h,r] (x[h,r,s] - x[h,r,previous s])     with starts; otherwise their prices are in shift

Its duals price nodes by hour. The bound of a range is computed from them, so it holds whatever the tolerances of the
engine are; that a range has no solution is said by arithmetic alone (`shortage`), never by the engine.
It loads HiGHS, so it is for a process of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array

from planner.optimize.decomposition.bound.shortage import best_rates, short

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.bound.time_aggregation import TimeAggregation
    from planner.optimize.decomposition.parameters import BoundParameters
    from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
    from planner.optimize.decomposition.problem.structure import Structure


@dataclass(frozen=True, eq=False)
class Prices:
    """Optimum of the relaxation and its duals, per weighted hour: demand_price[role, group] USD per token/s,
    node_price[pool, group], shift[hardware, role, group] USD per node; fleet[pool] and hired[hire] node-hours.
    """

    bound: float
    fleet: NDArray[np.float64]
    hired: NDArray[np.float64]
    demand_price: NDArray[np.float64]
    node_price: NDArray[np.float64]
    shift: NDArray[np.float64]

    def spread(self, inside: NDArray[np.int64]) -> Prices:
        """The same prices on finer groups, each inside the group named."""
        return replace(
            self,
            demand_price=self.demand_price[:, inside],
            node_price=self.node_price[:, inside],
            shift=self.shift[:, :, inside],
        )


class Unsolved(Exception):
    """The engine found no optimum though there may be one: nothing is known."""


class _Rows:
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


class Relaxation:
    """The program, built once; every range is a change of bounds, warm started from the last."""

    def __init__(
        self,
        structure: Structure,
        aggregation: TimeAggregation,
        parameters: BoundParameters,
        starts: bool = False,
    ) -> None:
        """`starts`: they have rows, whose duals are `theta`; every group must be one period, in order."""
        import highspy

        self.structure, self.aggregation, self.starts = structure, aggregation, starts
        self.parameters = parameters
        count, pools, hires = aggregation.count, len(structure.pools), len(structure.hires)
        self.metered = [place for place in range(pools) if aggregation.running[place].any()]
        self.segments = [len(pool.price) for pool in structure.pools]
        self._layout(count, hires)
        rows = _Rows()
        self._demand_rows(rows, count)
        self._fleet_rows(rows, count)
        self._start_rows(rows, count)
        held = rows.add(
            pools, [pool.minimum for pool in structure.pools], [pool.maximum for pool in structure.pools]
        )
        for place in range(pools):
            for column in self.fleet_columns[place]:
                rows.put(held[place : place + 1], column, 1.0)
        self.held_rows = held
        self.highs = highspy.Highs()
        self.highs.setOptionValue("output_flag", False)
        self.highs.setOptionValue("threads", 1)
        self.highs.passModel(self._model(highspy, rows))
        self.optimal = highspy.HighsModelStatus.kOptimal
        self.last: Prices | None = None

    def solve(self, fleets: FleetBounds) -> Prices | None:
        """Optimum and duals over a range; None where it has no solution.

        Where the engine fails the last prices with no bound, which are as valid as any; Unsolved without such.
        """
        if short(self.structure, self.aggregation, fleets):
            return None
        for place, row in enumerate(self.held_rows.tolist()):
            self.highs.changeRowBounds(row, float(fleets.low[place]), float(fleets.high[place]))
        for _ in range(self.parameters.relaxation_attempts):
            self.highs.run()
            if self.highs.getModelStatus() == self.optimal:
                solution = self.highs.getSolution()
                self.last = self._prices(fleets, np.array(solution.col_value), np.array(solution.row_dual))
                return self.last
            self.highs.clearSolver()
        if self.last is None:
            raise Unsolved
        return replace(self.last, bound=-np.inf)

    def _prices(self, fleets: FleetBounds, values: NDArray[np.float64], duals: NDArray[np.float64]) -> Prices:
        count, structure = self.aggregation.count, self.structure
        hours = self.aggregation.hours
        node_price = np.zeros((len(structure.pools), count))
        for place, pool in enumerate(structure.pools):
            source = self.use_rows.get(place, self.fleet_rows[pool.hardware])
            node_price[place] = np.maximum(0.0, -duals[source]) / hours
        demand_price = np.array([duals[rows] for rows in self.demand_rows]) / self.scale[:, None] / hours
        demand_price = np.maximum(demand_price, 0.0)
        return Prices(
            bound=self._bound(fleets, demand_price, node_price),
            fleet=np.array([values[columns].sum() for columns in self.fleet_columns]),
            hired=np.array([values[columns] @ hours for columns in self.hire_columns]),
            demand_price=demand_price,
            node_price=node_price,
            shift=self.aggregation.shift,
        )

    def _bound(
        self, fleets: FleetBounds, demand_price: NDArray[np.float64], node_price: NDArray[np.float64]
    ) -> float:
        """What the prices prove of a range, any prices >= 0: with worth[h,s] = max over roles of what a node earns,

        sum demand_price d + min over fleets (price F - node_price F)
            - sum max(0, worth - running - node_price) most[pool] - sum max(0, worth - price) most[hire].
        """
        structure, aggregation = self.structure, self.aggregation
        earned = best_rates(structure)[:, :, None] * demand_price[None] - aggregation.shift
        dual_value = np.maximum(earned.max(axis=1), 0.0)
        beyond = np.zeros(aggregation.count)
        held = 0.0
        for place, pool in enumerate(structure.pools):
            low, high = int(fleets.low[place]), int(fleets.high[place])
            used = aggregation.running[place, aggregation.profile] + node_price[place]
            beyond += np.maximum(dual_value[pool.hardware] - used, 0.0) * high
            kept = pool.node_prices()[:high] - node_price[place] @ aggregation.hours
            held += float(kept[:low].sum() + np.minimum(np.cumsum(kept[low:]), 0.0).min(initial=0.0))
        for place, hire in enumerate(structure.hires):
            price = aggregation.hire[place, aggregation.profile]
            beyond += np.maximum(dual_value[hire.hardware] - price, 0.0) * hire.maximum
        return held + float(((demand_price * aggregation.demand).sum(axis=0) - beyond) @ aggregation.hours)

    def theta(self) -> NDArray[np.float64]:
        """Duals of starts at the last optimum, shape [period]."""
        duals = np.array(self.highs.getSolution().row_dual)
        return np.asarray(np.clip(duals[self.start_rows], 0.0, 1.0))

    def _layout(self, count: int, hires: int) -> None:
        """Columns.

        Fleet by pool and segment, hire, use of metered pools, nodes by hardware and role, starts.
        """
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
        self.hire_columns = []
        for place in range(hires):
            price = aggregation.hire[place, aggregation.profile]
            able = np.isfinite(price)
            most = np.where(able, structure.hires[place].maximum, 0.0)
            self.hire_columns.append(block(np.where(able, price, 0.0) * aggregation.hours, most, count))
        self.use_columns = {
            place: block(aggregation.running[place, aggregation.profile] * aggregation.hours, np.inf, count)
            for place in self.metered
        }
        self.node_columns: dict[tuple[int, int], NDArray[np.int64]] = {}
        self.best: dict[tuple[int, int], float] = {}
        for hardware in range(structure.hardware):
            for role in (0, 1):
                mine = (structure.unit_hardware == hardware) & (structure.unit_role == role)
                if mine.any():
                    best = (structure.unit_rate[mine] / structure.unit_nodes[mine]).max()
                    self.best[hardware, role] = float(best)
                    extra = aggregation.shift[hardware, role] * aggregation.hours
                    self.node_columns[hardware, role] = block(extra, np.inf, count)
        self.start_columns = block(structure.weight, np.inf, count) if self.starts else None
        self.cost, self.upper = np.concatenate(cost), np.concatenate(upper)

    def _demand_rows(self, rows: _Rows, count: int) -> None:
        peak = self.aggregation.demand.max(axis=1)
        self.scale = np.where(peak > 0, peak, 1.0) / self.parameters.demand_peak
        self.demand_rows = []
        for role in (0, 1):
            mine = rows.add(count, self.aggregation.demand[role] / self.scale[role], np.inf)
            self.demand_rows.append(mine)
            for (_, other), columns in self.node_columns.items():
                if other == role:
                    rows.put(mine, columns, self.best[_, other] / self.scale[role])

    def _fleet_rows(self, rows: _Rows, count: int) -> None:
        self.fleet_rows: dict[int, NDArray[np.int64]] = {}
        self.use_rows: dict[int, NDArray[np.int64]] = {}
        for hardware in range(self.structure.hardware):
            mine = self.fleet_rows[hardware] = rows.add(count, -np.inf, 0.0)
            for role in (0, 1):
                if (hardware, role) in self.node_columns:
                    rows.put(mine, self.node_columns[hardware, role], 1.0)
            for place, hire in enumerate(self.structure.hires):
                if hire.hardware == hardware:
                    rows.put(mine, self.hire_columns[place], -1.0)
            for place, pool in enumerate(self.structure.pools):
                if pool.hardware != hardware:
                    continue
                target = mine
                if place in self.metered:
                    rows.put(mine, self.use_columns[place], -1.0)
                    target = self.use_rows[place] = rows.add(count, -np.inf, 0.0)
                    rows.put(target, self.use_columns[place], 1.0)
                for column in self.fleet_columns[place]:
                    rows.put(target, column, -1.0)

    def _start_rows(self, rows: _Rows, count: int) -> None:
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

    def _model(self, highspy: Any, rows: _Rows) -> Any:
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
