"""Decompose: a bound by branching on the fleet in a process of its own, a plan by local search beside it."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.decompose.bounder import Bounder
from planner.decompose.fleet import FleetCost, FleetSearch, first_fleet
from planner.decompose.hours import HourModel
from planner.decompose.hybrid import WholeModel, is_plain
from planner.decompose.messages import Question
from planner.decompose.plan_values import units_on, values_for
from planner.decompose.schedule_search import ScheduleSearch
from planner.decompose.slots import slots_of
from planner.decompose.structure import structure_of
from planner.engines import EngineOptions, Event
from planner.model.decode import cost_terms_of
from planner.solution import Solution, Status, relative_gap
from planner.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from planner.decompose.structure import Structure
    from planner.engines import CancelToken
    from planner.model import Sets
    from planner.model.decode import Values

log = logging.getLogger(__name__)
NAME = "decompose"
BOUND_SLOTS = 4000
PRICE_SLOTS = 500
PLAN_SLOTS = 1500
FINE_SLOTS = 100_000
FIRST_ROOT_S = 0.5
NO_LIMIT_S = 600.0
ENGINE = "race"
FLEET_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class Decomposed:
    """How far it came, and the best plan as arrays, None where there is none."""

    solution: Solution
    values: Values | None


def decompose(
    sets: Sets,
    options: EngineOptions | None = None,
    on_event: Callable[[Event], None] | None = None,
    cancel: CancelToken | None = None,
) -> Decomposed:
    """Bound and plan of a question of nodes and units; any time it is stopped the best of both is returned.

    Without a time limit it ends at the gap, or after ten minutes. Raises NotCovered where the hourly
    relaxation would not bound the question.
    """
    return Decomposition(sets, structure_of(sets), options or EngineOptions(), on_event, cancel).run()


class Decomposition:
    """One run: the process of the bound, the search for the plan, and the events of both."""

    def __init__(
        self,
        sets: Sets,
        structure: Structure,
        options: EngineOptions,
        on_event: Callable[[Event], None] | None,
        cancel: CancelToken | None,
    ) -> None:
        self.sets, self.structure, self.options = sets, structure, options
        self.on_event, self.cancel = on_event, cancel
        self.began = time.monotonic()
        self.seconds = NO_LIMIT_S if options.time_limit_s is None else options.time_limit_s
        self.values: Values | None = None
        self.cost = math.inf
        self.limit: str | None = None
        self.engine_bound = -math.inf
        self.fine: FleetCost | None = None
        self.starts = bool(structure.start_usd_per_node.any())
        self.bounder = Bounder(Question(structure, self.seconds, BOUND_SLOTS, PRICE_SLOTS, self.starts))

    def run(self) -> Decomposed:
        """Search until the gap is proven, the time is over, or somebody interrupts."""
        try:
            self._search()
        except KeyboardInterrupt:
            self.limit = "interrupt"
        finally:
            self.bounder.end()
        return self._outcome()

    @property
    def bound(self) -> float:
        """Best valid bound."""
        return min(max(self.bounder.bound, self.engine_bound), self.cost)

    @property
    def over(self) -> bool:
        """Whether to stop, and if so `limit` says why."""
        if relative_gap(self.cost, self.bound) <= self.options.relative_gap or self.bounder.infeasible:
            return True
        if self.cancel is not None and self.cancel.cancelled:
            self.limit = "interrupt"
        elif time.monotonic() - self.began >= self.seconds:
            self.limit = "time"
        return self.limit is not None

    def _search(self) -> None:
        slots = slots_of(self.structure, PLAN_SLOTS, up=True)
        model = HourModel(self.structure, slots)
        cost = FleetCost(model, None)
        if is_plain(self.sets):
            self._offer(cost, first_fleet(cost, None))
        self._hear(FIRST_ROOT_S)
        while self.bounder.prices is None and self.bounder.running and not self.over:
            self._hear(FIRST_ROOT_S)
        if self.over:
            return
        price_of = slots_of(self.structure, PRICE_SLOTS, ordered=self.starts).of
        cost = FleetCost(model, self.bounder.plain, price_of)
        if slots.count < self.structure.periods:
            every = slots_of(self.structure, FINE_SLOTS, up=True)
            self.fine = FleetCost(HourModel(self.structure, every), self.bounder.plain, price_of)
        start = first_fleet(cost, self.bounder.prices)
        if not is_plain(self.sets):
            self._search_whole(cost, start)
            return
        self._offer(cost, start)
        search = FleetSearch(cost, start, self.options.seed)
        if self.starts:
            self._search_schedules(cost, search)
        while not self.over:
            if search.try_one():
                self._offer(cost, search.best)
            self._hear(0.0)

    def _search_schedules(self, cost: FleetCost, search: FleetSearch) -> None:
        """Fleets without starts for a while, then schedules of the best of them and of the relaxation's."""
        schedules = ScheduleSearch(cost, self.sets.start_usd, self.options.seed, self._stop)
        schedules.begin(search.here)
        schedules.polish()
        self._offer_schedule(schedules)
        until = time.monotonic() + FLEET_SHARE * self.seconds
        while not self._stop() and time.monotonic() < until:
            search.try_one()
        if schedules.begin(search.best):
            schedules.polish()
        self._offer_schedule(schedules)
        while not self._stop():
            if schedules.try_one(search.steps):
                self._offer_schedule(schedules)

    def _search_whole(self, cost: FleetCost, start: NDArray[np.int64]) -> None:
        """Where the plan must respect more than the structure knows.

        An engine on the whole program, hinted at.
        """
        search = FleetSearch(cost, start, self.options.seed)
        until = time.monotonic() + FLEET_SHARE * self.seconds
        while not self._stop() and time.monotonic() < until:
            search.try_one()
        whole = WholeModel(self.sets)
        hint = None
        if math.isfinite(search.best_cost):
            use = cost.use(search.best)
            hint = values_for(self.sets, self.structure, search.best, units_on(cost.model, use.nodes))
        if hint is not None and whole.accepts(hint):
            self._keep(hint)
        left = max(0.1, self.seconds - (time.monotonic() - self.began))
        options = replace(self.options, time_limit_s=left, hint=None)
        solution, values = whole.run(hint, options, ENGINE, self._hear_engine)
        self.engine_bound = max(self.engine_bound, solution.bound)
        if solution.status is Status.INFEASIBLE:
            self.bounder.infeasible = True
        self._keep(values)
        self.limit = self.limit or solution.limit

    def _hear_engine(self, event: Event) -> bool:
        self.engine_bound = max(self.engine_bound, event.bound)
        before = self.cost
        self.cost = min(self.cost, event.cost)
        self._tell()
        stop = self._stop()
        self.cost = before
        return stop

    def _stop(self) -> bool:
        self._hear(0.0)
        return self.over

    def _offer_schedule(self, schedules: ScheduleSearch) -> None:
        if schedules.fleet is not None and schedules.on is not None:
            self._keep(values_for(self.sets, self.structure, schedules.fleet, schedules.on))

    def _offer(self, cost: FleetCost, fleet: NDArray[np.int64]) -> None:
        """Make a plan of a fleet, and keep it if it is the best."""
        if not math.isfinite(cost(fleet)):
            return
        exact = self.fine or cost
        use = exact.use(fleet)
        self._keep(values_for(self.sets, self.structure, fleet, units_on(exact.model, use.nodes)))

    def _keep(self, values: Values | None) -> None:
        if values is None:
            return
        usd = sum(cost_terms_of(self.sets, values).values())
        if usd < self.cost:
            self.cost, self.values = usd, values
            self.bounder.aim(usd * (1.0 - self.options.relative_gap))
            self._tell()

    def _hear(self, wait_s: float) -> None:
        before = self.bounder.bound
        if self.bounder.hear(wait_s) and self.bounder.bound > before:
            self._tell()

    def _tell(self) -> None:
        if self.on_event is not None:
            self.on_event(Event(time.monotonic() - self.began, NAME, self.cost, self.bound, None))

    def _outcome(self) -> Decomposed:
        gap = relative_gap(self.cost, self.bound)
        status = Status.FEASIBLE if self.values is not None else Status.NO_PLAN
        if self.values is not None and gap <= self.options.relative_gap:
            status = Status.OPTIMAL
        if self.bounder.infeasible:
            status = Status.INFEASIBLE
        solution = Solution(
            status=status,
            values=None,
            cost=self.cost,
            bound=self.bound,
            limit=self.limit if status is not Status.OPTIMAL else None,
            seconds=time.monotonic() - self.began,
            engine=NAME,
            engine_version=__version__,
            threads=self.options.threads,
            seed=self.options.seed,
        )
        return Decomposed(solution, self.values)
