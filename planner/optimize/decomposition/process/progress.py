"""Progress of one decomposition: best plan, best bound, when to stop, and what is reported of it."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.core.solution import Solution, Status, is_proven
from planner.core.version import __version__
from planner.model.decode import cost_terms_of
from planner.optimize.decomposition.problem.required import leaves_out_plans
from planner.optimize.decomposition.problem.row_check import broken
from planner.optimize.decomposition.process.whole_model import WholeModel
from planner.optimize.decomposition.tolerances import CUTOFF_MARGIN_SHARE
from planner.optimize.engines import EngineOptions, Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.model import Sets
    from planner.model.values import Values
    from planner.optimize.decomposition.parameters import RunParameters
    from planner.optimize.decomposition.process.bound_process import BoundProcess
    from planner.optimize.decomposition.process.concurrent_solve import ConcurrentSolve
    from planner.optimize.engines import CancelToken
    from planner.plan.certificate import Certificate

log = logging.getLogger(__name__)
NAME = "decompose"
"""Engine name of its events and solutions."""


@dataclass(frozen=True, eq=False)
class Decomposed:
    """How far it came, the best plan as arrays, None where there is none, and what proves the bound where asked."""

    solution: Solution
    values: Values | None
    certificate: Certificate | None = None


def seconds_of(options: EngineOptions, parameters: RunParameters) -> float:
    """Seconds that a run may take."""
    return parameters.unlimited_seconds if options.time_limit_s is None else options.time_limit_s


class RunProgress:
    """Where a run stands: `cost` and `values` of the best plan, `bound`, and whether it is `over`."""

    def __init__(
        self,
        sets: Sets,
        options: EngineOptions,
        parameters: RunParameters,
        bound_process: BoundProcess,
        on_event: Callable[[Event], None] | None,
        cancel: CancelToken | None,
    ) -> None:
        self.sets, self.options, self.bound_process = sets, options, bound_process
        self.parameters = parameters
        self.on_event, self.cancel = on_event, cancel
        self.began, self.seconds = time.monotonic(), seconds_of(options, parameters)
        self.better = 0.0
        self.values: Values | None = None
        self.cost = self.coming = math.inf  # `coming`: of an engine's plan that is still to be handed over
        self.engine_bound = -math.inf
        self.confirmed = False  # the engine's bound, by a second run
        self.stopped = False  # the engine, before it ended by itself and could be confirmed
        self.engines_prove = not leaves_out_plans(sets)
        self.concurrent: ConcurrentSolve | None = None
        self.limit: str | None = None
        self.accepts: Callable[[Values], bool] = lambda values: broken(sets, values) is None

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    @property
    def idle(self) -> float:
        """Seconds since the best plan was found, or since the beginning."""
        return self.spent - self.better

    @property
    def left(self) -> float:
        """Seconds that are left, never quite none."""
        return max(self.parameters.least_seconds, self.seconds - self.spent)

    @property
    def bound(self) -> float:
        """Best valid bound."""
        return self._bound_of(self.cost)

    def _bound_of(self, cost: float) -> float:
        return min(max(self.bound_process.bound, self.engine_bound), cost)

    @property
    def over(self) -> bool:
        """Whether to stop, and if so `limit` says why."""
        if is_proven(self.cost, self.bound, self.options.relative_gap) or self.infeasible:
            return True
        if self.cancel is not None and self.cancel.cancelled:
            self.limit = "interrupt"
        elif self.spent >= self.seconds:
            self.limit = "time"
        return self.limit is not None

    @property
    def infeasible(self) -> bool:
        """Whether it is proven that there is no plan; what is shown to be one disproves it."""
        return self.bound_process.infeasible and self.values is None

    def keep(self, values: Values | None) -> None:
        """Keep a plan of the search if it is the best, and nothing but a plan of the model."""
        if values is None:
            return
        if not self.accepts(values):
            log.warning("a plan of the decomposition breaks a row of the model and is left out")
            return
        self.take(values)

    def take(self, values: Values | None) -> None:
        """Take what is known to be a plan of the model, such as an engine's, if it is the best."""
        if values is None:
            return
        usd = sum(cost_terms_of(self.sets, values).values())
        if usd < self.cost:
            self.cost, self.values, self.better = usd, values, self.spent
            self.bound_process.set_cutoff(
                usd * min(1.0, 1.0 - self.options.relative_gap + CUTOFF_MARGIN_SHARE), values.on
            )
            self._report()

    def poll(self, wait_s: float) -> None:
        """Take in what the bound's process said, and the concurrent solve."""
        before = self.bound
        self.bound_process.poll(wait_s)
        if self.concurrent is not None:
            self._poll_concurrent(self.concurrent)
        if self.bound > before:
            self._report()

    def _poll_concurrent(self, engine: ConcurrentSolve) -> None:
        finished = engine.finished  # asked first: what it leaves behind is complete then
        self.raise_engine_bound(engine.bound)
        self.take(engine.taken())
        if finished:
            if engine.solution is not None:
                self._take_word(engine.solution)
            self.concurrent = None

    def raise_engine_bound(self, bound: float) -> None:
        """Take in a bound of the whole program, where that has all plans of the question."""
        if self.engines_prove:
            self.engine_bound = max(self.engine_bound, bound)

    def conclude(self, solution: Solution) -> None:
        """Take in what an engine ended with on the whole program, but for its plan."""
        self._take_word(solution)
        self.limit = self.limit or solution.limit

    def _take_word(self, solution: Solution) -> None:
        """What an engine ended with: a claim was confirmed, so that its bound stands for all that it said before."""
        if not self.engines_prove:
            return
        if solution.status in (Status.OPTIMAL, Status.INFEASIBLE) and not self.stopped:
            self.confirmed, self.engine_bound = True, solution.bound
        self.raise_engine_bound(solution.bound)
        self.bound_process.infeasible |= solution.status is Status.INFEASIBLE

    def end(self) -> None:
        """End what runs beside the search, and take in what it has."""
        if self.concurrent is not None:
            self.stopped |= not self.concurrent.finished
            self.concurrent.end()
            self._poll_concurrent(self.concurrent)
        self.bound_process.end()

    def stop(self) -> bool:
        """Poll, and say whether to stop."""
        self.poll(0.0)
        return self.over

    def on_engine_event(self, event: Event) -> bool:
        """Take in where an engine on the whole program stands, its plan still to come; whether to stop it."""
        self.raise_engine_bound(event.bound)
        self.coming = min(self.coming, event.cost)
        self._report()
        self.poll(0.0)
        cost = min(self.cost, self.coming)
        self.stopped = is_proven(cost, self._bound_of(cost), self.options.relative_gap) or self.over
        return self.stopped

    def _report(self) -> None:
        if self.on_event is not None:
            cost = min(self.cost, self.coming)
            self.on_event(Event(self.spent, NAME, cost, self._bound_of(cost), None))

    def outcome(self) -> Decomposed:
        """The best of both, with its true status: what rests on the word of an engine alone is solved once more."""
        found = self._outcome()
        known = min(self.bound_process.bound, self.cost)
        alone = not is_proven(self.cost, known, self.options.relative_gap) and not self.confirmed
        if self.values is None or found.solution.status is not Status.OPTIMAL or not alone:
            return found
        options = EngineOptions(
            time_limit_s=self.seconds,
            relative_gap=self.options.relative_gap,
            threads=self.options.threads,
            seed=self.options.seed,
        )
        second, values = WholeModel(self.sets).confirmed(self.values, found.solution, options)
        self.engine_bound = second.bound
        self.take(values)
        again = self._outcome()
        return replace(again, solution=replace(again.solution, remarks=second.remarks))

    def _outcome(self) -> Decomposed:
        status = Status.FEASIBLE if self.values is not None else Status.NO_PLAN
        if self.values is not None and is_proven(self.cost, self.bound, self.options.relative_gap):
            status = Status.OPTIMAL
        infeasible = self.infeasible and self.values is None
        if infeasible:
            status = Status.INFEASIBLE
        solution = Solution(
            status=status,
            values=None,
            cost=self.cost,
            bound=math.inf if infeasible else self.bound,
            limit=self.limit if status is not Status.OPTIMAL else None,
            seconds=self.spent,
            engine=NAME,
            engine_version=__version__,
            threads=self.options.threads,
            seed=self.options.seed,
        )
        return Decomposed(solution, self.values)
