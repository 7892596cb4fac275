"""The linear relaxation over a range of fleets: whole nodes and units forgotten, one best unit per role.

    min sum price*F + sum hours*(hire price*hire + running*use + shift*x) + z
    sum_h best[h,r] x[h,r,s] + both[h,r] y[h,s] >= demand[r,s]
    sum_r x[h,r,s] + y[h,s] <= sum_p use[p,s] + sum_i hire[i,s],   use[p,s] <= F[p] (use = F where running is free)
    z[s] >= sum_hr start[h,r] (x[h,r,s] - x[h,r,previous s])     with starts; otherwise their prices are in shift

Its duals price nodes by hour. The bound of a range is computed from them, so it holds whatever the tolerances of the
engine are; that a range has no solution is said by arithmetic alone (`shortage`), never by the engine.
It loads HiGHS, so it is for a process of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.bound.relaxation_program import RelaxationProgram
from planner.optimize.decomposition.bound.shortage import best_of_both, best_rates, short

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


class Relaxation:
    """The program, built once; every range is a change of bounds, solved from the last basis."""

    def __init__(
        self,
        structure: Structure,
        aggregation: TimeAggregation,
        parameters: BoundParameters,
        starts: bool = False,
    ) -> None:
        """`starts`: they have rows, whose duals are `theta`; every group must be one period, in order."""
        import highspy

        self.structure, self.aggregation, self.parameters = structure, aggregation, parameters
        self.program = RelaxationProgram(structure, aggregation, parameters.demand_peak, starts)
        self.highs = highspy.Highs()
        self.highs.setOptionValue("output_flag", False)
        self.highs.setOptionValue("threads", 1)
        self.highs.passModel(self.program.model())
        self.optimal = highspy.HighsModelStatus.kOptimal
        self.last: Prices | None = None

    def solve(self, fleets: FleetBounds) -> Prices | None:
        """Optimum and duals over a range; None where it has no solution.

        Where the engine fails the last prices with no bound, which are as valid as any; Unsolved without such.
        """
        if short(self.structure, self.aggregation, fleets):
            return None
        for place, row in enumerate(self.program.held_rows.tolist()):
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
            source = self.program.use_rows.get(place, self.program.fleet_rows[pool.hardware])
            able = np.isfinite(self.aggregation.running[place, self.aggregation.profile])
            node_price[place] = np.where(able, np.maximum(0.0, -duals[source]) / hours, 0.0)
        demand_price = (
            np.array([duals[rows] for rows in self.program.demand_rows]) / self.program.scale[:, None] / hours
        )
        demand_price = np.maximum(demand_price, 0.0)
        return Prices(
            bound=self._bound(fleets, demand_price, node_price),
            fleet=np.array([values[columns].sum() for columns in self.program.fleet_columns]),
            hired=np.array([values[columns] @ hours for columns in self.program.hire_columns]),
            demand_price=demand_price,
            node_price=node_price,
            shift=self.aggregation.shift,
        )

    def _bound(
        self, fleets: FleetBounds, demand_price: NDArray[np.float64], node_price: NDArray[np.float64]
    ) -> float:
        """What any prices >= 0 prove of a range; v[h,s] >= 0 is the dual value of a node, the most that it earns in a
        role or in both at once:

        sum demand_price d + min over fleets (price F - node_price F)
            - sum max(0, v - running - node_price) most[pool] - sum max(0, v - price) most[hire].
        """
        structure, aggregation = self.structure, self.aggregation
        earned = best_rates(structure)[:, :, aggregation.rate_class] * demand_price[None] - aggregation.shift
        at_once = (best_of_both(structure)[:, :, aggregation.rate_class] * demand_price[None]).sum(axis=1)
        dual_value = np.maximum(earned.max(axis=1), at_once)  # at_once is never below zero
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
        return np.asarray(np.clip(duals[self.program.start_rows], 0.0, 1.0))
