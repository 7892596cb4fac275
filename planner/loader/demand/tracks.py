"""Samples of monitoring as amounts over time: counters with their resets, rates and counts of intervals.

A track is what one replica, or one column, did from each of its samples to the next. Between them the amount grows
evenly, so that any step of time gets its share; the amount of one step changes nothing outside of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.loader.demand.amounts import increases
from planner.loader.demand.course import MEASURES, MINUTE_S, DemandCourse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

GAP_SPACINGS = 1.5
"""A stretch between samples of more than so many usual ones is a gap."""
MOST_MINUTES = 1_600_000


@dataclass(frozen=True)
class Track:
    """Amounts of a measure, shape [sample - 1], from each of `seconds` (since 1970, none before another) to the next.

    `dark`, of shape [sample - 1] too, says between which nothing was recorded, `unsure` in which of these there was, or
    may have been, something to count; `grown`, of that shape too, in which of these a counter tells by how much it grew
    in all; `spacing_s` is the usual time between samples, `resets` when the counter began anew.
    """

    measure: str
    seconds: NDArray[np.float64]
    amounts: NDArray[np.float64]
    dark: NDArray[np.bool_]
    unsure: NDArray[np.bool_]
    grown: NDArray[np.bool_]
    spacing_s: float
    resets: tuple[float, ...] = field(default=())


def counter(measure: str, seconds: NDArray[np.float64], values: NDArray[np.float64]) -> Track:
    """A track of a counter, which begins anew where it falls: at the end of a dark stretch, as a replica that was gone.

    What it grew by over another dark stretch is known, though not at which time of it.
    """
    fell = np.diff(values) < 0
    resets = tuple(seconds[1:][fell].tolist())
    spacing = spacing_of(seconds)
    dark = np.diff(seconds) > GAP_SPACINGS * max(spacing, 1.0)
    amounts = increases(values)
    gone = np.flatnonzero(dark & fell)
    seconds = np.insert(seconds, gone + 1, seconds[gone + 1] - spacing)
    amounts = np.insert(amounts, gone, 0.0)
    grown = np.insert(dark & ~fell, gone + 1, False)
    dark = np.insert(dark, gone + 1, False)
    return Track(measure, seconds, amounts, dark, dark & (amounts > 0), grown, spacing, resets)


def intervals(
    measure: str, seconds: NDArray[np.float64], amounts: NDArray[np.float64], spacing_s: float
) -> Track:
    """A track of amounts over intervals that begin at `seconds` and last `spacing_s`, or until the next begins.

    There is nothing between them.
    """
    ends = np.minimum(seconds + spacing_s, np.append(seconds[1:], np.inf))
    edges = np.stack([seconds, ends], axis=1).ravel()
    steps = np.stack([amounts, np.zeros(len(amounts))], axis=1).ravel()[:-1]
    between = np.arange(1, len(edges)) % 2 == 0
    dark = between & (np.diff(edges) > spacing_s / 100)
    return Track(measure, edges, steps, dark, dark, np.zeros_like(dark), spacing_s)


def spacing_of(seconds: NDArray[np.float64]) -> float:
    """The usual time between samples: the most frequent, in milliseconds."""
    if len(seconds) < 2:
        return 0.0
    steps, counts = np.unique(np.rint(np.diff(seconds) * 1e3), return_counts=True)
    return float(steps[int(np.argmax(counts))] / 1e3)


def added_up(tracks: Sequence[Track]) -> list[str]:
    """What is said of measures that several tracks tell at the same time: they are replicas, and added."""
    return [
        f"{measure}: added over {len(of_it)} series"
        for measure in MEASURES
        if len(of_it := [track for track in tracks if track.measure == measure]) > 1
        and any(_at_once(one, other) for one, other in pairwise(of_it))
    ]


def repeated(tracks: Sequence[Track]) -> str | None:
    """What is wrong where two tracks of several amounts are the same to the last digit; None where none are."""
    seen: set[tuple[str, bytes, bytes]] = set()
    for track in tracks:
        what = track.measure, track.seconds.tobytes(), track.amounts.tobytes()
        if what in seen and len(np.unique(track.amounts)) > 3:
            return f"{track.measure} come twice, to the last digit: leave one out"
        seen.add(what)
    return None


def _at_once(one: Track, other: Track) -> bool:
    return bool(min(one.seconds[-1], other.seconds[-1]) > max(one.seconds[0], other.seconds[0]))


def course_of_tracks(tracks: Sequence[Track], from_first: bool) -> DemandCourse:
    """All tracks together, by minute, over the time in which there is something of every measure.

    Raises InstanceError where there is no such time, or too much for minutes.
    """
    known = tuple(measure for measure in MEASURES if any(track.measure == measure for track in tracks))
    of_each = [[track for track in tracks if track.measure == measure] for measure in known]
    first = max(min(float(track.seconds[0]) for track in of_one) for of_one in of_each)
    end = min(max(float(track.seconds[-1]) for track in of_one) for of_one in of_each)
    if end <= first:
        raise InstanceError([Fault(f"there is no time of which all of {', '.join(known)} are known")])
    begin = first if from_first else float(np.floor(first / MINUTE_S) * MINUTE_S)
    minutes = int(np.ceil((end - begin) / MINUTE_S - 1e-9))
    if minutes > MOST_MINUTES:
        raise InstanceError(
            [Fault(f"samples span {(end - first) / 86_400:,.0f} days: too long for a history")]
        )
    edges = np.asarray(begin + MINUTE_S * np.arange(minutes + 1), dtype=np.float64)
    sums = np.zeros((len(MEASURES), minutes))
    seen, reached = ({measure: np.zeros(minutes, dtype=bool) for measure in MEASURES} for _ in range(2))
    partly = np.zeros((len(MEASURES), minutes), dtype=bool)
    lost = np.zeros((len(MEASURES), minutes), dtype=bool)
    for track in tracks:
        place = MEASURES.index(track.measure)
        sums[place] += _by_step(track, edges)
        seen[track.measure] |= _covered(track, track.dark, edges)
        reached[track.measure] |= _within(track, edges)
        partly[place] |= _within(track, edges) & ~_covered(track, track.unsure, edges)
        lost[place] |= _within(track, edges) & ~_covered(track, track.dark & ~track.grown, edges)
    inside = (edges[:-1] >= first - 1e-6) & (edges[1:] <= end + 1e-6)
    partly &= np.array([seen[measure] & inside for measure in MEASURES])
    missing = partly | np.array([~seen[measure] & inside & (measure in known) for measure in MEASURES])
    spacing_s = max(track.spacing_s for track in tracks)
    told = missing & ~lost & np.array([reached[measure] for measure in MEASURES])
    return DemandCourse(begin, sums, missing, known, spacing_s, first, end, partly, told)


def _by_step(track: Track, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """The amounts of a track between edges, shape [edge - 1]: sums of pieces that lie in one step of both."""
    points = np.union1d(track.seconds, edges)
    lengths = np.diff(points)
    middles = points[:-1] + lengths / 2
    source = np.searchsorted(track.seconds, middles, side="right") - 1
    target = np.searchsorted(edges, middles, side="right") - 1
    there = (source >= 0) & (source < len(track.amounts)) & (target >= 0) & (target < len(edges) - 1)
    source, target = source[there], target[there]
    pieces = track.amounts[source] * (lengths[there] / np.diff(track.seconds)[source])
    return np.bincount(target, weights=pieces, minlength=len(edges) - 1).astype(np.float64)


def _within(track: Track, edges: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Minutes that a track reaches into, shape [minute]."""
    return np.asarray((edges[1:] > track.seconds[0]) & (edges[:-1] < track.seconds[-1]))


def _covered(track: Track, dark: NDArray[np.bool_], edges: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Minutes of which most lies between samples with nothing dark between them, shape [minute]."""
    passed = np.concatenate([[0], np.cumsum(np.where(dark, np.diff(track.seconds), 0.0))])
    in_gap = np.diff(np.interp(edges, track.seconds, passed))
    return np.asarray(_within(track, edges) & (in_gap < MINUTE_S / 2))
