"""The course of demand as periods of an instance: the mean over each, and its busiest stretch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.loader.demand.course import MEASURES, MINUTE_S, moment_text, of_all

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from planner.loader.demand.course import DemandCourse


_SHORTER_MINUTES = (60, 30, 15, 10, 5, 1)


@dataclass(frozen=True)
class Periods:
    """Rates per second by period, shape [period] for each measure: means, and the highest of `peak_minutes` in it."""

    begin_s: float
    minutes: int
    means: dict[str, NDArray[np.float64]]
    peaks: dict[str, NDArray[np.float64]]
    peak_minutes: int
    left_out: tuple[str, ...]
    """What was seen of periods that the log does not cover as a whole."""

    @property
    def count(self) -> int:
        """Number of periods."""
        return len(next(iter(self.means.values())))

    def labels(self, zone: ZoneInfo | None) -> list[str]:
        """Beginning of each period as ISO 8601 text, in a zone."""
        step = self.minutes * MINUTE_S
        return [moment_text(self.begin_s + step * place, zone) for place in range(self.count)]


def first_whole(course: DemandCourse, minutes: int, zone: ZoneInfo | None, from_first: bool) -> int:
    """The minute that the first whole period begins in: on the clock of the zone, or with the course itself."""
    if from_first:
        return 0
    shift = _offset_s(course.first_s, zone)
    length = minutes * MINUTE_S
    begin = np.ceil((course.first_s + shift) / length - 1e-9) * length - shift
    return round(float(begin - course.begin_s) / MINUTE_S)


def periods_of(course: DemandCourse, minutes: int, zone: ZoneInfo | None, from_first: bool) -> Periods:
    """The whole periods of a course. Raises InstanceError where there is none."""
    begin = first_whole(course, minutes, zone, from_first)
    last = int(np.floor((course.end_s - course.begin_s) / MINUTE_S + 1e-9))
    count = (last - begin) // minutes
    if count < 1:
        span = (course.end_s - course.first_s) / MINUTE_S
        message = f"the {span:,.0f} min observed hold no whole period of {minutes} min"
        ways = _ways(course, minutes, zone, from_first)
        raise InstanceError([Fault(f"{message}: {ways}", "--period-minutes")])
    end = begin + count * minutes
    shaped = course.sums[:, begin:end].reshape(len(MEASURES), count, minutes)
    means = shaped.sum(axis=2) / (minutes * MINUTE_S)
    window = max(1, int(np.ceil(course.resolution_s / MINUTE_S)))
    peaks = _peaks(shaped, window) if window < minutes and minutes % window == 0 else None
    return Periods(
        begin_s=course.begin_s + begin * MINUTE_S,
        minutes=minutes,
        means={name: means[MEASURES.index(name)] for name in course.known},
        peaks={}
        if peaks is None
        else {name: peaks[MEASURES.index(name)] for name in course.known if name != "cached_tokens"},
        peak_minutes=window,
        left_out=_left_out(course, begin, end, zone),
    )


def _ways(course: DemandCourse, minutes: int, zone: ZoneInfo | None, from_first: bool) -> str:
    """What to ask for so that there is a whole period; of the options only those that make one."""
    whole = int(np.floor((course.end_s - course.begin_s) / MINUTE_S + 1e-9))
    fitting = (
        shorter
        for shorter in _SHORTER_MINUTES
        if shorter < minutes and whole - first_whole(course, shorter, zone, from_first) >= shorter
    )
    ways = [f"--period-minutes {shorter}" for shorter in [next(fitting, None)] if shorter is not None]
    ways += ["--from-first"] if not from_first and whole >= minutes else []
    return ", or ".join(ways) or "a longer log is needed"


def without_empty_periods(course: DemandCourse, begin: int, minutes: int) -> DemandCourse:
    """The course with whole periods in which nobody asked for anything as missing: quiet, or not recorded?"""
    count = (course.sums.shape[1] - begin) // minutes
    empty = course.sums[0, begin : begin + count * minutes].reshape(count, minutes).sum(axis=1) == 0
    missing = course.missing.copy()
    missing[:, begin : begin + count * minutes] |= of_all(course.known, np.repeat(empty, minutes))
    return replace(course, missing=missing)


def _peaks(shaped: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    measures, count, minutes = shaped.shape
    by_window = shaped.reshape(measures, count, minutes // window, window).sum(axis=3)
    return np.asarray(by_window.max(axis=2) / (window * MINUTE_S))


def _left_out(course: DemandCourse, begin: int, end: int, zone: ZoneInfo | None) -> tuple[str, ...]:
    words = []
    for low, high, edge in (
        (course.first_s, course.begin_s + begin * MINUTE_S, "beginning"),
        (course.begin_s + end * MINUTE_S, course.end_s, "end"),
    ):
        if high - low > 1.0:
            lost = course.sums[0, :begin] if edge == "beginning" else course.sums[0, end:]
            rows = f", {lost.sum():,.0f} requests" if "requests" in course.known else ""
            words.append(
                f"{moment_text(low, zone)} to {moment_text(high, zone)} at the {edge}{rows}: no whole period"
            )
    return tuple(words)


def _offset_s(seconds: float, zone: ZoneInfo | None) -> float:
    """Offset of a zone from UTC at a moment, in seconds."""
    from datetime import UTC, datetime

    offset = datetime.fromtimestamp(seconds, zone or UTC).utcoffset()
    return offset.total_seconds() if offset is not None else 0.0
