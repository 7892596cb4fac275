"""Plans of several questions that do not depend on each other, one after another or side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.core.executors.each import each
from planner.optimize.engines import prover
from planner.optimize.engines.run import RACE
from planner.optimize.pipeline import solve
from planner.optimize.verdict import sound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.core.executors.protocol import Executor
    from planner.instance import Instance
    from planner.optimize.engines import EnginePool
    from planner.optimize.solve_options import SolveOptions
    from planner.plan.plan import Plan


@dataclass(frozen=True)
class SolveRequest:
    """What a worker needs to solve one instance; `start` is a plan of one like it."""

    instance: Instance
    options: SolveOptions
    start: Plan | None = None


def plans_of(
    instances: Iterable[Instance], options: SolveOptions, executor: Executor | None = None
) -> list[Plan]:
    """A plan of each instance. On an executor each is solved as `side_by_side` says.

    Raises what `solve` raises.
    """
    how = options if executor is None else side_by_side(options)
    return each(plan_of, [SolveRequest(instance, how) for instance in instances], executor)


def plan_of(question: SolveRequest, pool: EnginePool | None = None) -> Plan:
    """Solve one question in the process that this runs in, by a warm engine of a `pool` where one is given.

    Raises PlanRefused where the audit does not accept the plan.
    """
    plan = solve(question.instance, question.options, start=question.start, pool=pool)
    return sound(plan, f"the plan of {question.instance.name}")


def side_by_side(options: SolveOptions) -> SolveOptions:
    """Options for solves that share the processors: one thread each, the prover where a race was asked for."""
    solver = prover() if options.solver == RACE else options.solver
    return replace(options, threads=1, solver=solver)
