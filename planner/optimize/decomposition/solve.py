"""A run of the decomposition: the bound in a process of its own, the search for the plan beside it."""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.core.executors.local import LocalExecutor
from planner.optimize.decomposition.bound.hours import HourModel
from planner.optimize.decomposition.bound.time_aggregation import aggregated
from planner.optimize.decomposition.bound.worst_weights import without_risk
from planner.optimize.decomposition.heuristic.fleet_schedules import FleetSchedules
from planner.optimize.decomposition.heuristic.fleet_search import FleetCost, FleetSearch, first_fleet
from planner.optimize.decomposition.heuristic.incumbent_polisher import IncumbentPolisher, values_apart
from planner.optimize.decomposition.heuristic.plan_values import units_on, values_for
from planner.optimize.decomposition.heuristic.warm_start import warm_start_fleet, warm_start_values
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.required import leaves_out_plans
from planner.optimize.decomposition.problem.structure import structure_of
from planner.optimize.decomposition.process.bound_process import BoundProcess
from planner.optimize.decomposition.process.certificate import certificate_of, refuse_spans
from planner.optimize.decomposition.process.concurrent_solve import ConcurrentSolve
from planner.optimize.decomposition.process.messages import BoundRequest, StartPricing
from planner.optimize.decomposition.process.progress import Decomposed, RunProgress, seconds_of
from planner.optimize.decomposition.process.whole_model import WholeModel, cells_of
from planner.optimize.engines import EngineOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import numpy as np
    from numpy.typing import NDArray

    from planner.core.executors.protocol import Executor
    from planner.model import Sets
    from planner.model.encode import WarmStart
    from planner.model.values import Values
    from planner.optimize.decomposition.parameters import DecompositionParameters
    from planner.optimize.decomposition.problem.structure import Structure
    from planner.optimize.engines import CancelToken, Event

ENGINE = "race"
"""What solves the whole program where families are left out."""


def decompose(
    sets: Sets,
    options: EngineOptions | None = None,
    on_event: Callable[[Event], None] | None = None,
    cancel: CancelToken | None = None,
    warm_start: WarmStart | None = None,
    parameters: DecompositionParameters = DEFAULTS,
    certified: bool = False,
) -> Decomposed:
    """Bound and plan of a question of nodes and units; any time it is stopped the best of both is returned.

    `certified`: no bound counts but those that a certificate can express, and it is returned with them.
    `warm_start` decisions are where the search begins. Without a time limit it ends at the gap, or after ten
    minutes. Raises NotCovered where the hourly relaxation would not bound the question.
    """
    options = options or EngineOptions()
    neutral = without_risk(sets, parameters)
    structure = structure_of(neutral, parameters.problem)
    if certified:
        refuse_spans(structure)
    loose = neutral if leaves_out_plans(sets) else None
    run = Decomposition(sets, structure, options, parameters, on_event, cancel, warm_start, certified, loose)
    return run.run()


class Decomposition:
    """One run: the process of the bound, and the search for the plan."""

    def __init__(
        self,
        sets: Sets,
        structure: Structure,
        options: EngineOptions,
        parameters: DecompositionParameters,
        on_event: Callable[[Event], None] | None,
        cancel: CancelToken | None,
        warm_start: WarmStart | None = None,
        certified: bool = False,
        loose: Sets | None = None,
        beside: BoundProcess | None = None,
    ) -> None:
        """`loose`: the sets of the structure, where bounds are of sets with floors in place of choices.
        `beside`: a process that bounds the structure already.
        """
        self.parameters, known = parameters, parameters.run
        usd = structure.typical_usd
        relative = structure.priced_in(usd)
        self.sets, self.options, self.warm_start = sets, options, warm_start
        self.structure, self.relative, self.certified = relative.of_plans(), relative, certified
        self.price_of = aggregated(relative, parameters.bound.price_groups).of
        small = cells_of(sets) <= known.most_whole_cells
        self.plain = not structure.left_out and not (structure.mended and small)
        self.engine_to_come = self.plain and not certified and cells_of(sets) <= known.concurrent_cells
        self.starts = bool(structure.start_usd_per_node.any())
        self.start_pricing = StartPricing.NEVER
        if self.starts and self.plain and not certified and cells_of(sets) <= known.start_pricing_cells:
            self.start_pricing = (
                StartPricing.FIRST if cells_of(sets) <= known.early_start_pricing_cells else StartPricing.LAST
            )
        seconds = seconds_of(options, known)
        if beside is None:
            request = BoundRequest(relative, seconds, self.start_pricing, parameters, loose, usd, certified)
            beside = BoundProcess(request, usd)
        self.bound_process = beside
        self.model: HourModel | None = None
        self.progress = RunProgress(sets, options, known, self.bound_process, on_event, cancel)
        self.progress.engines_prove &= not certified

    def run(self) -> Decomposed:
        """Search until the gap is proven, the time is over, or somebody interrupts."""
        try:
            self._search()
        except KeyboardInterrupt:
            self.progress.limit = "interrupt"
        finally:
            self.progress.end()
        found = self.progress.outcome()
        proven, bound = self.bound_process.proven, found.solution.bound
        if not self.certified or proven is None or not math.isfinite(bound):
            return found
        certificate = certificate_of(self.sets, self.relative, proven, self.bound_process.usd, bound)
        return replace(found, certificate=certificate)

    def _search(self) -> None:
        heuristic, bound = self.parameters.heuristic, self.parameters.bound
        aggregation = aggregated(self.structure, heuristic.plan_groups, up=True)
        model = self.model = HourModel(self.structure, aggregation, bound)
        if self.plain:
            self.progress.keep(self._warm_start_values())
            self._wait_for_prices(self.parameters.run.first_prices_share * self.progress.seconds)
            if self.bound_process.prices is None:
                unpriced = FleetCost(model, None, heuristic)
                self.progress.keep(values_apart(self.sets, unpriced, first_fleet(unpriced, None)))
        self._first_plan()
        self._wait_for_prices(math.inf)
        if self.progress.over:
            return
        prices, price_of = self.bound_process.plain, self.price_of
        cost = FleetCost(model, prices, heuristic, price_of)
        start = self._start(cost)
        began = self.progress.spent
        if self.plain:
            self.progress.keep(values_apart(self.sets, cost, start))
        every = model.on(aggregated(self.structure, heuristic.fine_groups, up=True))
        took_s = (self.progress.spent - began) * every.aggregation.count / aggregation.count
        polisher = IncumbentPolisher(self.sets, every, prices, price_of, self.progress, took_s, heuristic)
        if aggregation.count > heuristic.coarse_groups:
            few = model.on(aggregated(self.structure, heuristic.coarse_groups, up=True))
            start = min(
                (start, self._on_coarse_grid(FleetCost(few, prices, heuristic, price_of), start)), key=cost
            )
        search = FleetSearch(cost, start, self.options.seed)
        if self.plain:
            self._search_plain(polisher, search)
        else:
            self._search_whole(cost, search)

    def _first_plan(self) -> None:
        """Some plan of a small question, before anything that takes its time: whatever limit comes, there is one."""
        known = self.parameters.run
        if self.progress.values is None and cells_of(self.sets) <= known.first_plan_cells:
            share = known.first_plan_share * self.progress.seconds
            self.progress.take(WholeModel(self.sets).first_plan(max(share, known.least_seconds)))

    def _wait_for_prices(self, seconds: float) -> None:
        """Poll until there are prices, for so many seconds."""
        process, progress, until = self.bound_process, self.progress, self.progress.spent + seconds
        while process.prices is None and process.running and not progress.over and progress.spent < until:
            progress.poll(min(self.parameters.run.first_wait_seconds, until - progress.spent))

    def _on_coarse_grid(self, cost: FleetCost, start: NDArray[np.int64]) -> NDArray[np.int64]:
        """A fleet found on few groups, on which many more can be compared."""
        search = FleetSearch(cost, start, self.options.seed)
        known = self.parameters.run
        self._search_fleets(search, min(known.coarse_share, known.coarse_share_per_pool * len(start)))
        return search.best

    def _start(self, cost: FleetCost) -> NDArray[np.int64]:
        """The fleet to begin with: the relaxation's, or that of the warm start where it costs less."""
        start = first_fleet(cost, self.bound_process.prices)
        if self.warm_start is None:
            return start
        return min((start, warm_start_fleet(self.structure, self.warm_start)), key=cost)

    def _warm_start_values(self) -> Values | None:
        return (
            None if self.warm_start is None else warm_start_values(self.sets, self.structure, self.warm_start)
        )

    def _search_plain(self, polisher: IncumbentPolisher, search: FleetSearch) -> None:
        """Fleets and schedules, until there is nothing left to prove or no time."""
        if self.starts:
            self._search_schedules(polisher, search)
        while not self._stop():
            began = self.progress.spent
            search.try_one()
            polisher.offer(search.best)
            if search.exhausted:
                self.progress.poll(self.parameters.run.exhausted_wait_seconds)
            elif self.progress.concurrent is not None:
                self._leave_to_others(self.progress.spent - began, self.progress.idle)

    def _stop(self) -> bool:
        """Whether to stop; in small questions an engine joins where the hours or the plans get no further."""
        progress = self.progress
        stalled = progress.idle > self.parameters.run.stalled_share * progress.seconds
        if self.engine_to_come and (stalled or not self.bound_process.running):
            self.engine_to_come = False
            options = replace(self.options, time_limit_s=progress.left, threads=1)
            progress.concurrent = ConcurrentSolve(self.sets, options, progress.values)
        return progress.stop()

    def _search_schedules(self, polisher: IncumbentPolisher, search: FleetSearch) -> None:
        """Fleets without starts for a while, then schedules of the best of them and of the relaxation's."""
        with self._processes() as executor:
            schedules = FleetSchedules(
                search.cost,
                self.structure.unit_start_usd,
                self.options.seed,
                self._stop,
                search.steps,
                polisher.costs[min(self.parameters.run.schedule_depth, len(polisher.costs) - 1)],
                executor,
            )
            if self.structure.periods <= self.parameters.heuristic.long_periods:
                schedules.consider(search.here)
                self._offer_schedule(schedules)
            self._search_fleets(search)
            schedules.consider(search.best)
            self._offer_schedule(schedules)
            if schedules.best is not None:  # otherwise no fleet found so far can serve every period
                self._improve_schedules(schedules)

    def _processes(self) -> AbstractContextManager[Executor | None]:
        """Worker processes for the runs of a long schedule, where there are threads beside this and the bound's."""
        workers = self.options.threads - 1
        if workers < 2 or self.structure.periods <= self.parameters.heuristic.long_periods:
            return nullcontext()
        return LocalExecutor(workers)

    def _improve_schedules(self, schedules: FleetSchedules) -> None:
        better = self.progress.spent
        while not self._stop():
            began, came = self.progress.spent, self.bound_process.schedules
            last = came.pop() if came else None
            came.clear()  # only the last is worth the time
            if schedules.consider(last.fleet, last.on) if last else schedules.try_one():
                self._offer_schedule(schedules)
                better = began
            elif self.start_pricing is StartPricing.FIRST:
                self._leave_to_others(self.progress.spent - began, began - better)

    def _leave_to_others(self, spent_s: float, idle_s: float) -> None:
        """Rest: the longer nothing is found, the more of the machine is left to others."""
        share = min(1.0, idle_s / (self.parameters.run.patience_share * self.progress.seconds))
        self.progress.poll(self.parameters.run.rest * share * spent_s)

    def _search_whole(self, cost: FleetCost, search: FleetSearch) -> None:
        """Where the plan must respect more than the structure knows.

        An engine on the whole program, hinted at.
        """
        self._search_fleets(search)
        whole = WholeModel(self.sets)
        self.progress.accepts = whole.accepts
        hint = None
        if math.isfinite(search.best_cost):
            use = cost.use(search.best)
            hint = values_for(self.sets, self.structure, search.best, units_on(cost.model, use.nodes))
        for values in (hint, self._warm_start_values()):
            if values is not None and whole.accepts(values):
                self.progress.take(values)
        self._finish(whole, self.progress.values or hint)

    def _search_fleets(self, search: FleetSearch, share: float | None = None) -> None:
        share = self.parameters.run.fleet_share if share is None else share
        until = self.progress.spent + share * self.progress.seconds
        while not self._stop() and not search.exhausted and self.progress.spent < until:
            search.try_one()

    def _finish(self, whole: WholeModel, hint: Values | None) -> None:
        """The rest of the time for engines on the whole program."""
        progress = self.progress
        options = replace(self.options, time_limit_s=progress.left)
        solution, values = whole.run(hint, options, ENGINE, progress.on_engine_event)
        progress.take(values)
        progress.conclude(solution)

    def _offer_schedule(self, schedules: FleetSchedules) -> None:
        best = schedules.best
        if best is not None:
            self.progress.keep(values_for(self.sets, self.structure, best.fleet, best.on))
