"""The decomposition's bound beside a search on the whole program, for questions that the hourly problem bounds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.optimize.decomposition.bound.worst_weights import without_risk
from planner.optimize.decomposition.problem.structure import NotCovered, structure_of
from planner.optimize.decomposition.process.bound_process import BoundProcess
from planner.optimize.decomposition.process.messages import BoundRequest, StartPricing
from planner.optimize.decomposition.process.progress import seconds_of
from planner.optimize.decomposition.tolerances import CUTOFF_MARGIN_SHARE

if TYPE_CHECKING:
    from types import TracebackType

    from planner.model import Sets
    from planner.optimize.decomposition.parameters import DecompositionParameters
    from planner.optimize.engines import EngineOptions


class BoundBeside:
    """An `OutsideBound` for a contest of engines: use as a context manager, which ends its process.

    It works for a share of the time, then leaves its processor to the others; at once where its bound is further below
    that of others than theirs is below the best plan. The bound is that of the program that is
    searched, choices that leave out plans of the question included. Where it is not covered there is no bound, and
    `why_not` says why.
    """

    name = "decomposition"

    def __init__(self, sets: Sets, options: EngineOptions, parameters: DecompositionParameters) -> None:
        self.why_not: str | None = None
        self._process: BoundProcess | None = None
        self._asked_gap, self._cost = options.relative_gap, math.inf
        try:
            structure = structure_of(without_risk(sets, parameters), parameters.problem)
        except NotCovered as reason:
            self.why_not = str(reason)
            return
        usd = structure.typical_usd
        seconds = parameters.run.beside_share * seconds_of(options, parameters.run)
        request = BoundRequest(structure.priced_in(usd), seconds, StartPricing.NEVER, parameters)
        self._process = BoundProcess(request, usd)

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
