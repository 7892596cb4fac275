"""Gaps filled with what earlier days had at the same time, as the clock of a zone shows it.

    source[m] = the minute at which the clock showed clock[m] - 24 h x days

Where clocks go back the clock shows it twice: the mean of both is taken. Where they go forward it never shows it: as
many days before that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from planner.loader.demand.course import DemandCourse, Gap

DAYS_BEFORE = {"day-before": 1, "week-before": 7}
_MINUTES_PER_DAY = 1_440
_MINUTE_S = 60


class _EarlierMinutes(NamedTuple):
    """Places in the course of the minutes that each minute of a gap is filled from, shape [minute]; mostly the same."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]


def copy_earlier_days(
    course: DemandCourse,
    sums: NDArray[np.float64],
    gaps: Sequence[Gap],
    days: int,
    zone: ZoneInfo | None,
) -> None:
    """Put into the gaps of `sums` what the course has so many days before.

    Raises InstanceError with each gap for which it has nothing then.
    """
    faults = []
    for gap in gaps:
        measures = np.array(gap.measures)[:, None]
        told, values = _of_both(course, measures, _earlier(course, np.arange(gap.begin, gap.end), days, zone))
        if told.all():
            sums[measures, np.arange(gap.begin, gap.end)] = values
        else:
            when = course.moment(gap.begin, zone)
            faults.append(
                Fault(f"the gap at {when} cannot be filled from before: nothing is known of then", "--fill")
            )
    if faults:
        raise InstanceError(faults)


def _of_both(
    course: DemandCourse, measures: NDArray[np.int64], minutes: _EarlierMinutes
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Whether the course tells anything of the minutes, and the mean of what it tells, shape [measure, minute]."""
    told, total = [], []
    for places in minutes:
        there = (places >= 0) & (places < course.sums.shape[1])
        inside = np.where(there, places, 0)
        known = there & ~course.missing[measures, inside]
        told.append(known)
        total.append(np.where(known, course.sums[measures, inside], 0.0))
    count = np.add(*told, dtype=np.int64)
    return count > 0, np.add(*total) / np.maximum(count, 1)


def _earlier(
    course: DemandCourse, minutes: NDArray[np.int64], days: int, zone: ZoneInfo | None
) -> _EarlierMinutes:
    """The minutes at which the clock showed the same so many days before."""
    if zone is None:
        before = minutes - days * _MINUTES_PER_DAY
        return _EarlierMinutes(before, before)
    moments = pd.to_datetime(np.round(course.begin_s + minutes * _MINUTE_S), unit="s", utc=True)
    wall = moments.tz_convert(zone).tz_localize(None) - pd.Timedelta(days=days)
    at_most_once = wall.tz_localize(zone, ambiguous=np.ones(len(wall), dtype=bool), nonexistent="NaT")
    wall = wall.where(at_most_once.notna(), wall - pd.Timedelta(days=days))
    first, second = (
        wall.tz_localize(zone, ambiguous=np.full(len(wall), is_first), nonexistent="shift_forward")
        for is_first in (True, False)
    )
    return _EarlierMinutes(*((minutes - _minutes_between(moments, one)) for one in (first, second)))


def _minutes_between(later: pd.DatetimeIndex, earlier: pd.DatetimeIndex) -> NDArray[np.int64]:
    passed = (later - earlier.tz_convert("UTC")).total_seconds().to_numpy()
    return np.asarray(np.rint(passed / _MINUTE_S), dtype=np.int64)
