"""What is proven of questions whose pools are kept standing by a form that may ask for more than is needed.

The whole program then has plans that keep this form alone, so neither a bound nor "infeasible" of an engine on it says
anything of the question. Both come from a second program with what every plan has that keeps the promise
(`planner.model.standing.StandingSet.necessary`), in what the search for plans leaves of the time. A plan of that
program counts too, where the audit accepts it.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.core.solution import Solution, Status, is_proven
from planner.model import build
from planner.model.decode import values_of
from planner.optimize.engines import Event, program_of
from planner.optimize.engines import solve as run_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.model import Sets
    from planner.model.values import Values
    from planner.optimize.engines import CancelToken, EngineOptions, EnginePool

PLAN_SHARE = 0.6
"""Of the time, what the search for plans gets."""
FLOOR_SHARE = 0.4
"""Of the rest, what the floors get that take longest to find: without them a bound is only weaker."""
LEAST_S = 0.1
LIMIT = "availability"
"""What ended a search whose form of availability leaves the gap open."""
UNPROVEN = (
    "no plan keeps availability by the form that is used with so many kinds of units, and nothing rules out that one"
    " keeps it exactly: whether there is one is not known; fewer deployments, or more units on offer, let it be found"
)


@dataclass(frozen=True, eq=False)
class Bounded:
    """A solution whose bound is one of the question, and the plan of the second program where it costs less."""

    solution: Solution
    cheaper: Values | None = None
    cheaper_cost: float = math.inf


def is_loose(sets: Sets) -> bool:
    """Whether the program of a question leaves out plans that keep its promises."""
    return sets.standing is not None and not sets.standing.exact


def without_bounds(on_event: Callable[[Event], None] | None) -> Callable[[Event], None] | None:
    """The same listener, told of no bound: an engine's is none of the question."""
    if on_event is None:
        return None
    return lambda event: on_event(replace(event, bound=-math.inf))


def bounded(
    sets: Sets,
    found: Solution,
    known: float,
    engine: str,
    options: EngineOptions,
    cancel: CancelToken | None,
    pool: EnginePool | None,
) -> Bounded:
    """What is proven of what was `found` with the loose program; `known` is a bound of the question, -inf without one.

    `options` has the time that is left.
    """
    assert sets.standing is not None
    began, limit = time.monotonic(), options.time_limit_s
    if found.limit == "interrupt":
        return Bounded(_concluded(found, known, None, options.relative_gap))
    necessary = sets.standing.necessary(None if limit is None else FLOOR_SHARE * limit)
    loosened = replace(sets, standing=necessary)
    program = program_of(build(loosened))
    if limit is not None:
        options = replace(options, time_limit_s=max(LEAST_S, limit - (time.monotonic() - began)))
    if pool is None:
        proof = run_engine(program, engine, options, None, cancel)
    else:
        proof = pool.submit(program, engine, options).result()
    solution = _concluded(found, max(known, proof.bound), proof, options.relative_gap)
    if proof.values is None or proof.cost >= found.cost:
        return Bounded(solution)
    return Bounded(solution, values_of(loosened, program.index, proof.values), proof.cost)


def _concluded(found: Solution, bound: float, proof: Solution | None, asked_gap: float) -> Solution:
    """The solution with the status, the bound and the limit that the second program gives it."""
    seconds = found.seconds + (0.0 if proof is None else proof.seconds)
    if found.cost == math.inf:
        if proof is not None and proof.status is Status.INFEASIBLE:
            return replace(found, status=Status.INFEASIBLE, bound=math.inf, limit=None, seconds=seconds)
        limit = found.limit or LIMIT
        return replace(found, status=Status.NO_PLAN, bound=bound, limit=limit, seconds=seconds)
    bound = min(bound, found.cost)
    if is_proven(found.cost, bound, asked_gap):
        return replace(found, status=Status.OPTIMAL, bound=bound, limit=None, seconds=seconds)
    limit = found.limit or (None if proof is None else proof.limit) or LIMIT
    return replace(found, status=Status.FEASIBLE, bound=bound, limit=limit, seconds=seconds)
