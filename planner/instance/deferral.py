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

    Units that read and answer do both in the same period for the same requests, where others may do a part of the
    work. That keeps no plan out that leaves caches there from one period to another: the same time of the same units
    serves as many requests whole, none of them later. Where answers per prompt differ by period, they are not held to
    this, and plans say so.
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


ALIKE = 1e-6  # of the proportion: within the tolerance of engines


def answers_per_prompt(
    prompts: NDArray[np.float64], answers: NDArray[np.float64], timeline: Timeline
) -> NDArray[np.float64]:
    """Answer tokens per prompt token of the jobs of each block, shape [period]; NaN where they differ in it.

    0 where no answers are asked for. Answers to prompts that are all cached have no proportion to prompts: they differ.
    """
    asks = prompts > 0
    ratio = np.divide(answers, prompts, out=np.where(answers > 0, np.inf, np.nan), where=asks)
    blocks = int(timeline.block.max()) + 1
    most, least = np.zeros(blocks), np.full(blocks, np.inf)
    some = ~np.isnan(ratio)
    np.maximum.at(most, timeline.block[some], ratio[some])
    np.minimum.at(least, timeline.block[some], ratio[some])
    alike = np.isfinite(most) & (most <= least * (1.0 + ALIKE))
    return np.where(alike, most, np.nan)[timeline.block]
