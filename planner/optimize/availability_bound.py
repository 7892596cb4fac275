"""What is proven of questions whose pools are kept standing by a form that may ask for more than is needed.

The whole program then has plans that keep this form alone, so neither a bound nor "infeasible" of an engine on it says
anything of the question. Both come from a second program with what every plan has that keeps the promise
(`planner.model.standing.StandingSet.necessary`), which is found beside the search for plans and solved in what that
leaves of the time. Its plan, and the cheapest one with counts near those of either (`planner.model.standing_near`) or
those that were found for the bound (`planner.optimize.availability_prices`), take the place of the first where the
audit accepts them.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.core.solution import Solution, Status, is_proven
from planner.model import build
from planner.model.costs import priced_terms
from planner.model.decode import values_of
from planner.model.encode import columns_of
from planner.model.standing_near import counts_near, keeps_promises
from planner.optimize.engines import Event, program_of, prover
from planner.optimize.engines import solve as run_engine
from planner.optimize.proof_beside import ProofBeside

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from planner.model import Sets
    from planner.model.values import Values
    from planner.optimize.availability_prices import Chosen
    from planner.optimize.engines import CancelToken, EngineOptions, EnginePool, IndexedProgram
    from planner.optimize.floors_beside import FloorsBeside

PLAN_SHARE, LARGE_PLAN_SHARE = 0.3, 0.75
"""Of the time, what the search for plans gets at most, by parts of a large program the latter: it ends sooner where it
reaches the gap of its own form."""
PROOF_SHARE, FLOOR_SHARE, NEAR_SHARE = 0.25, 0.6, 0.5
"""Of what is left then the time until plans are looked for beside the proof; of that what is missing of floors; of what
is left then looking for counts."""
LEAST_S, WORTH_IT = 0.1, 1e-3
SMALL_COLUMNS = 4_000
"""Of a program with more columns the linear relaxation is solved first, whose bound an engine may not reach in time."""
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
    """The programs beside the loose one, until `ends` on the monotonic clock; `options` has the limit of the whole.

    `engines` are that of the proof and that of plans with counts near those of others.
    """

    def __init__(
        self,
        sets: Sets,
        engines: tuple[str, str],
        options: EngineOptions,
        ends: float,
        cancel: CancelToken | None,
        pool: EnginePool | None,
    ) -> None:
        self.sets, self.options, self.cancel, self.pool = sets, options, cancel, pool
        self.proving, self.searching = engines
        self.interrupted = False
        self.ends = ends

    def of(self, found: Solution, values: Values | None, known: float, floors: FloorsBeside) -> Bounded:
        """What is proven of what was `found`, which has these `values`.

        `known` is a bound of the question, -inf without one.
        """
        gap, known = self.options.relative_gap, max(known, _least_of_any(self.sets))
        if found.limit == "interrupt":
            return Bounded(_concluded(found, known, None, gap))
        asked = floors.get(self._share(FLOOR_SHARE * PROOF_SHARE))
        loosened = replace(self.sets, standing=asked.necessary)
        program = program_of(build(loosened))
        known = max(known, asked.bound, self.relaxed_bound(program))
        # an engine of a pool is wanted elsewhere
        until = self.ends if self.pool is None else self._share(PROOF_SHARE)
        options = replace(self.options, time_limit_s=_seconds(until), hint=None)
        with ProofBeside(loosened, program, self.proving, options, self.cancel, self.pool) as proof:
            floors.start()
            plans, known = self._beside(proof, found, values, known, asked.counts, floors)
            solution = proof.solution(self.interrupted)
        cheaper = sorted((one for one in plans if one[0] < found.cost), key=lambda one: one[0])
        return Bounded(_concluded(found, max(known, solution.bound), solution, gap), tuple(cheaper))

    def _beside(
        self,
        proof: ProofBeside,
        found: Solution,
        values: Values | None,
        known: float,
        counts: dict[int, Chosen],
        floors: FloorsBeside,
    ) -> tuple[list[tuple[float, Values]], float]:
        """Plans near what is `found`, and what is proven by more floors, until the time is over or all has ended.

        Plans are looked for again whenever the proof has another, or there are other counts. It is stopped where
        nothing is left to prove.
        """
        plans: list[tuple[float, Values]] = []
        sure, near, last = values, [] if values is None else [values], counts
        try:
            while True:
                proof.wait(_seconds(self._share(PROOF_SHARE)))
                first = proof.fresh()
                if first is not None:
                    near.append(first)
                    kept = keeps_promises(self.sets, first, filling=True)
                    plans += [(proof.cost, first)] if kept else []
                least = min((found.cost, *(cost for cost, _ in plans)))
                proven = is_proven(least, max(known, proof.bound), self.options.relative_gap)
                if proven or proof.infeasible or self.interrupted:
                    break
                plans += self._near(near, sure, counts)
                near, sure = [], min(plans, key=lambda one: one[0])[1] if plans else sure
                more = floors.get(self._share(FLOOR_SHARE * PROOF_SHARE))
                known, counts = max(known, more.bound), {} if more.counts == last else more.counts
                last = more.counts
                over = self.interrupted or time.monotonic() > self.ends - LEAST_S
                if over or (proof.ended and floors.exhausted and not counts):
                    break
                floors.start()
        except KeyboardInterrupt:
            self.interrupted = proven = True
        if proven or self.interrupted:
            proof.stop()
        return plans, known

    def _near(
        self, plans: list[Values], sure: Values | None, beside: dict[int, Chosen]
    ) -> list[tuple[float, Values]]:
        """Ever cheaper plans with counts near those of plans before, or `beside` them.

        `sure` is one that keeps its promises.
        """
        found: list[tuple[float, Values]] = []
        while (plans or beside) and time.monotonic() < self.ends - LEAST_S:
            near = counts_near(self.sets, plans, _seconds(self._share(NEAR_SHARE)), beside)
            if near is None or time.monotonic() >= self.ends:
                break
            sets = replace(self.sets, standing=near.standing)
            program = program_of(build(sets))
            hint = None if sure is None else columns_of(program.index, near.kept_by(sure))
            solution, values = self._solved(sets, program, self.searching, self.ends, hint)
            worth = math.inf if not found else found[-1][0] - WORTH_IT * abs(found[-1][0])
            if values is None or solution.cost >= worth:
                break
            found.append((solution.cost, values))
            if self.interrupted:
                break
            plans, sure = [values], values
        return found

    def _solved(
        self,
        sets: Sets,
        program: IndexedProgram,
        engine: str,
        until: float,
        hint: NDArray[np.float64] | None = None,
    ) -> tuple[Solution, Values | None]:
        """What an engine finds for a program of these sets until then."""
        options = replace(self.options, time_limit_s=_seconds(until), hint=hint)
        if self.pool is None:
            solution = run_engine(program, engine, options, None, self.cancel)
        else:
            solution = self.pool.submit(program, engine, options).result()
        self.interrupted |= solution.limit == "interrupt"
        if solution.values is None:
            return solution, None
        return solution, values_of(sets, program.index, solution.values)

    def relaxed_bound(self, program: IndexedProgram) -> float:
        """Bound by the linear relaxation of a large program, -inf of others."""
        if program.column_count <= SMALL_COLUMNS or not program.integer.any():
            return -math.inf
        options = replace(self.options, time_limit_s=_seconds(self.ends), hint=None)
        return run_engine(program.relaxed(), prover(), options, None, self.cancel).bound

    def _share(self, share: float) -> float:
        """When a share of what is left is over, on the monotonic clock."""
        now = time.monotonic()
        return now + share * max(0.0, self.ends - now)


def _seconds(until: float) -> float | None:
    """Seconds until then, a moment at least; None where that is never."""
    return None if math.isinf(until) else max(LEAST_S, until - time.monotonic())


def _least_of_any(sets: Sets) -> float:
    """What no plan costs less than, whatever it decides: nothing, where nothing earns."""
    return 0.0 if all((priced.usd >= 0.0).all() for priced in priced_terms(sets).values()) else -math.inf


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
