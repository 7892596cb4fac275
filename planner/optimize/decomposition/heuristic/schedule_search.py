"""Search for the schedule of one fleet where starts cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.bound.chains import chains_of
from planner.optimize.decomposition.bound.hours import Cluster
from planner.optimize.decomposition.heuristic.incumbent_polisher import units_apart
from planner.optimize.decomposition.heuristic.schedule import ScheduleCosts, improved
from planner.optimize.decomposition.heuristic.windows import Run, improved_by_runs, rearranged, window_of
from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
from planner.optimize.decomposition.problem.unit_moves import moves_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.core.executors.protocol import Executor
    from planner.optimize.decomposition.bound.hours import HourModel
    from planner.optimize.decomposition.heuristic.fleet_search import FleetCost
    from planner.optimize.decomposition.parameters import HeuristicParameters


def stage_of(
    model: HourModel,
    fleet: NDArray[np.int64],
    start_usd: NDArray[np.float64],
    parameters: HeuristicParameters,
) -> ScheduleCosts:
    """What schedules of a fleet are judged by; holding is left out."""
    structure, aggregation = model.structure, model.aggregation
    fleets, nothing = FleetBounds(fleet, fleet), np.zeros(len(structure.pools))
    still, no_groups = np.zeros((structure.hardware, 2)), np.zeros(0, np.int64)
    profiles = [
        Cluster(no_groups, 0, profile, np.zeros(2), nothing, still)
        for profile in range(int(aggregation.profile.max(initial=0)) + 1)
    ]
    tables = tuple(
        np.array([model.node_curve(hardware, fleets, profile) for profile in profiles])
        for hardware in range(structure.hardware)
    )
    return ScheduleCosts(structure, start_usd, aggregation.profile[aggregation.of], tables, parameters)


class ScheduleSearch:
    """Of one fleet: `on` and `cost` are the best so far. `begin`, `polish`, then `try_window` again and again."""

    def __init__(
        self,
        fleet_cost: FleetCost,
        fleet: NDArray[np.int64],
        start_usd: NDArray[np.float64],
        seed: int,
        stop: Callable[[], bool],
        executor: Executor | None = None,
    ) -> None:
        self.fleet_cost, self.model, self.fleet, self.stop = fleet_cost, fleet_cost.model, fleet, stop
        self.seed, self.executor, self.parameters = seed, executor, fleet_cost.parameters
        self.random = np.random.default_rng(seed)
        structure = self.model.structure
        self.moves = moves_of(structure)
        self.chains = chains_of(structure)
        self.stage = stage_of(self.model, fleet, start_usd, self.parameters)
        self.on = np.zeros((len(start_usd), structure.periods), dtype=np.int64)
        self.cost = np.inf
        self.turn = 0
        self._others: list[NDArray[np.int64]] = []

    def begin(self, fine: FleetCost) -> bool:
        """Schedule the hours one by one, as a finer search finds them; whether the fleet can serve them."""
        units = units_apart(fine, self.fleet)
        return units is not None and self._keep(units)

    def polish(self) -> bool:
        """Improve the best schedule, as far as passes go or by a round over its runs; whether it got better."""
        return self.take(self.on)

    def take(self, on: NDArray[np.int64]) -> bool:
        """Improve a schedule from elsewhere; whether it is the best so far."""
        if not self.long:
            return self._keep(improved(self.stage, on, self.moves, self.stop))
        tries = self.parameters.run_windows if self.turn >= self.parameters.passes else 0
        whole = Run(self.stage, on, tuple(self._others), self.moves, (False, False), self.seed, tries)
        self.turn += 1
        return self._keep(improved_by_runs(whole, self.turn, self.stop, self.executor))

    @property
    def long(self) -> bool:
        """Whether it is improved run by run."""
        return self.on.shape[1] > self.parameters.long_periods

    def try_window(self, steps: list[NDArray[np.int64]]) -> bool:
        """Some consecutive periods as they are best one by one with a fleet nearby, then improved together; a round
        over all runs where they are many.
        """
        other = self._other(steps)
        if self.long:
            return self.polish()
        chain, ring = self.chains[int(self.random.integers(len(self.chains)))]
        window = window_of(len(chain), self.random, self.parameters)
        if window is None or other is None:
            return False
        first, length = window
        turned = int(self.random.integers(len(chain))) if ring else 0
        periods = np.array(chain)[(turned + first + np.arange(length)) % len(chain)]
        stage = self.stage.run(periods)
        part = Run(stage, self.on[:, periods], (other[:, periods],), self.moves, (True, True))
        found = rearranged(part, self.random, self.stop)
        if found is None:
            return False
        on = self.on.copy()
        on[:, periods] = found
        return self._keep(on)

    def _other(self, steps: list[NDArray[np.int64]]) -> NDArray[np.int64] | None:
        """Units of the periods taken one by one, with the nodes of some fleet near this one."""
        most = self.parameters.nearby_fleets
        if len(self._others) >= most:
            return self._others[int(self.random.integers(most))]
        units = units_apart(
            self.fleet_cost, self.neighbour(steps, len(self._others) % self.parameters.nearby_steps)
        )
        if units is not None:
            self._others.append(units)
        return units

    def neighbour(self, steps: list[NDArray[np.int64]], count: int) -> NDArray[np.int64]:
        """A fleet so many steps away."""
        fleet = self.fleet
        for _ in range(count if steps else 0):
            fleet = fleet + steps[int(self.random.integers(len(steps)))]
        structure = self.model.structure
        return np.clip(fleet, structure.least, structure.most)

    def _keep(self, on: NDArray[np.int64]) -> bool:
        cost = self.fleet_cost.holding(self.fleet) + self.stage.cost(on)
        if cost >= self.cost - self.parameters.least_gain:
            return False
        self.on, self.cost = on, cost
        return True
