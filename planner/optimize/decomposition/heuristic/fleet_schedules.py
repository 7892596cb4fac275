"""Fleets compared by their schedules, where starts cost: polished first, and the promising ones searched further."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.heuristic.schedule_search import ScheduleSearch

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.core.executors.protocol import Executor
    from planner.optimize.decomposition.heuristic.fleet_search import FleetCost


class FleetSchedules:
    """`best` is a schedule and its fleet: `consider` fleets, then `try_one` again and again."""

    def __init__(
        self,
        cost: FleetCost,
        start_usd: NDArray[np.float64],
        seed: int,
        stop: Callable[[], bool],
        steps: list[NDArray[np.int64]],
        fine: FleetCost | None = None,
        executor: Executor | None = None,
    ) -> None:
        """`fine` searches the hours of a fleet more exactly; long schedules are improved on the executor."""
        self.fine = fine or cost
        self.fleet_cost, self.start_usd, self.seed, self.stop, self.steps = cost, start_usd, seed, stop, steps
        self.executor, self.parameters = executor, cost.parameters
        self.random = np.random.default_rng(seed)
        self.best: ScheduleSearch | None = None
        self.polished = np.inf
        self.tried: set[tuple[int, ...]] = set()

    def consider(self, fleet: NDArray[np.int64], on: NDArray[np.int64] | None = None) -> bool:
        """Schedule a fleet, also from on[unit, period] if given; whether it is the best so far."""
        if on is not None and self.best is not None and self.best.take(on):
            return True
        key = tuple(fleet.tolist())
        if key in self.tried or self._hopeless(fleet):
            return False
        self.tried.add(key)
        search = ScheduleSearch(self.fleet_cost, fleet, self.start_usd, self.seed, self.stop, self.executor)
        if not search.begin(self.fine):
            return False
        search.polish()
        if on is not None:
            search.take(on)
        polished = search.cost
        if self.best is not None:
            if polished > self.polished * (1 + self.parameters.near_share):
                return False
            idle = 0
            while idle < self.parameters.fruitless_tries and search.cost > self.best.cost and not self.stop():
                idle = 0 if search.try_window(self.steps) else idle + 1
            if search.cost >= self.best.cost:
                return False
        self.best, self.polished = search, polished
        return True

    def _hopeless(self, fleet: NDArray[np.int64]) -> bool:
        usd = self.fleet_cost(fleet)
        if self.best is None or not np.isfinite(usd):
            return not np.isfinite(usd)
        return usd > self.fleet_cost(self.best.fleet) * (1 + self.parameters.hopeless_share)

    def try_one(self) -> bool:
        """A fleet one or two steps from the best, or the best with some hours arranged otherwise."""
        assert self.best is not None
        if self.steps and not self.best.long and self.random.random() < self.parameters.other_fleet_share:
            return self.consider(
                self.best.neighbour(
                    self.steps, int(self.random.integers(1, self.parameters.neighbour_steps + 1))
                )
            )
        return self.best.try_window(self.steps)
