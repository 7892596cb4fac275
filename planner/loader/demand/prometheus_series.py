"""Series of answers of Prometheus: each sample once, ranges that go on from one another as one, new ones from 0 on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.errors import Fault
from planner.loader.demand.course import moment_text
from planner.loader.demand.tracks import GAP_SPACINGS, Track, spacing_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from planner.loader.demand.fill import Fill
    from planner.loader.demand.log_reading import LogReading
    from planner.loader.demand.mapping import Meaning

MOST_NEW = 3.0
"""A series that begins late is new where it begins at no more than so many times the most that any grew in a step."""


@dataclass(frozen=True)
class QueriedSeries:
    """One series of an answer, at `place` in it, and what it means."""

    file: str
    place: int
    metric: str
    labels: dict[str, Any]
    samples: list[Any]
    meaning: Meaning

    def fault(self, message: str) -> Fault:
        """A fault of it."""
        return Fault(message, f"data.result.{self.place}", self.file)

    def labels_but(self, *names: str) -> tuple[tuple[str, str], ...]:
        """What else tells it apart from other series, in order."""
        return tuple(sorted((name, str(value)) for name, value in self.labels.items() if name not in names))

    def times(self) -> list[float]:
        """When its samples are, those that are none left out."""
        firsts = (sample[0] for sample in self.samples if isinstance(sample, list) and sample)
        return [time for first in firsts if (time := number_of(first)) is not None]


def number_of(cell: Any) -> float | None:
    """A finite number; None of anything else."""
    try:
        number = float(cell)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def joined(every: Iterable[QueriedSeries]) -> list[QueriedSeries]:
    """The series, where one goes on from another of the same labels within a usual step as one; a sample that both
    have is there once.
    """
    whole: dict[tuple[str, tuple[tuple[str, str], ...]], list[QueriedSeries]] = {}
    for one in sorted(every, key=lambda one: min(one.times(), default=0.0)):
        like = whole.setdefault((one.metric, one.labels_but()), [])
        if like and _goes_on(like[-1], one):
            shared = like[-1].samples[-1] == one.samples[0]
            like[-1] = replace(like[-1], samples=[*like[-1].samples, *one.samples[shared:]])
        else:
            like.append(one)
    return [one for like in whole.values() for one in like]


def _goes_on(one: QueriedSeries, other: QueriedSeries) -> bool:
    times = [np.array(each.times()) for each in (one, other)]
    if min(map(len, times)) < 2:
        return False
    spacing, next_spacing = map(spacing_of, times)
    step = times[1][0] - times[0][-1]
    shared = one.samples[-1] == other.samples[0]
    return spacing == next_spacing and (shared or 0 < step <= GAP_SPACINGS * spacing)


def each_once(
    one: QueriedSeries,
    seconds: NDArray[np.float64],
    values: NDArray[np.float64],
    fill: Fill,
    reading: LogReading,
    faults: list[Fault],
) -> NDArray[np.bool_]:
    """The first of the samples of each moment, shape [sample]; others are noted, or a fault where they differ."""
    again = np.concatenate([[False], np.diff(seconds) == 0])
    differing = np.flatnonzero(again[1:] & (np.diff(values) != 0)) + 1
    if again.any():
        reading.defects.add("duplicates")
    if len(differing) and fill.duplicates is None:
        at = int(differing[0])
        what = f"{values[at - 1]:g} and {values[at]:g} at {moment_text(float(seconds[at]), None)}"
        more = f", and {len(differing) - 1} more such" if len(differing) > 1 else ""
        advice = "--fill duplicates=first keeps the first of one moment"
        faults.append(one.fault(f"{one.metric}: {what}{more}: {advice}"))
    elif again.any():
        words = "that repeat a moment of their series, left out"
        before, place = reading.noted.get(words, (0, ""))
        reading.noted[words] = (before + int(again.sum()), place or f"{one.file}: data.result.{one.place}")
    return ~again


def begun(found: Sequence[tuple[QueriedSeries, Track]]) -> tuple[list[Track], list[str]]:
    """Tracks of counters, those of new series from 0 on, a step before their first sample; and what is said of them.

    New are those that begin later than others of the metric, at no more than `MOST_NEW` steps, with own labels.
    """
    first: dict[str, float] = {}
    most: dict[str, float] = {}
    for one, track in found:
        first[one.metric] = min(first.get(one.metric, math.inf), float(track.seconds[0]))
        most[one.metric] = max(most.get(one.metric, 0.0), float(track.amounts.max()))
    tracks: list[Track] = []
    seen: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    new, others = dict[str, int](), dict[str, int]()
    for one, track in found:
        value, whose = number_of(one.samples[0][1]) or 0.0, (one.metric, one.labels_but())
        again = whose in seen
        seen.add(whose)
        if (
            not again
            and one.meaning.kind == "counter"
            and track.seconds[0] - track.spacing_s > first[one.metric] - 1e-6
        ):
            known = value <= MOST_NEW * most[one.metric]
            counts = new if known else others
            counts[one.metric] = counts.get(one.metric, 0) + 1
            track = _from_zero(track, value) if known else track
        tracks.append(track)
    notes = [
        f"{metric}: {count} series are new, and counted from 0 a step before their first sample"
        for metric, count in new.items()
    ]
    notes += [
        f"{metric}: {count} series begin late and are not new: what they had counted before is left out"
        for metric, count in others.items()
    ]
    return tracks, notes


def _from_zero(track: Track, value: float) -> Track:
    return replace(
        track,
        seconds=np.insert(track.seconds, 0, track.seconds[0] - track.spacing_s),
        amounts=np.insert(track.amounts, 0, value),
        dark=np.insert(track.dark, 0, False),
        unsure=np.insert(track.unsure, 0, False),
        grown=np.insert(track.grown, 0, False),
    )
