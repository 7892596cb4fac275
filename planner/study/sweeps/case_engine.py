"""The engine of a worker: it solves small programs directly; large ones alternate between it and a local search.

A turn of the search finds plans that the engine would need long for. A turn of the engine raises the bound and
finds plans of another kind. Turns get longer, and the case ends as soon as the best plan of both is proven to
the gap by the best bound of both.
"""

from __future__ import annotations

import math
import time
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.core.solution import Solution, Status
from planner.optimize.engines import EngineOptions, EnginePool, IndexedProgram, prover
from planner.optimize.engines.confirm import confirmed
from planner.study.sweeps.search import Search, counts_of

if TYPE_CHECKING:
    from planner.optimize.engines import LinearProgram

HEAVY_COUNTS = 200
"""Programs with at least so many counts of running units are searched; smaller ones close at once."""
WORTH_SEARCHING = 2.75
"""The rounded plan may be proven to so many times the gap asked for. Beyond, the relaxation lies too far below
for a search to prove anything. Measured at a gap of 1 %: cases of peak.yaml begin at 0.8 to 2.5 % and end in
less than half the time; mixed.yaml (6 %) and procurement_week.yaml (2.9 %) took twice the time."""
BEGIN_S = 0.5
FIRST_SEARCH_S = 2.0
FIRST_ENGINE_S = 4.0
ONE_THREAD = EngineOptions(threads=1)


class CaseEngine(EnginePool):
    """One warm engine process that takes one program after another."""

    def __init__(self) -> None:
        super().__init__(workers=1)

    def submit(
        self, program: LinearProgram, engine: str | None = None, options: EngineOptions = ONE_THREAD
    ) -> Future[Solution]:
        """Solve a program; a heavy formulation here and now, so that its future has ended."""
        if not isinstance(program, IndexedProgram) or len(counts_of(program.index).column) < HEAVY_COUNTS:
            return super().submit(program, engine, options)
        future: Future[Solution] = Future()
        future.set_result(self._by_turns(program, engine, options))
        return future

    def _by_turns(self, program: IndexedProgram, engine: str | None, options: EngineOptions) -> Solution:
        began = time.monotonic()

        def ask(small: LinearProgram, how: EngineOptions, engine: str | None = engine) -> Solution:
            return EnginePool.submit(self, small, engine, how).result()

        def left() -> float:
            spent = time.monotonic() - began
            return math.inf if options.time_limit_s is None else options.time_limit_s - spent

        search = Search(program, options, ask)
        search.begin(min(BEGIN_S, left()))
        if search.gap > WORTH_SEARCHING * options.relative_gap:
            return ask(program, replace(options, time_limit_s=_limit(left())))
        searching, solving = FIRST_SEARCH_S, FIRST_ENGINE_S
        while True:
            search.improve(min(searching, left()))
            assert search.best is not None
            if search.closed or left() <= 0:
                found = _reported(search, search.best, time.monotonic() - began)
                return confirmed(program, found, options, lambda how: ask(program, how, prover()))
            limit = _limit(min(solving, left()))
            whole = ask(program, replace(options, hint=search.best.values, time_limit_s=limit))
            if whole.limit != "time":
                return whole
            search.offer(whole, bound_holds=True)
            searching, solving = 2 * searching, 2 * solving


def _limit(seconds: float) -> float | None:
    return max(0.1, seconds) if math.isfinite(seconds) else None


def _reported(search: Search, best: Solution, seconds: float) -> Solution:
    """The best plan with the best bound, as one solve would report it."""
    return replace(
        best,
        status=Status.OPTIMAL if search.closed else Status.FEASIBLE,
        bound=min(search.bound, best.cost),
        limit=None if search.closed else "time",
        seconds=seconds,
    )
