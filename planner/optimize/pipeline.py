"""Solve: the pipeline from an instance to an audited plan."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError, PlanRefused
from planner.core.solution import Method, Solution, Status, is_proven
from planner.instance.length_choices import split_choices
from planner.model import build
from planner.model.assemble import plan_of
from planner.model.decode import values_of
from planner.model.encode import hint_of, warm_start_of
from planner.model.families import unaudited
from planner.model.prepare import sets_of
from planner.optimize.availability_bound import (
    LARGE_PLAN_SHARE,
    LIMIT,
    PLAN_SHARE,
    UNPROVEN,
    AvailabilityBound,
    FloorsBeside,
    without_bounds,
)
from planner.optimize.customize import NOTHING, USE_FACTOR, customized, named, stated_by
from planner.optimize.decomposition.auto import choose
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.required import leaves_out_plans
from planner.optimize.decomposition.problem.structure import NotCovered
from planner.optimize.decomposition.process.whole_model import cells_of
from planner.optimize.engines import EngineOptions, Event, program_of, searcher
from planner.optimize.engines import solve as run_engine
from planner.optimize.engines.matheuristic.parameters import DEFAULTS as MATHEURISTIC_DEFAULTS
from planner.optimize.engines.run import RACE
from planner.optimize.infeasibility.unservable import unservable
from planner.optimize.length_split import cheapest_split
from planner.plan.contents import RECOMMENDED_GAP
from planner.plan.summary import summary_of
from planner.rates.compute import compute_rates
from planner.rates.site_energy import carbon_of
from planner.verify.audit import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.instance import Instance
    from planner.model import Sets
    from planner.model.signed import Signed
    from planner.model.values import Values
    from planner.optimize.customize import Added, Customize
    from planner.optimize.decomposition.parameters import DecompositionParameters
    from planner.optimize.engines import CancelToken, EnginePool, IndexedProgram
    from planner.optimize.engines.matheuristic.parameters import MatheuristicParameters
    from planner.plan.plan import Plan
    from planner.rates import Rates

log = logging.getLogger(__name__)

MOST_REPORTED = 50
LEAST_SEARCH = 0.25
"""Share of a time limit that is left to the search, however long its preparation took."""
LEAST_SEARCH_S = 0.1


@dataclass(frozen=True)
class SolveOptions:
    """How to solve: limits, the gap to prove, the engine and the method.

    `relative_gap` is that of `planner.core.solution`; a plan counts as optimal when it is proven to that gap. One that
    misses it is recommended only up to `recommended_gap` (`Plan.recommended`). `method`
    is `direct` (the whole formulation at once, by `solver`), `decompose` (bound and plan period by period),
    `matheuristic` (plans by parts of the whole formulation, an engine beside it for the bound), or `auto`, which
    chooses by size and contents and says why in the plan. `signed` is a first stage that is decided already.
    `decomposition` holds the parameters of the method `decompose`, for instance
    `planner.DecompositionParameters().override(bound__groups=8000)`, `matheuristic` those of the other.
    """

    time_limit_s: float | None = 60.0
    relative_gap: float = 0.005
    recommended_gap: float = RECOMMENDED_GAP
    solver: str = RACE
    method: Method | str = Method.AUTO
    threads: int = 2
    seed: int = 1
    memory_limit_mb: float | None = None
    signed: Signed | None = None
    decomposition: DecompositionParameters = DEFAULTS
    matheuristic: MatheuristicParameters = MATHEURISTIC_DEFAULTS

    def __post_init__(self) -> None:
        if self.method not in set(Method):
            raise ValueError(f"method must be one of {', '.join(Method)}, not {self.method!r}")
        if not 0.0 <= self.relative_gap <= 1.0:
            raise ValueError(f"relative_gap must lie between 0 and 1, not {self.relative_gap!r}")
        if not 0.0 <= self.recommended_gap <= 1.0:
            raise ValueError(f"recommended_gap must lie between 0 and 1, not {self.recommended_gap!r}")
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"seed must lie between 0 and {2**31 - 1}, not {self.seed!r}")
        if not isinstance(self.decomposition, type(DEFAULTS)):
            raise ValueError(f"decomposition must be DecompositionParameters, not {self.decomposition!r}")
        if not isinstance(self.matheuristic, type(MATHEURISTIC_DEFAULTS)):
            raise ValueError(f"matheuristic must be MatheuristicParameters, not {self.matheuristic!r}")


def solve(
    instance: Instance,
    options: SolveOptions | None = None,
    on_event: Callable[[Event], None] | None = None,
    cancel: CancelToken | None = None,
    start: Plan | None = None,
    pool: EnginePool | None = None,
    customize: Customize | None = None,
) -> Plan:
    """Find the cheapest plan of an instance, prove how good it is, and audit it.

    Calls `on_event` with every better plan or bound of the search, which no audit has judged yet (`Event.audited`),
    and at last with the plan, if its audit accepts it. `start` is a plan to begin from, of this instance or of
    one like it. With a `pool` the direct method takes one of its running engines, without events and never as a
    race. `customize` is given the model before it is solved and adds linear constraints of the user's own to it (see
    `planner.model.Model`). Such a question is solved directly, status and bound are those of the question with the
    constraints, and the plan names them (`own_constraints`); the audit knows the instance alone.
    The plan's `status` is `infeasible` when no plan exists (its `reasons` say what is short, where, and the
    cheapest repairs; without a pool), `no_plan` when a limit came before any plan was found, `refused` when
    its audit does not accept what was found (its `reasons` are the violations).
    Of an instance that leaves it to the plan where lengths are split every reading is solved and audited, without
    events until the cheapest is known.
    Raises SolverUnavailable, EngineCrashed when the engine died without a plan, and PlannerError where `customize` does
    more than add.
    """
    options = options or SolveOptions()
    if choices := list(split_choices(instance)):

        def within(one: Instance, seconds: float | None) -> Plan:
            return solve(one, replace(options, time_limit_s=seconds), None, cancel, start, pool, customize)

        return _told(_judged(cheapest_split(choices, within, options.time_limit_s, cancel)), on_event)
    began = time.monotonic()
    rates = compute_rates(instance)
    factor = 1 if customize is None else USE_FACTOR
    sets = replace(sets_of(instance, rates), signed=options.signed, use_factor=factor)
    if unservable(sets):
        solved = Solved(_infeasible(options), None, "direct", "some work has no unit at all")
    else:
        clock = _Clock(options.time_limit_s, began)
        solved = _solved_and_proven(
            instance, rates, sets, options, clock, on_event, cancel, start, pool, customize
        )
    plan = plan_of(instance, sets, solved.solution, solved.values, solved.method, solved.reason)
    if plan.status is Status.NO_PLAN and plan.limit == LIMIT:
        plan = replace(plan, reasons=(*plan.reasons, UNPROVEN))
    if solved.added.names:
        plan = replace(plan, **stated_by(plan, solved.added))
    elif plan.status is Status.INFEASIBLE and pool is None:
        from planner.optimize.infeasibility.reasons import infeasible_reasons

        plan = replace(plan, reasons=infeasible_reasons(instance, rates, sets, seed=options.seed))
    plan = replace(
        plan,
        gap_asked=options.relative_gap,
        recommended_gap=options.recommended_gap,
        seconds=time.monotonic() - began,
    )
    return _told(audited(instance, rates, sets, _judged(plan)), on_event)


def _told(plan: Plan, on_event: Callable[[Event], None] | None) -> Plan:
    """The plan, after its event."""
    if on_event is not None and plan.usable:
        on_event(Event(plan.seconds, plan.solver, plan.cost, plan.bound, None, audited=True))
    return plan


def _judged(plan: Plan) -> Plan:
    """The plan with the status that its cost, its bound and the gap asked for give it, whatever an engine said."""
    if not plan.usable or plan.gap_asked is None:
        return plan
    if is_proven(plan.cost, plan.bound, plan.gap_asked):
        return replace(plan, status=Status.OPTIMAL, limit="interrupt" if plan.limit == "interrupt" else None)
    return replace(plan, status=Status.FEASIBLE, limit=plan.limit or "precision")


@dataclass(frozen=True, eq=False)
class Solved:
    """What a method found, and why it was this method.

    `known` is a bound that does not rest on the whole program, -inf without one; `proven`: nothing more is to be
    expected of that program.
    """

    solution: Solution
    values: Values | None
    method: str
    reason: str
    added: Added = NOTHING
    known: float = -math.inf
    proven: bool = False


@dataclass(frozen=True)
class _Clock:
    """The time limit, which counts from `began`, and of which preparation eats no more than most."""

    limit_s: float | None
    began: float

    def left(self, share: float = 1.0) -> float | None:
        """Seconds of a share of the limit that are left to a search that begins now."""
        if self.limit_s is None:
            return None
        limit = share * self.limit_s
        return max(LEAST_SEARCH_S, LEAST_SEARCH * limit, limit - (time.monotonic() - self.began))

    def until_then(self, options: EngineOptions, share: float = 1.0) -> EngineOptions:
        """The options with what is left of the time."""
        return replace(options, time_limit_s=self.left(share))

    @property
    def ends(self) -> float:
        """When the limit comes, on the monotonic clock; inf without one."""
        return math.inf if self.limit_s is None else self.began + self.limit_s


def _solved(
    sets: Sets,
    options: SolveOptions,
    clock: _Clock,
    on_event: Callable[[Event], None] | None,
    cancel: CancelToken | None,
    start: Plan | None,
    pool: EnginePool | None,
    customize: Customize | None,
) -> Solved:
    """Choose the method, run it."""
    engine_options = _engine_options(options)
    method, reason = str(options.method), "asked for"
    if customize is not None:
        method, reason = "direct", "constraints of the user's own: only the whole program has them"
    if method == "auto":
        method, reason = choose(sets, pool is not None, options.decomposition)
    large = method == Method.DECOMPOSE and cells_of(sets) > options.decomposition.run.most_whole_cells
    if leaves_out_plans(sets) and not large:
        on_event = without_bounds(on_event)
        limit = clock.limit_s
        share = LARGE_PLAN_SHARE if method == Method.MATHEURISTIC else PLAN_SHARE
        clock = replace(clock, limit_s=None if limit is None else share * limit)
    if method == Method.MATHEURISTIC and pool is None:
        return _beside(sets, options, engine_options, clock, reason, on_event, cancel, start)
    if method == "decompose":
        from planner.optimize.decomposition.solve import decompose

        try:
            warm_start = None if start is None else warm_start_of(sets, start)
            timed = clock.until_then(engine_options)
            found = decompose(sets, timed, on_event, cancel, warm_start, options.decomposition)
        except NotCovered as cause:
            method, reason = "direct", f"the decomposition does not cover this: {cause}"
        else:
            solution = found.solution
            return Solved(solution, found.values, "decompose", reason, known=solution.bound, proven=large)
    solver = searcher() if method == Method.MATHEURISTIC else options.solver
    return _direct(
        sets, solver, engine_options, clock, (method, reason), on_event, cancel, start, pool, customize
    )


def _solved_and_proven(
    instance: Instance,
    rates: Rates,
    sets: Sets,
    options: SolveOptions,
    clock: _Clock,
    on_event: Callable[[Event], None] | None,
    cancel: CancelToken | None,
    start: Plan | None,
    pool: EnginePool | None,
    customize: Customize | None,
) -> Solved:
    """A plan, and what is proven of it also where the whole program is loose."""
    if sets.standing is None or not leaves_out_plans(sets):
        return _solved(sets, options, clock, on_event, cancel, start, pool, customize)
    with FloorsBeside(sets.standing) as floors:
        if cells_of(sets) <= options.decomposition.run.whole_cells:  # else the search wants every processor
            floors.start()
        solved = _solved(sets, options, clock, on_event, cancel, start, pool, customize)
        if solved.proven:
            return solved
        return _proven(instance, rates, sets, options, clock, solved, cancel, pool, floors)


def _proven(
    instance: Instance,
    rates: Rates,
    sets: Sets,
    options: SolveOptions,
    clock: _Clock,
    solved: Solved,
    cancel: CancelToken | None,
    pool: EnginePool | None,
    floors: FloorsBeside,
) -> Solved:
    """What is proven where the whole program is loose, and a cheaper plan where the audit accepts one."""
    engine = options.solver if solved.method == Method.DIRECT else RACE
    limited = replace(_engine_options(options), time_limit_s=clock.limit_s)
    engines = engine, searcher() if solved.method == Method.MATHEURISTIC else engine
    proof = AvailabilityBound(sets, engines, limited, clock.ends, cancel, pool)
    found = proof.of(solved.solution, solved.values, solved.known, floors)
    for cost, values in () if solved.added.names else found.cheaper:
        solution = replace(found.solution, cost=cost, status=Status.FEASIBLE)
        plan = plan_of(instance, sets, solution, values, solved.method, solved.reason)
        plan = _judged(replace(plan, gap_asked=options.relative_gap))
        plan = replace(plan, summary=summary_of(instance, plan) | carbon_of(instance, plan))
        if not check(instance, plan, rates).violations:
            solution = replace(solution, status=plan.status, limit=plan.limit)
            return replace(solved, solution=solution, values=values)
    return replace(solved, solution=found.solution)


def _beside(
    sets: Sets,
    options: SolveOptions,
    engine_options: EngineOptions,
    clock: _Clock,
    reason: str,
    on_event: Callable[[Event], None] | None,
    cancel: CancelToken | None,
    start: Plan | None,
) -> Solved:
    """Plans by the matheuristic; bounds by an engine on the whole program and, where it can, the decomposition."""
    from planner.optimize.decomposition.beside import BoundBeside

    with BoundBeside(sets, clock.until_then(engine_options), options.decomposition) as outside:
        program = program_of(build(sets))
        timed = clock.until_then(_hinted(engine_options, sets, program, start))
        solution = run_engine(program, searcher(), timed, on_event, cancel, outside)
        known = -math.inf if leaves_out_plans(sets) else outside.poll(solution.cost)
    values = _decoded(sets, program, solution)
    return Solved(solution, values, str(Method.MATHEURISTIC), reason, known=known)


def _direct(
    sets: Sets,
    solver: str,
    options: EngineOptions,
    clock: _Clock,
    chosen: tuple[str, str],
    on_event: Callable[[Event], None] | None,
    cancel: CancelToken | None,
    start: Plan | None,
    pool: EnginePool | None,
    customize: Customize | None,
) -> Solved:
    """The whole formulation at once, by an engine or a race of two; `chosen` method and reason."""
    model, added = build(sets), NOTHING
    if customize is None:
        program = program_of(model)
    else:
        program, added = customized(model, customize)
    timed = clock.until_then(_hinted(options, sets, program, start))
    if pool is None:
        solution = run_engine(program, solver, timed, on_event, cancel)
    else:
        solution = pool.submit(program, solver, timed).result()
    return Solved(solution, _decoded(sets, program, solution), *chosen, added)


def _hinted(options: EngineOptions, sets: Sets, program: IndexedProgram, start: Plan | None) -> EngineOptions:
    """The options with an earlier plan to begin from, where there is one."""
    return options if start is None else replace(options, hint=hint_of(sets, start, program.index))


def _decoded(sets: Sets, program: IndexedProgram, solution: Solution) -> Values | None:
    return None if solution.values is None else values_of(sets, program.index, solution.values)


def audited(instance: Instance, rates: Rates, sets: Sets, plan: Plan) -> Plan:
    """The plan with its summary; one that its audit does not accept is refused, with every violation reported.

    So is one of a formulation with a family of constraints that no rule of the audit looks at.
    """
    if not plan.usable:
        return plan
    plan = replace(plan, summary=summary_of(instance, plan) | carbon_of(instance, plan))
    audit = check(instance, plan, rates)
    nobody = [f"no rule looks at the family {name}" for name in unaudited(sets, audit.rules)]
    violations = [*nobody, *audit.violations]
    if not violations:
        return plan
    reported = [f"audit: {violation}" for violation in violations[:MOST_REPORTED]]
    if len(violations) > MOST_REPORTED:
        reported.append(f"audit: and {len(violations) - MOST_REPORTED} more")
    log.error("the audit refuses the plan, %d violations: %s", len(violations), violations[0])
    return replace(plan, status=Status.REFUSED, reasons=(*plan.reasons, *reported))


def of_the_instance(plan: Plan, what: str) -> Plan:
    """The plan, for whoever lays it over the instance's formulation. Raises InstanceError where it was found under
    constraints of its own: its bound, and what binds it, are not the instance's.
    """
    if plan.own_constraints:
        message = (
            f"the plan was solved with {named(plan.own_constraints)}; {what} needs one of the instance alone"
        )
        raise InstanceError([Fault(message)])
    return plan


def sound(plan: Plan, what: str = "the plan") -> Plan:
    """The plan, for whoever builds on it. Raises PlanRefused with the violations where its audit refuses it."""
    if plan.status is Status.REFUSED:
        raise PlanRefused(what, plan.reasons)
    return plan


def _engine_options(options: SolveOptions) -> EngineOptions:
    """What engines are told, but for the time."""
    return EngineOptions(
        time_limit_s=None,
        relative_gap=options.relative_gap,
        threads=options.threads,
        seed=options.seed,
        memory_limit_mb=options.memory_limit_mb,
        matheuristic=options.matheuristic,
    )


def _infeasible(options: SolveOptions) -> Solution:
    return Solution(
        status=Status.INFEASIBLE,
        values=None,
        cost=math.inf,
        bound=-math.inf,
        limit=None,
        seconds=0.0,
        engine="none",
        engine_version="",
        threads=options.threads,
        seed=options.seed,
    )
