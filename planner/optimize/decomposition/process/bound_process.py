"""The host's side of the bound's process.

Start it, poll it, end it. A crash leaves the last bound standing.
"""

from __future__ import annotations

import math
import queue
import subprocess
from typing import TYPE_CHECKING

from planner.core.child_process import ChildProcess
from planner.optimize.decomposition.process.certificate import Proven
from planner.optimize.decomposition.process.messages import (
    Bound,
    BoundProof,
    BoundRequest,
    Cutoff,
    Root,
    Schedule,
    StartPricing,
)
from planner.optimize.decomposition.tolerances import BOUND_SAFETY_SHARE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.optimize.decomposition.bound.box_proof import BoxProof
    from planner.optimize.decomposition.bound.relaxation import Prices


class BoundProcess:
    """`bound` is valid at any time, `prices` are None before the relaxation is solved.

    `schedules` are beginnings for a search, to be taken from it. Call `poll` to update; it is `ended` by its host.
    `proof` proves `bound` where that was asked for: its ranges are `boxes`, by number. Costs and bounds are in USD;
    messages carry them in the money of the search, of which one is `usd`.
    """

    def __init__(self, request: BoundRequest, usd: float = 1.0) -> None:
        self.usd = usd
        self.bound = -float("inf")
        self.prices: Prices | None = None
        self.plain: Prices | None = None
        self.running, self.infeasible, self.ended = True, False, False
        self.schedules: list[Schedule] = []
        self.proof: BoundProof | None = None
        self.boxes: dict[int, BoxProof] = {}
        self._start_pricing = request.start_pricing is not StartPricing.NEVER
        self._inbox: queue.SimpleQueue[Root | Bound | Schedule | None] = queue.SimpleQueue()
        self._process = ChildProcess(
            "planner.optimize.decomposition.process.worker", take=self._inbox.put, errors=subprocess.DEVNULL
        )
        self._process.send(request)

    def poll(self, wait_s: float = 0.0) -> bool:
        """Take in what came, waiting so long for a first message.

        Whether the bound moved or the process ended.
        """
        moved = False
        while True:
            try:
                message = self._inbox.get(timeout=wait_s) if wait_s > 0 else self._inbox.get_nowait()
            except queue.Empty:
                return moved
            wait_s, moved = 0.0, True
            if message is None:
                self.running = False
                return moved
            self._take(message)

    def set_cutoff(self, cost: float, on: NDArray[np.int64] | None) -> None:
        """Send the process the cost that a bound need not exceed, and the units of the plan behind it."""
        self._process.send(Cutoff(cost / self.usd, on if self._start_pricing else None))

    @property
    def proven(self) -> Proven | None:
        """What proves the bound, None where nothing does."""
        if self.proof is None:
            return None
        return Proven(tuple(self.boxes[number] for number in self.proof.numbers), self.proof.theta)

    def end(self) -> None:
        """End the process; what it has said stands."""
        self.ended = True
        self._process.end()

    def _take(self, message: Root | Bound | Schedule) -> None:
        if isinstance(message, Schedule):
            self.schedules.append(message)
            return
        if isinstance(message, Bound) and message.proof is not None:
            self.proof = message.proof
            self.boxes |= message.proof.new
        if math.isfinite(message.bound):  # that nothing serves is for `short` and for engines to say
            # the margin covers the rounding of sums of floating-point numbers
            bound = message.bound * self.usd
            self.bound = max(self.bound, bound - BOUND_SAFETY_SHARE * abs(bound))
        if isinstance(message, Root):
            self.prices, self.plain = message.prices, message.plain
            self.infeasible = message.prices is None
