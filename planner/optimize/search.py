"""The search for a plan within the time: by which method, beside what, and what is proven where that is loose."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.core.lateness import late_after
from planner.core.solution import Method, Solution, Status
from planner.model import build
from planner.model.assemble import plan_of
from planner.model.decode import values_of
from planner.model.encode import decided, hint_of, units_decided, warm_start_of
from planner.optimize.availability_bound import (
    LARGE_PLAN_SHARE,
    PLAN_SHARE,
    AvailabilityBound,
    without_bounds,
)
from planner.optimize.customize import NOTHING, customized
from planner.optimize.decomposition.auto import choose
from planner.optimize.decomposition.problem.required import leaves_out_plans
from planner.optimize.decomposition.problem.structure import NotCovered
from planner.optimize.decomposition.process.whole_model import cells_of
from planner.optimize.engines import EngineOptions, program_of, searcher
from planner.optimize.engines import solve as run_engine
from planner.optimize.engines.run import RACE
from planner.optimize.floors_beside import FloorsBeside
from planner.optimize.verdict import judged, summarised, violations_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.model import Sets
    from planner.model.encode import WarmStart
    from planner.model.values import Values
    from planner.optimize.customize import Added, Customize
    from planner.optimize.engines import CancelToken, EnginePool, Event, IndexedProgram
    from planner.optimize.solve_options import SolveOptions
    from planner.plan.certificate import Certificate
    from planner.plan.plan import Plan
    from planner.rates import Rates

LEAST_SEARCH = 0.25
"""Share of a time limit that is left to the search, however long its preparation took."""
LEAST_SEARCH_S = 0.1
COUNTS_SHARE = 0.15
"""Share of the time for what keeps pools standing in a plan to begin from."""
JUDGED_TIMES, JUDGED_SHARE = 2.0, 0.06
"""What the plans of a proof and their audits get before that, as a multiple of it; at most, of a time limit."""
MOST_AFTER = 0.25
"""Share of a time limit that is kept for what comes after the search, at most."""


@dataclass(frozen=True, eq=False)
class Solved:
    """What a method found, and why it was this method.

    `known` is a bound that does not rest on the whole program, -inf without one; `proven`: nothing more is to be
    expected of that program. `plan` is what its audit has accepted already, where it had to be asked.
    """

    solution: Solution
    values: Values | None
    method: str
    reason: str
    added: Added = NOTHING
    known: float = -math.inf
    proven: bool = False
    plan: Plan | None = None


@dataclass(frozen=True)
class TimeLimit:
    """The time limit, which counts from `began`, and of which preparation eats no more than most.

    `after_s` are seconds that are kept for what comes after the search: the plan is put together and audited.
    """

    limit_s: float | None
    began: float
    after_s: float = 0.0

    @classmethod
    def after_preparation(cls, limit_s: float | None, began: float) -> TimeLimit:
        """The limit of a question prepared by now: the audit works all of it out anew, which takes about as long."""
        took = time.monotonic() - began
        return cls(limit_s, began, took if limit_s is None else min(took, MOST_AFTER * limit_s))

    @property
    def left(self) -> float | None:
        """Seconds that are left to a search that begins now; None without a limit."""
        if self.limit_s is None:
            return None
        rest = self.ends - time.monotonic()
        return max(LEAST_SEARCH_S, LEAST_SEARCH * self.limit_s, rest)

    def until_then(self, options: EngineOptions) -> EngineOptions:
        """The options with what is left of the time."""
        return replace(options, time_limit_s=self.left)

    @property
    def ends(self) -> float:
        """When a search is to end, on the monotonic clock; inf without a limit."""
        return math.inf if self.limit_s is None else self.began + self.limit_s - self.after_s


@dataclass(frozen=True)
class PlanSearch:
    """A question as sets, how it is to be solved, and who listens; the time runs on its clock."""

    instance: Instance
    rates: Rates
    sets: Sets
    options: SolveOptions
    clock: TimeLimit
    on_event: Callable[[Event], None] | None
    cancel: CancelToken | None
    start: Plan | None
    pool: EnginePool | None
    customize: Customize | None

    def found(self) -> Solved:
        """A plan, and what is proven of it also where the whole program is loose."""
        if self.sets.standing is None or not leaves_out_plans(self.sets):
            return self._by_method()
        with FloorsBeside(self.sets) as floors:
            if cells_of(self.sets) <= self.options.decomposition.run.whole_cells:
                floors.start()  # else the search wants every processor
            solved = self._by_method()
            return solved if solved.proven else self._proven(solved, floors)

    def certified(self, on_certificate: Callable[[Certificate], None]) -> Solved:
        """A plan with a bound that a certificate expresses. Raises InstanceError where none can."""
        from planner.optimize.decomposition.solve import decompose

        reason, cause = "a certificate is asked for", ""
        if self.customize is not None:
            cause = "constraints of the user's own are no part of the instance"
        elif self.sets.standing is not None:
            cause = "what keeps a promise of availability is more than prices can prove"
        warm_start = None if self.start is None else warm_start_of(self.sets, self.start)
        timed, parameters = self.clock.until_then(self.options.for_engines), self.options.decomposition
        try:
            if cause:
                raise NotCovered(cause)
            found = decompose(
                self.sets, timed, self.on_event, self.cancel, warm_start, parameters, certified=True
            )
        except NotCovered as error:
            raise InstanceError([Fault(f"no certificate can express this: {error}")]) from None
        if found.certificate is not None:
            on_certificate(replace(found.certificate, name=self.instance.name))
        return Solved(found.solution, found.values, str(Method.DECOMPOSE), reason)

    def _by_method(self) -> Solved:
        """Choose the method, run it."""
        method, reason = str(self.options.method), "asked for"
        if self.customize is not None:
            method, reason = "direct", "constraints of the user's own: only the whole program has them"
        if method == "auto":
            method, reason = choose(self.sets, self.pool is not None, self.options.decomposition)
        most = self.options.decomposition.run.most_whole_cells
        large = method == Method.DECOMPOSE and cells_of(self.sets) > most
        search = self._for_plans(method) if leaves_out_plans(self.sets) and not large else self
        if method == Method.MATHEURISTIC and self.pool is None:
            return search._beside(reason)
        if method == "decompose":
            try:
                return search._decomposed(reason, large)
            except NotCovered as cause:
                method, reason = "direct", f"the decomposition does not cover this: {cause}"
        return search._direct(
            searcher() if method == Method.MATHEURISTIC else self.options.solver, method, reason
        )

    def _for_plans(self, method: str) -> PlanSearch:
        """The search of a loose program: for plans alone, in its share of the time."""
        limit = self.clock.limit_s
        share = LARGE_PLAN_SHARE if method == Method.MATHEURISTIC else PLAN_SHARE
        clock = replace(self.clock, limit_s=None if limit is None else share * limit)
        return replace(self, clock=clock, on_event=without_bounds(self.on_event))

    def _decomposed(self, reason: str, large: bool) -> Solved:
        """Bound and plan period by period. Raises NotCovered."""
        from planner.optimize.decomposition.solve import decompose

        warm_start = None if self.start is None else warm_start_of(self.sets, self.start)
        timed = self.clock.until_then(self.options.for_engines)
        found = decompose(
            self.sets, timed, self.on_event, self.cancel, warm_start, self.options.decomposition
        )
        solution = found.solution
        return Solved(solution, found.values, "decompose", reason, known=solution.bound, proven=large)

    def _beside(self, reason: str) -> Solved:
        """Plans by the matheuristic; bounds by an engine on the whole program and, where it can, the decomposition."""
        from planner.optimize.decomposition.beside import BoundBeside

        timed = self.clock.until_then(self.options.for_engines)
        with BoundBeside(self.sets, timed, self.options.decomposition) as outside:
            large = cells_of(self.sets) > self.options.decomposition.run.whole_cells
            begun = outside.begun(self.cancel) if large and self.start is None else None
            search = self if begun is None else self._with_counts(begun)
            program = program_of(build(search.sets))
            options = search._hinted(program)
            if begun is not None:
                options = replace(options, hint=search._begun_hint(begun, program))
            solution = run_engine(program, searcher(), options, self.on_event, self.cancel, outside)
            known = outside.poll(solution.cost, solution.bound)
        method, values = str(Method.MATHEURISTIC), search._decoded(program, solution)
        if search is self or values is None or self._accepted(solution, values, method, reason) is not None:
            return Solved(solution, values, method, reason, known=known)
        # where the units lie on their nodes such counts do not keep the promise; the loose form does wherever they lie
        return replace(self._direct(searcher(), method, reason), known=known)

    def _begun_hint(self, begun: WarmStart, program: IndexedProgram) -> NDArray[np.float64]:
        """What a plan to begin from decides; its units alone where nodes were not counted for all of them."""
        if leaves_out_plans(self.sets):
            return units_decided(self.sets, begun, program.index)
        return decided(self.sets, begun, program.index)

    def _with_counts(self, begun: WarmStart) -> PlanSearch:
        """The same, where pools are kept standing by a loose form also by what keeps them in a plan to begin from."""
        from planner.optimize.decomposition.heuristic.standing_repair import counts_kept

        standing, left = self.sets.standing, self.clock.left
        if standing is None or not leaves_out_plans(self.sets):
            return self
        late = late_after(None if left is None else COUNTS_SHARE * left)
        shared = self.options.decomposition.run.shared_nodes_share
        counts = counts_kept(self.sets, begun.on, shared, late)
        return replace(self, sets=replace(self.sets, standing=standing.beside(counts)))

    def _direct(self, solver: str, method: str, reason: str) -> Solved:
        """The whole formulation at once, by an engine or a race of two."""
        model, added = build(self.sets), NOTHING
        if self.customize is None:
            program = program_of(model)
        else:
            program, added = customized(model, self.customize)
        timed = self._hinted(program)
        if self.pool is None:
            solution = run_engine(program, solver, timed, self.on_event, self.cancel)
        else:
            solution = self.pool.submit(program, solver, timed).result()
        return Solved(solution, self._decoded(program, solution), method, reason, added)

    def _proven(self, solved: Solved, floors: FloorsBeside) -> Solved:
        """What is proven where the whole program is loose, and a cheaper plan where the audit accepts one."""
        engine = self.options.solver if solved.method == Method.DIRECT else RACE
        engines = engine, searcher() if solved.method == Method.MATHEURISTIC else engine
        limited = replace(self.options.for_engines, time_limit_s=self.clock.limit_s)
        judged_s = min(JUDGED_TIMES * self.clock.after_s, JUDGED_SHARE * (self.clock.limit_s or math.inf))
        ends = self.clock.ends - judged_s
        proof = AvailabilityBound(self.sets, engines, limited, ends, self.cancel, self.pool)
        found = proof.of(solved.solution, solved.values, solved.known, floors)
        for cost, values in () if solved.added.names else found.cheaper:
            solution = replace(found.solution, cost=cost, status=Status.FEASIBLE)
            plan = self._accepted(solution, values, solved.method, solved.reason)
            if plan is not None:
                solution = replace(solution, status=plan.status, limit=plan.limit)
                return replace(solved, solution=solution, values=values, plan=plan)
        return replace(solved, solution=found.solution)

    def _accepted(self, solution: Solution, values: Values, method: str, reason: str) -> Plan | None:
        """The plan, if its audit accepts it."""
        plan = plan_of(self.instance, self.sets, solution, values, method, reason)
        asked, recommended = self.options.relative_gap, self.options.recommended_gap
        plan = judged(replace(plan, gap_asked=asked, recommended_gap=recommended))
        plan = summarised(self.instance, plan)
        return None if violations_of(self.instance, self.rates, self.sets, plan) else plan

    def _hinted(self, program: IndexedProgram) -> EngineOptions:
        """What engines are told, within the time, with an earlier plan to begin from where there is one."""
        options = self.options.for_engines
        if self.start is not None:
            options = replace(options, hint=hint_of(self.sets, self.start, program.index))
        return self.clock.until_then(options)

    def _decoded(self, program: IndexedProgram, solution: Solution) -> Values | None:
        return None if solution.values is None else values_of(self.sets, program.index, solution.values)
