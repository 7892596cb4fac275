"""Offers of a fixed length: which runs of periods they cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.timeline import Timeline

_SLACK = 1e-9
SLACK_HOURS = 1e-6
"""Lengths and starts that differ by no more are the same, to those who judge what was written."""


def runs(
    timeline: Timeline, length_hours: float, starts: NDArray[np.bool_], may_outlast: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last periods of offers of `length_hours` that begin where `starts`, shape [period], is true.

    A run covers the consecutive periods of one block that lie wholly within the offer: a period that it
    covers in part is not held. One that would leave the block is dropped, or ends with the block where
    `may_outlast`.
    """
    firsts: list[int] = []
    lasts: list[int] = []
    for first in np.flatnonzero(starts).tolist():
        inside = np.flatnonzero(timeline.block[first:] == timeline.block[first]) + first
        ends = np.cumsum(timeline.hours[inside])
        covered = int(np.searchsorted(ends, length_hours + _SLACK, side="right"))
        fits = length_hours <= ends[-1] + _SLACK
        if covered and (fits or may_outlast):
            firsts.append(first)
            lasts.append(int(inside[covered - 1]))
    return np.array(firsts, dtype=np.int64), np.array(lasts, dtype=np.int64)


def discounted_hours_of(
    timeline: Timeline, first: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Hours of each run that count in the cost, at present value, shape [offer]."""
    total = np.concatenate([[0.0], np.cumsum(timeline.discounted_hours)])
    return np.asarray(total[last + 1] - total[first])
