"""Alternatives: other goals under a limit on the cost.

    min goal    subject to    cost <= bound + slack * |bound|,   every family of the formulation
    min cost    subject to    goal <= its best value

each first near the cheapest plan (`nearby.py`), then from there without restriction, which also bounds the goal.

`bound` is the proven lower bound of the cost, so every plan found is within the slack of the true optimum,
whatever the gap of the plan it started from. The second step takes out what the slack would let go to waste.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, vstack

from planner.core.errors import ExitCode, PlannerError
from planner.core.executors.each import each
from planner.core.lateness import late_after
from planner.core.solution import Status, is_proven
from planner.instance.money_keys import DOLLARS
from planner.model import build
from planner.model.assemble import plan_of
from planner.model.decode import values_of
from planner.model.prepare import sets_of
from planner.optimize.engines import EngineOptions, EnginePool, program_of
from planner.optimize.engines import solve as run_engine
from planner.optimize.engines.run import RACE
from planner.optimize.pipeline import solve
from planner.optimize.solve_options import SolveOptions
from planner.optimize.verdict import audited, of_the_instance, sound
from planner.rates.compute import compute_rates
from planner.study.held_plan import admitting, held_plan, plan_does_not_hold
from planner.study.near_optimal.goals import GOALS, Goal, NotAsked
from planner.study.near_optimal.nearby import better_nearby
from planner.study.near_optimal.records import Alternative, Alternatives, over
from planner.study.sweeps.plans import side_by_side

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.core.executors.protocol import Executor
    from planner.core.solution import Solution
    from planner.instance import Instance
    from planner.model.sets import Sets
    from planner.optimize.engines import CancelToken, IndexedProgram
    from planner.plan.plan import Plan
    from planner.rates import Rates

ROUNDING = 1e-6
NEAR_SHARE = 0.4
"""Of the time of a goal, for plans near the cheapest; the same of the time of the second step."""
POLISH_SHARE = 0.3


class NoAlternatives(PlannerError):
    """There is no plan, or none that is proven within the slack."""

    exit_code = ExitCode.INFEASIBLE


@dataclass(frozen=True)
class AlternativeOptions:
    """`time_limit_s` for each goal; the others as in `SolveOptions`, which says how the best plan is found
    where none is given."""

    time_limit_s: float = 20.0
    solve: SolveOptions = field(default_factory=SolveOptions)


@dataclass(frozen=True)
class _Question:
    """What every goal starts from."""

    instance: Instance
    rates: Rates
    best: Plan
    budget: float
    options: AlternativeOptions
    earlier: Plan | None


@dataclass(frozen=True)
class _Search(_Question):
    """The same, with the engines of this process."""

    cancel: CancelToken | None
    pool: EnginePool


def alternatives(
    instance: Instance,
    plan: Plan | None = None,
    slack: float = 0.02,
    earlier: Plan | None = None,
    options: AlternativeOptions | None = None,
    cancel: CancelToken | None = None,
    executor: Executor | None = None,
) -> Alternatives:
    """Plans that cost no more than the proven bound and a slack, and are as good as can be at something else.

    `plan` is the cheapest plan, solved for where none is given; `earlier` the plan that the goal "least
    change" looks back to. Goals are pursued one after another, or side by side on an `executor`, where each
    runs on one thread and `cancel` does not reach it. Raises NoAlternatives when there is no plan or none
    proven within the slack, InstanceError when the plan given is not one of the instance.
    """
    options = options or AlternativeOptions()
    best = sound(plan if plan is not None else solve(instance, options.solve, cancel=cancel))
    if not best.usable:
        raise NoAlternatives("\n".join(("there is no plan to find alternatives to", *best.reasons)))
    of_the_instance(best, "a search of alternatives")
    budget = best.bound + slack * abs(best.bound)
    if best.cost > budget + ROUNDING * abs(budget):
        raise NoAlternatives(
            f"the plan is proven only to a gap of {best.gap:.2%}, wider than the slack of {slack:.2%}: "
            "solve for longer, or allow more slack"
        )
    how = options if executor is None else replace(options, solve=side_by_side(options.solve))
    question = _Question(instance, compute_rates(instance), best, max(budget, best.cost), how, earlier)
    tasks = [(question, name) for name in GOALS]
    if executor is not None:
        outcomes = each(_attempt, tasks, executor)
    else:
        with EnginePool(1) as pool:
            outcomes = [_attempt(task, pool, cancel) for task in tasks]
    named = dict(zip(GOALS, outcomes, strict=True))
    return Alternatives(
        best=best,
        slack=slack,
        budget=question.budget,
        found=tuple(outcome for outcome in outcomes if isinstance(outcome, Alternative)),
        skipped={name: outcome for name, outcome in named.items() if isinstance(outcome, str)},
    )


def _attempt(
    task: tuple[_Question, str], pool: EnginePool | None = None, cancel: CancelToken | None = None
) -> Alternative | str:
    """Pursue one goal, in whatever process this runs: what was found, or why the goal does not apply."""
    question, name = task
    with nullcontext(pool) if pool is not None else EnginePool(1) as engines:
        search = _Search(**vars(question), cancel=cancel, pool=engines)
        try:
            return _pursue(search, name)
        except NotAsked as reason:
            return str(reason)


def _pursue(search: _Search, name: str) -> Alternative:
    """The best plan for one goal within the budget, then the cheapest of those."""
    began = time.monotonic()
    whole = sets_of(search.instance, search.rates)
    goal = GOALS[name](admitting(whole, search.best), search.earlier)
    program = _within_budget(program_of(build(goal.sets, name.replace(" ", "_"))), search.budget)
    weight = program.index.spread(goal.weight)
    start = _start(search, goal, program)
    for_goal = program.with_objective(weight, goal.constant)
    limit = search.options.time_limit_s
    near, solution = _searched(search, goal, for_goal, (1.0 - POLISH_SHARE) * limit, start)
    reached = near if solution.values is None else min((solution.values, near), key=lambda one: weight @ one)
    left = max(1.0, limit - (time.monotonic() - began))
    near, cheapest = _searched(search, goal, _no_worse(program, weight, reached), left, reached)
    values = near if cheapest.values is None else min((cheapest.values, near), key=program.cost)
    measure = float(weight @ values) + goal.constant
    bound = solution.bound if whole.standing is None else _bound_of_all(search, whole, name, solution.bound)
    return Alternative(
        goal=name,
        unit=goal.unit.replace(DOLLARS, search.instance.currency),
        plan=_plan(search, goal, program, values, cheapest),
        measure=measure,
        measure_bound=min(bound, measure),
        best_measure=float(weight @ start) + goal.constant,
        optimal=is_proven(measure, bound, search.options.solve.relative_gap),
        over_best_at_most=over(program.cost(values), search.best.bound),
    )


def _bound_of_all(search: _Search, whole: Sets, name: str, bound: float) -> float:
    """What no plan has less of, where the formulation may leave out plans that keep their promise of availability.

    Then the linear relaxation of what every such plan has; else the bound of the search.
    """
    assert whole.standing is not None
    if whole.standing.exact:
        return bound
    late = late_after(search.options.time_limit_s)
    goal = GOALS[name](replace(whole, standing=whole.standing.necessary(late)), search.earlier)
    program = _within_budget(program_of(build(goal.sets, "every_plan")), search.budget)
    relaxed = program.with_objective(program.index.spread(goal.weight), goal.constant).relaxed()
    return _solve(search, relaxed, search.options.time_limit_s, None).bound


def _searched(
    search: _Search, goal: Goal, program: IndexedProgram, seconds: float, start: NDArray[np.float64]
) -> tuple[NDArray[np.float64], Solution]:
    """The best plan near one, and what a search of the whole program makes of it in the rest of the time."""

    def solve(part: IndexedProgram, limit: float, hint: NDArray[np.float64]) -> Solution:
        return _solve(search, part, limit, hint, confirm=False)

    began = time.monotonic()
    near = better_nearby(goal.sets, program, start, NEAR_SHARE * seconds, solve)
    return near, _solve(search, program, seconds - (time.monotonic() - began), near)


def _within_budget(program: IndexedProgram, budget: float) -> IndexedProgram:
    """The program with a row that keeps the cost within the budget, scaled to 1."""
    scale = max(abs(budget), 1.0)
    return _with_row(program, program.objective / scale, (budget - program.offset) / scale, "budget")


def _no_worse(
    program: IndexedProgram, weight: NDArray[np.float64], values: NDArray[np.float64]
) -> IndexedProgram:
    """The program with a row that keeps the goal at what was reached."""
    reached = float(weight @ values)
    scale = max(abs(reached), 1.0)
    return _with_row(program, weight / scale, reached / scale, "goal")


def _with_row(
    program: IndexedProgram, coefficients: NDArray[np.float64], most: float, name: str
) -> IndexedProgram:
    return replace(
        program,
        matrix=vstack([program.matrix, csr_array(coefficients[None, :])], format="csr"),
        row_lower=np.append(program.row_lower, -np.inf),
        row_upper=np.append(program.row_upper, most),
        row_names=(*program.row_names, name),
    )


def _start(search: _Search, goal: Goal, program: IndexedProgram) -> NDArray[np.float64]:
    """The best plan as one value a column, what it does not record filled in at the goal's least."""
    kept = held_plan(program, goal.sets, search.best)
    weight = program.index.spread(goal.weight)
    program = kept.with_objective(weight, goal.constant)
    solution = _solve(search, program, search.options.time_limit_s, None, confirm=False)
    if solution.values is None:
        raise plan_does_not_hold()
    return solution.values


def _solve(
    search: _Search,
    program: IndexedProgram,
    limit: float,
    start: NDArray[np.float64] | None,
    confirm: bool = True,
) -> Solution:
    """What an engine makes of a program; without `confirm` nobody is told what it claims."""
    options = search.options.solve
    engine_options = EngineOptions(
        time_limit_s=max(0.5, limit),
        relative_gap=options.relative_gap,
        threads=options.threads,
        seed=options.seed,
        hint=start,
        memory_limit_mb=options.memory_limit_mb,
        confirm=confirm,
    )
    if options.solver == RACE:
        return run_engine(program, RACE, engine_options, cancel=search.cancel)
    return search.pool.submit(program, options.solver, engine_options).result()


def _plan(
    search: _Search, goal: Goal, program: IndexedProgram, values: NDArray[np.float64], solution: Solution
) -> Plan:
    """The audited plan; its bound is that of the cheapest plan, proven for every plan of the instance."""
    cost = program.cost(values)
    proven = is_proven(cost, search.best.bound, search.options.solve.relative_gap)
    reported = replace(
        solution,
        status=Status.OPTIMAL if proven else Status.FEASIBLE,
        cost=cost,
        bound=search.best.bound,
        limit=None,
    )
    decided = values_of(goal.sets, program.index, values)
    plan = plan_of(search.instance, goal.sets, reported, decided, method="alternative")
    plan = replace(plan, gap_asked=search.options.solve.relative_gap)
    return sound(audited(search.instance, search.rates, goal.sets, plan), "an alternative")
