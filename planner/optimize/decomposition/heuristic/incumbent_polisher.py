"""Plans of the best fleet so far: every period by itself, and deeper while no better fleet is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from planner.optimize.decomposition.heuristic.fleet_search import FleetCost
from planner.optimize.decomposition.heuristic.plan_values import units_on, values_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model import Sets
    from planner.model.values import Values
    from planner.optimize.decomposition.bound.hours import HourModel
    from planner.optimize.decomposition.bound.relaxation import Prices
    from planner.optimize.decomposition.parameters import HeuristicParameters


class Incumbent(Protocol):
    """The best plan of a run and its clock, as far as a polisher needs them."""

    @property
    def spent(self) -> float:
        """Seconds since the run began."""

    @property
    def left(self) -> float:
        """Seconds that are left."""

    def keep(self, values: Values | None) -> None:
        """Keep a plan if it is the best."""


class IncumbentPolisher:
    """`offer` the best fleet so far, again and again: what is due and fits into the time is done."""

    def __init__(
        self,
        sets: Sets,
        model: HourModel,
        prices: Prices | None,
        price_of: NDArray[np.int64],
        incumbent: Incumbent,
        took_s: float,
        parameters: HeuristicParameters,
    ) -> None:
        """`took_s` seconds are a first guess of what a plan takes."""
        self.sets, self.incumbent, self.took_s = sets, incumbent, took_s
        self.parameters = parameters
        self.costs = [
            FleetCost(model, prices, parameters, price_of, depth) for depth in parameters.polish_combinations
        ]
        self.depth, self.due_s = 0, 0.0
        self.last: NDArray[np.int64] | None = None

    def offer(self, fleet: NDArray[np.int64]) -> None:
        """Make a plan of the fleet if it is new or time allows for a deeper search, and keep it if it is the best."""
        deeper = self.last is not None and bool((fleet == self.last).all())
        depth = self.depth + deeper
        expected_s = self.took_s * (self.parameters.polish_growth if deeper else 1.0)
        began = self.incumbent.spent
        if depth >= len(self.costs) or began < self.due_s or expected_s > self.incumbent.left:
            return
        self.depth, self.last = depth, fleet
        self.incumbent.keep(values_apart(self.sets, self.costs[depth], fleet))
        self.took_s = self.incumbent.spent - began
        self.due_s = self.incumbent.spent + self.parameters.polish_rest * self.took_s


def values_apart(sets: Sets, cost: FleetCost, fleet: NDArray[np.int64]) -> Values | None:
    """The plan that takes every period by itself, None where the fleet cannot serve one."""
    on = units_apart(cost, fleet)
    return None if on is None else values_for(sets, cost.model.structure, fleet, on)


def units_apart(cost: FleetCost, fleet: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Units on[unit, period] of periods taken one by one, None where some cannot be served."""
    use = cost.use(fleet)
    return units_on(cost.model, use.nodes) if np.isfinite(use.cost).all() else None
