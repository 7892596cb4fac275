"""What is proven of questions whose pools are kept standing by a form that may ask for more than is needed.

The whole program then has plans that keep this form alone, so neither a bound nor "infeasible" of an engine on it says
anything of the question. Both come from a second program with what every plan has that keeps the promise
(`planner.model.standing.StandingSet.necessary`), in what the search for plans leaves of the time. Its plan, and the
cheapest one with counts near those of either (`planner.model.standing_near`), take the place of the first where the
audit accepts them.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.core.solution import Solution, Status, is_proven
from planner.model import build
from planner.model.decode import values_of
from planner.model.encode import columns_of
from planner.model.standing_near import counts_near
from planner.optimize.engines import Event, program_of
from planner.optimize.engines import solve as run_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.model import Sets
    from planner.model.values import Values
    from planner.optimize.engines import CancelToken, EngineOptions, EnginePool

PLAN_SHARE, PROOF_SHARE = 0.45, 0.6
"""Of the time, what the search for plans gets, and of the rest the proof."""
FLOOR_SHARE = 0.4
"""Of that, what the floors get that take longest to find: without them a bound is only weaker."""
NEAR_SHARE = 0.4
"""Of what is left then, what looking for counts gets."""
LEAST_S, WORTH_IT = 0.1, 1e-3
LIMIT = "availability"
"""What ended a search whose form of availability leaves the gap open."""
UNPROVEN = (
    "no plan keeps availability by the form that is used with so many kinds of units, and nothing rules out that one"
    " keeps it exactly: whether there is one is not known; fewer deployments, or more units on offer, let it be found"
)


@dataclass(frozen=True, eq=False)
class Bounded:
    """A solution whose bound is one of the question, and cheaper plans that may keep its promises, cheapest first."""

    solution: Solution
    cheaper: tuple[tuple[float, Values], ...] = ()


def without_bounds(on_event: Callable[[Event], None] | None) -> Callable[[Event], None] | None:
    """The same listener, told of no bound: an engine's is none of the question."""
    if on_event is None:
        return None
    return lambda event: on_event(replace(event, bound=-math.inf))


class AvailabilityBound:
    """The programs beside the loose one, in what is left of the time; `options` has all of that."""

    def __init__(
        self,
        sets: Sets,
        engine: str,
        options: EngineOptions,
        cancel: CancelToken | None,
        pool: EnginePool | None,
    ) -> None:
        self.sets, self.engine, self.options, self.cancel, self.pool = sets, engine, options, cancel, pool
        self.began = time.monotonic()

    def of(self, found: Solution, values: Values | None, known: float) -> Bounded:
        """What is proven of what was `found`, which has these `values`.

        `known` is a bound of the question, -inf without one.
        """
        if found.limit == "interrupt":
            return Bounded(_concluded(found, known, None, self.options.relative_gap))
        standing, limit = self.sets.standing, self._left(PROOF_SHARE)
        assert standing is not None
        loosened = replace(
            self.sets, standing=standing.necessary(None if limit is None else FLOOR_SHARE * limit)
        )
        proof, first = self._solved(loosened, PROOF_SHARE)
        bound = max(known, proof.bound)
        plans = [] if first is None else [(proof.cost, first)]
        if not is_proven(found.cost, bound, self.options.relative_gap) and proof.limit != "interrupt":
            plans += self._near([one for one in (values, first) if one is not None], values)
        cheaper = sorted((one for one in plans if one[0] < found.cost), key=lambda one: one[0])
        return Bounded(_concluded(found, bound, proof, self.options.relative_gap), tuple(cheaper))

    def _near(self, plans: list[Values], sure: Values | None) -> list[tuple[float, Values]]:
        """Ever cheaper plans with counts near those of plans before; `sure` is one that keeps its promises."""
        found: list[tuple[float, Values]] = []
        while plans and self._left(1.0) != LEAST_S:
            left = self._left(1.0)
            near = counts_near(self.sets, plans, None if left is None else NEAR_SHARE * left)
            if near is None:
                break
            hint = None if sure is None else near.kept_by(sure)
            solution, values = self._solved(replace(self.sets, standing=near.standing), 1.0, hint)
            worth = math.inf if not found else found[-1][0] - WORTH_IT * abs(found[-1][0])
            if values is None or solution.cost >= worth:
                break
            found.append((solution.cost, values))
            plans, sure = [values], values
        return found

    def _solved(self, sets: Sets, share: float, hint: Values | None = None) -> tuple[Solution, Values | None]:
        program = program_of(build(sets))
        columns = None if hint is None else columns_of(program.index, hint)
        options = replace(self.options, time_limit_s=self._left(share), hint=columns)
        if self.pool is None:
            solution = run_engine(program, self.engine, options, None, self.cancel)
        else:
            solution = self.pool.submit(program, self.engine, options).result()
        if solution.values is None:
            return solution, None
        return solution, values_of(sets, program.index, solution.values)

    def _left(self, share: float) -> float | None:
        limit = self.options.time_limit_s
        return None if limit is None else max(LEAST_S, share * limit - (time.monotonic() - self.began))


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
