"""Gaps in the course of demand: told, or filled as `--fill gaps=...` says; what counters tell of them is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.loader.demand.course import MEASURES, NEIGHBOURS, stretches
from planner.loader.demand.earlier_days import DAYS_BEFORE, copy_earlier_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from planner.loader.demand.course import DemandCourse, Gap

_MOST_GAPS_SHOWN = 20


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
        copy_earlier_days(course, sums, gaps, DAYS_BEFORE[treatment], zone)
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
