"""Work that may wait: how long after it arrives it must be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance.base import NonNegative, Strict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.timeline import Timeline


class Deferral(Strict):
    """Jobs with a deadline: they queue, first come first served, and fill hours that would stand idle.

    Prompts and answers queue each for themselves; no answer is written before its prompt is read. Both are due by
    the deadline. What is shed or sold leaves when it comes. Where the horizon follows itself
    (`start_up.before_first_period: cyclic`), what comes in its last periods may be done in its first; with `off` it is
    done by its end.
    """

    deadline_hours: NonNegative
    """Hours after the period it arrives in by which work must be done, as many whole periods as fit in; 0: in that
    period."""

    def periods(self, period_hours: float) -> int:
        """Whole periods that work may wait beyond the one it arrives in."""
        return int(np.floor(self.deadline_hours / period_hours + 1e-9))


def arrived_within(per_s: NDArray[np.float64], timeline: Timeline, periods: int) -> NDArray[np.float64]:
    """Work that came in a period and the `periods` - 1 before it, in units of `per_s` times hours, [period].

    Each block is for itself: before its first period lies its last where it is cyclic, and nothing else.
    """
    arrived = np.append(per_s * timeline.hours, 0.0)
    previous = np.append(timeline.previous, -1)
    at = np.arange(timeline.periods)
    total = np.zeros(timeline.periods)
    for _ in range(periods):
        total += arrived[at]
        at = previous[at]
    return total
