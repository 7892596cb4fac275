"""Time of a search on a machine that others use too."""

from __future__ import annotations

import math
import time

LEAST_SHARE = 0.05


class SearchClock:
    """What is left until the deadline, and how long processor seconds take.

    HiGHS counts seconds on the wall. On a busy machine a part would end before it has begun, so seconds are
    stretched by the share of a processor that this process had so far.
    """

    def __init__(self, seconds_left: float) -> None:
        self.began, self.began_process = time.monotonic(), time.process_time()
        self.deadline = self.began + seconds_left

    @property
    def total(self) -> float:
        """Seconds of the whole search, inf without a limit."""
        return self.deadline - self.began

    @property
    def left(self) -> float:
        """Seconds to the deadline."""
        return self.deadline - time.monotonic()

    @property
    def share(self) -> float:
        """Share of a processor that this process has had."""
        wall, used = time.monotonic() - self.began, time.process_time() - self.began_process
        return min(1.0, max(LEAST_SHARE, used / wall)) if wall > 0.5 else 1.0

    def stretched(self, processor_seconds: float, most_share: float = 1.0) -> float:
        """Seconds on the wall for so many of a processor, at most a share of the whole and what is left."""
        most = min(self.left, most_share * self.total if math.isfinite(self.total) else math.inf)
        return max(0.0, min(processor_seconds / self.share, most))
