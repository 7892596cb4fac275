"""The course of demand by minute, as a log or monitoring gives it, and the stretches of which it says nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import HOURS_PER_DAY, HOURS_PER_WEEK, MINUTES_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

MEASURES = ("requests", "input_tokens", "cached_tokens", "output_tokens")
MINUTE_S = 60.0
NEIGHBOURS = 60
"""Minutes before and after a stretch that say what would be usual in it."""
_MOST_GAPS_SHOWN = 20


@dataclass(frozen=True)
class DemandCourse:
    """Sums by minute from `begin_s` (seconds since 1970) on, shape [measure, minute]; those of `known` are measured.

    `missing`, of the same shape, are the minutes of which a measure is not known, though others are; `partly` those
    of them that some of the series which are added up tell, `told` those that lie where counters tell what came in
    all, which `sums` have evenly; `resolution_s` is the time over which figures are means.
    """

    begin_s: float
    sums: NDArray[np.float64]
    missing: NDArray[np.bool_]
    known: tuple[str, ...]
    resolution_s: float
    first_s: float
    end_s: float
    partly: NDArray[np.bool_] | None = None
    told: NDArray[np.bool_] | None = None

    def moment(self, minute: float, zone: ZoneInfo | None) -> str:
        """When a minute begins, as ISO 8601 text."""
        return moment_text(self.begin_s + minute * MINUTE_S, zone)


def moment_text(seconds: float, zone: ZoneInfo | None) -> str:
    """Seconds since 1970 as ISO 8601 text with its offset, to the second where it has any."""
    moment = datetime.fromtimestamp(round(seconds), zone or UTC)
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def silent(requests: NDArray[np.float64], dispersion: float) -> NDArray[np.bool_]:
    """Minutes in stretches without a request that chance does not explain, shape [minute].

    A stretch in which the hours around it lead one to expect more than -log(1e-6) requests, bursts counted as one
    (`dispersion`, variance over mean of counts by the minute), comes by chance once in a million.
    """
    empty = np.concatenate([[0], (requests == 0).astype(np.int8), [0]])
    begins, ends = np.flatnonzero(np.diff(empty) == 1), np.flatnonzero(np.diff(empty) == -1)
    total = np.concatenate([[0.0], np.cumsum(requests)])
    before, after = np.maximum(begins - NEIGHBOURS, 0), np.minimum(ends + NEIGHBOURS, len(requests))
    minutes = (begins - before) + (after - ends)
    rate = (total[begins] - total[before] + total[after] - total[ends]) / np.maximum(minutes, 1)
    unlikely = rate * (ends - begins) / max(dispersion, 1.0) > -np.log(1e-6)
    found = np.zeros(len(requests) + 1)
    np.add.at(found, begins[unlikely], 1)
    np.add.at(found, ends[unlikely], -1)
    return np.cumsum(found)[:-1] > 0


def of_all(known: Sequence[str], missing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Minutes of shape [minute] as missing of every measure that is known, shape [measure, minute]."""
    return np.outer([measure in known for measure in MEASURES], missing)


class Gap(NamedTuple):
    """A stretch of minutes, its end not among them, in which the same measures are missing, by their places."""

    begin: int
    end: int
    measures: tuple[int, ...]


def stretches(missing: NDArray[np.bool_]) -> list[Gap]:
    """Each stretch in which anything is missing, in the order of time."""
    changes = np.flatnonzero((missing[:, 1:] != missing[:, :-1]).any(axis=0)) + 1
    edges = [0, *changes.tolist(), missing.shape[1]]
    return [
        Gap(begin, end, tuple(np.flatnonzero(missing[:, begin]).tolist()))
        for begin, end in pairwise(edges)
        if end > begin and missing[:, begin].any()
    ]


def _gap_in_words(course: DemandCourse, gap: Gap, zone: ZoneInfo | None) -> str:
    all_of_it = len(gap.measures) == len(course.known)
    measures = ", ".join(MEASURES[place] for place in gap.measures)
    what = "nothing" if all_of_it else f"no {measures}"
    if course.partly is not None and course.partly[list(gap.measures), gap.begin : gap.end].mean() > 0.5:
        what = f"not all series of {measures}"
    when = f"from {course.moment(gap.begin, zone)} to {course.moment(gap.end, zone)}"
    return f"{what} {when} ({gap.end - gap.begin:,} minutes)"


def treated(
    course: DemandCourse, treatment: str | None, zone: ZoneInfo | None
) -> tuple[DemandCourse, list[str]]:
    """The course with its gaps filled, and what was done. Raises InstanceError with each gap that is not."""
    gaps = stretches(course.missing)
    if not gaps:
        return course, []
    words = [_gap_in_words(course, gap, zone) for gap in gaps]
    if treatment is None:
        advice = "--fill gaps=zero if nobody asked, or gaps=interpolate, gaps=day-before, gaps=week-before"
        faults = [Fault(word) for word in words[:_MOST_GAPS_SHOWN]]
        more = len(words) - len(faults)
        faults[-1] = Fault(f"{faults[-1].message}{f', and {more:,} more gaps' if more else ''}: {advice}")
        raise InstanceError(faults)
    sums = course.sums.copy()
    if treatment == "interpolate":
        _interpolate(sums, course.missing, gaps)
    elif treatment != "zero":
        back = MINUTES_PER_HOUR * (HOURS_PER_WEEK if treatment == "week-before" else HOURS_PER_DAY)
        _copy(course, sums, gaps, int(back), zone)
    kept = [_as_counted(course, sums, gap) for gap in gaps]
    if treatment == "zero" and course.partly is not None:
        partly = [bool(course.partly[list(gap.measures), gap.begin : gap.end].any()) for gap in gaps]
        kept = [grown or beside for grown, beside in zip(kept, partly, strict=True)]
    notes = [f"{word}: filled, {_shape(treatment, grown)}" for word, grown in zip(words, kept, strict=True)]
    return replace(course, sums=sums, missing=np.zeros_like(course.missing)), notes


def _shape(treatment: str, grown: bool) -> str:
    """What a gap was filled with, in words."""
    if not grown:
        return treatment
    if treatment == "zero":
        return "zero but for what the series tell of it (counters what they grew by over it, spread evenly)"
    return f"{treatment}, to the sum that counters grew by over it"


def _as_counted(course: DemandCourse, sums: NDArray[np.float64], gap: Gap) -> bool:
    """Scale what a gap was filled with to what counters grew by over it; whether they grew at all.

    `sums` are changed where all minutes of a measure in the gap are `told`; without a shape what they grew by is even.
    """
    found = False
    for place in gap.measures:
        within = (place, slice(gap.begin, gap.end))
        grown = float(course.sums[within].sum())
        if course.told is None or not course.told[within].all():
            continue
        shape = float(sums[within].sum())
        sums[within] = sums[within] * (grown / shape) if shape > 0 else course.sums[within]
        found = found or grown > 0
    return found


def _interpolate(sums: NDArray[np.float64], missing: NDArray[np.bool_], gaps: Sequence[Gap]) -> None:
    """A straight line from the mean of the hour before to that of the hour after, of what is missing alone."""
    for begin, end, measures in gaps:
        share = (np.arange(end - begin) + 0.5) / (end - begin)
        for place in measures:
            before = _mean(sums[place], missing[place], max(0, begin - NEIGHBOURS), begin)
            after = _mean(sums[place], missing[place], end, min(end + NEIGHBOURS, sums.shape[1]))
            start = before if before is not None else after if after is not None else 0.0
            stop = after if after is not None else start
            sums[place, begin:end] = start * (1 - share) + stop * share


def _mean(sums: NDArray[np.float64], missing: NDArray[np.bool_], begin: int, end: int) -> float | None:
    kept = ~missing[begin:end]
    return float(sums[begin:end][kept].mean()) if kept.any() else None


def _copy(
    course: DemandCourse,
    sums: NDArray[np.float64],
    gaps: Sequence[Gap],
    back: int,
    zone: ZoneInfo | None,
) -> None:
    """The same minutes earlier. Raises InstanceError where these are not there either."""
    faults = []
    for begin, end, measures in gaps:
        of_it = list(measures)
        if begin < back or course.missing[of_it, begin - back : end - back].any():
            when = course.moment(begin, zone)
            faults.append(
                Fault(f"the gap at {when} cannot be filled from before: nothing is known of then", "--fill")
            )
        else:
            sums[of_it, begin:end] = course.sums[of_it, begin - back : end - back]
    if faults:
        raise InstanceError(faults)
