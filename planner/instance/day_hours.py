"""What changes with the hour of the day, as its mean over the periods of a timeline.

    mean[t] = 1 / hours[t] * integral of value(clock) from clock[t] to clock[t] + hours[t]

A period may be shorter than an hour, cover several, run past midnight or last for days: it pays what its
parts pay. Where clocks change within a period, it is two parts.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_DAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.timeline import Timeline

_SLACK = 1e-9


def refuse_empty_window(from_hour: float, to_hour: float) -> None:
    """Raise ValueError where a window of the day ends when it begins."""
    if from_hour == to_hour:
        raise ValueError("from_hour and to_hour are the same: the window has no hours")


def mean_over_periods(
    timeline: Timeline, begins: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean of a daily course over each period, shape [period].

    `values[k]` holds from hour `begins[k]` of the day, rising from 0, until the next one begins or the day ends.
    A period within one piece has its value exactly.
    """
    edges = np.append(begins, HOURS_PER_DAY)
    total = np.concatenate([[0.0], np.cumsum(values * np.diff(edges))])
    begin, change = timeline.clock, timeline.clock + timeline.jump_after
    end = timeline.clock + timeline.hours
    total_until = partial(_until, edges=edges, total=total)
    later = total_until(end + timeline.jump) - total_until(change + timeline.jump)
    mean = (total_until(change) - total_until(begin) + later) / timeline.hours
    piece = np.searchsorted(begins, begin + _SLACK, side="right") - 1
    inside = (end <= edges[piece + 1] + _SLACK) & (timeline.jump == 0)
    return np.where(inside, values[piece], mean)


def share_in_window(timeline: Timeline, from_hour: float, to_hour: float) -> NDArray[np.float64]:
    """Share of each period in a daily window, which may run past midnight, shape [period]."""
    low, high = sorted((from_hour, to_hour))
    between = 1.0 if from_hour < to_hour else 0.0
    pieces = [(0.0, 1.0 - between), (low, between), (high, 1.0 - between)]
    begins, values = zip(*(piece for piece in _with_length(pieces)), strict=True)
    return mean_over_periods(timeline, np.array(begins), np.array(values))


def _with_length(pieces: list[tuple[float, float]]) -> list[tuple[float, float]]:
    ends = [*(begin for begin, _ in pieces[1:]), HOURS_PER_DAY]
    return [piece for piece, end in zip(pieces, ends, strict=True) if end > piece[0]]


def _until(
    hour: NDArray[np.float64], edges: NDArray[np.float64], total: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Integral from the beginning of the first day to an hour, which may lie on a later day."""
    days = np.floor(hour / HOURS_PER_DAY)
    return np.asarray(days * total[-1] + np.interp(hour - days * HOURS_PER_DAY, edges, total))
