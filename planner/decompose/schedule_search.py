"""Search for the schedule of one fleet where starts cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.decompose.hours import Box, Cluster
from planner.decompose.plan_values import units_on
from planner.decompose.schedule import Stage, chains_of, improved, improved_within, moves_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.decompose.fleet import FleetCost
    from planner.decompose.hours import HourModel

WINDOW = (8, 32)
OTHERS = 12


def node_usd(model: HourModel, fleet: NDArray[np.int64]) -> tuple[NDArray[np.float64], ...]:
    """USD of nodes in use beyond the holding, by hardware an array of shape [period, nodes]."""
    structure, slots = model.structure, model.slots
    box, nothing = Box(fleet, fleet), np.zeros(len(structure.pools))
    still = np.zeros((structure.hardware, 2))
    tables = []
    for hardware in range(structure.hardware):
        curves = np.array(
            [
                model.node_curve(
                    hardware, box, Cluster(np.zeros(0, np.int64), profile, np.zeros(2), nothing, still)
                )
                for profile in range(int(slots.profile.max(initial=0)) + 1)
            ]
        )
        tables.append(curves[slots.profile[slots.of]] * structure.weighted_hours[:, None])
    return tuple(tables)


class ScheduleSearch:
    """`fleet`, `on` and `cost` are the best so far; `begin` with a fleet, then `try_window` again and again."""

    def __init__(
        self, cost: FleetCost, start_usd: NDArray[np.float64], seed: int, stop: Callable[[], bool]
    ) -> None:
        self.fleet_cost, self.model, self.stop = cost, cost.model, stop
        self.start_usd = start_usd
        self.random = np.random.default_rng(seed)
        self.moves = moves_of(self.model.structure, np.ones(len(start_usd), dtype=np.bool_))
        self.cost = np.inf
        self.fleet: NDArray[np.int64] | None = None
        self.on: NDArray[np.int64] | None = None
        pools = self.model.structure.pools
        self.low = np.array([pool.minimum for pool in pools], dtype=np.int64)
        self.high = np.array([pool.maximum for pool in pools], dtype=np.int64)
        self.others: list[NDArray[np.int64]] = []
        self._now: tuple[NDArray[np.int64], Stage] | None = None
        self.chains = chains_of(self.model.structure)

    def begin(self, fleet: NDArray[np.int64]) -> bool:
        """Schedule a fleet from its hours taken one by one; whether it is the best so far."""
        if not np.isfinite(self.fleet_cost(fleet)):
            return False
        on = units_on(self.model, self.fleet_cost.use(fleet).nodes)
        return self._keep(fleet, on, self._stage(fleet))

    def polish(self) -> bool:
        """Improve the best schedule as far as passes go; whether it got better."""
        assert self.fleet is not None
        assert self.on is not None
        stage = self._stage(self.fleet)
        return self._keep(self.fleet, improved(stage, self.on, self.moves, self.stop), stage)

    def take(self, on: NDArray[np.int64]) -> bool:
        """Improve a schedule from elsewhere; whether it is the best so far."""
        assert self.fleet is not None
        stage = self._stage(self.fleet)
        return self._keep(self.fleet, improved(stage, on, self.moves, self.stop), stage)

    def try_window(self, steps: list[NDArray[np.int64]]) -> bool:
        """Some consecutive periods as they are best one by one with a fleet nearby, then improved
        together.
        """
        assert self.fleet is not None
        assert self.on is not None
        chain, ring = self.chains[int(self.random.integers(len(self.chains)))]
        length = min(len(chain), int(self.random.integers(WINDOW[0], WINDOW[1])))
        if length < 3:
            return False
        first = int(self.random.integers(len(chain) if ring else len(chain) - length + 1))
        window = [chain[(first + step) % len(chain)] for step in range(length)]
        other = self._other(steps)
        if other is None:
            return False
        on = self.on.copy()
        begin = int(self.random.integers(1, length - 1))
        inside = window[begin : begin + int(self.random.integers(1, length - begin))]
        on[:, inside] = other[:, inside]
        stage = self._stage(self.fleet)
        return self._keep(self.fleet, improved_within(stage, on, self.moves, window, self.stop), stage)

    def _other(self, steps: list[NDArray[np.int64]]) -> NDArray[np.int64] | None:
        """Units of the periods taken one by one, with the nodes of some fleet near the best."""
        assert self.fleet is not None
        if len(self.others) >= OTHERS:
            return self.others[int(self.random.integers(OTHERS))]
        fleet = self.beside(self.fleet, steps, len(self.others) % 4)
        if not np.isfinite(self.fleet_cost(fleet)):
            return None
        self.others.append(units_on(self.model, self.fleet_cost.use(fleet).nodes))
        return self.others[-1]

    def beside(
        self, fleet: NDArray[np.int64], steps: list[NDArray[np.int64]], count: int
    ) -> NDArray[np.int64]:
        """A fleet so many steps away."""
        for _ in range(count if steps else 0):
            fleet = fleet + steps[int(self.random.integers(len(steps)))]
        return np.clip(fleet, self.low, self.high)

    def _stage(self, fleet: NDArray[np.int64]) -> Stage:
        if self._now is None or (self._now[0] != fleet).any():
            self._now = (fleet, Stage(self.model.structure, self.start_usd, node_usd(self.model, fleet)))
        return self._now[1]

    def _keep(self, fleet: NDArray[np.int64], on: NDArray[np.int64], stage: Stage) -> bool:
        cost = self.fleet_cost.holding(fleet) + stage.cost(on)
        if cost >= self.cost - 1e-6:
            return False
        if self.fleet is not None and (fleet != self.fleet).any():
            self.others = []
        self.fleet, self.on, self.cost = fleet, on, cost
        return True
