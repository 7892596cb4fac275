"""The decomposition beside a search on the whole program: its bound where it has one, and a plan to begin from."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.optimize.decomposition.bound.worst_weights import without_risk
from planner.optimize.decomposition.problem.required import leaves_out_plans
from planner.optimize.decomposition.problem.structure import NotCovered, structure_of
from planner.optimize.decomposition.process.bound_process import BoundProcess
from planner.optimize.decomposition.process.messages import BoundRequest, StartPricing
from planner.optimize.decomposition.process.progress import seconds_of
from planner.optimize.decomposition.relaxed_plan import RelaxedPlan
from planner.optimize.decomposition.tolerances import CUTOFF_MARGIN_SHARE

if TYPE_CHECKING:
    from types import TracebackType

    from planner.model import Sets
    from planner.model.encode import WarmStart
    from planner.optimize.decomposition.parameters import DecompositionParameters
    from planner.optimize.decomposition.problem.structure import Structure
    from planner.optimize.engines import CancelToken, EngineOptions


class BoundBeside:
    """An `OutsideBound` for a contest of engines: use as a context manager, which ends its process.

    It works for a share of the time, then leaves its processor to the others; at once where its bound is further below
    that of others than theirs is below the best plan. Where choices leave out plans of the question the bound
    is of floors in their place, and plans to begin from have no part of the promise before they are mended. Where it is
    not covered there is no bound, and `why_not` says why.
    """

    name = "decomposition"

    def __init__(self, sets: Sets, options: EngineOptions, parameters: DecompositionParameters) -> None:
        self.why_not: str | None = None
        self._sets, self._options, self._parameters = sets, options, parameters
        self._structure: Structure | None = None
        self._loose: Sets | None = None
        self._process: BoundProcess | None = None
        self._asked_gap, self._cost = options.relative_gap, math.inf
        try:
            neutral = without_risk(sets, parameters)
            if leaves_out_plans(sets):
                self._loose, neutral = neutral, replace(neutral, standing=None)
            self._structure = structure_of(neutral, parameters.problem)
        except NotCovered as reason:
            self.why_not = str(reason)
            return
        self._process = self._begin(self._structure)

    def _begin(self, structure: Structure) -> BoundProcess:
        seconds = self._parameters.run.beside_share * seconds_of(self._options, self._parameters.run)
        usd = structure.typical_usd
        request = BoundRequest(
            structure.priced_in(usd), seconds, StartPricing.NEVER, self._parameters, self._loose, usd
        )
        return BoundProcess(request, usd)

    def begun(self, cancel: CancelToken | None = None) -> WarmStart | None:
        """Decisions to begin from, found in a share of the time; nothing promises that they are a plan.

        Where there is no bound they are of the question without what stands in its way.
        """
        known = self._parameters.run
        limited = replace(self._options, time_limit_s=known.begun_share * seconds_of(self._options, known))
        structure, process = self._structure, self._process
        try:
            if structure is None or process is None:
                structure = structure_of(self._sets, self._parameters.problem, bounding=False)
                process = self._begin(structure)
            self._wait_for_prices(process)
            return RelaxedPlan(self._sets, structure, limited, self._parameters, cancel, process).found()
        except NotCovered:
            return None
        finally:
            if process is not None and process is not self._process:
                process.end()

    def _wait_for_prices(self, process: BoundProcess) -> None:
        """A plan without them holds far too much to begin from."""
        known = self._parameters.run
        until = time.monotonic() + known.begun_prices_share * seconds_of(self._options, known)
        while process.prices is None and process.running and time.monotonic() < until:
            time.sleep(known.exhausted_wait_seconds)
            process.poll()

    def poll(self, cost: float, bound: float = -math.inf) -> float:
        """The best bound so far; -inf while there is none. Ends the process where others are far ahead of it."""
        process = self._process
        if process is None:
            return -math.inf
        if cost < self._cost:
            self._cost = cost
            process.set_cutoff(cost * min(1.0, 1.0 - self._asked_gap + CUTOFF_MARGIN_SHARE), None)
        process.poll()
        if not process.ended and process.bound > -math.inf and bound - process.bound > cost - bound:
            process.end()
        return process.bound

    def __enter__(self) -> BoundBeside:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.end()
