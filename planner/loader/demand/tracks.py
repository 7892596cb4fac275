"""Samples of monitoring as cumulative amounts: counters with their resets, rates and counts of intervals.

A track is what one replica, or one column, did: amounts since its first sample, at the times of its samples. Between
them the amount grows evenly, so that any step of time gets its share.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.loader.demand.course import MEASURES, MINUTE_S, DemandCourse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

GAP_SPACINGS = 1.5
"""A stretch between samples of more than so many usual ones is a gap."""
MOST_MINUTES = 1_600_000


@dataclass(frozen=True)
class Track:
    """Amounts of a measure: `total` is cumulative at `seconds` (since 1970, rising), both of shape [sample].

    `dark`, of shape [sample - 1], says between which nothing was recorded; `spacing_s` is the usual time between
    samples, `resets` when the counter began anew.
    """

    measure: str
    seconds: NDArray[np.float64]
    total: NDArray[np.float64]
    dark: NDArray[np.bool_]
    spacing_s: float
    resets: tuple[float, ...] = field(default=())


def counter(measure: str, seconds: NDArray[np.float64], values: NDArray[np.float64]) -> Track:
    """A track of a counter: where it falls it began anew, at 0 (as `increase` of Prometheus has it)."""
    step = np.diff(values)
    fell = step < 0
    increase = np.where(fell, values[1:], step)
    total = np.concatenate([[0.0], np.cumsum(increase)])
    spacing = spacing_of(seconds)
    dark = np.diff(seconds) > GAP_SPACINGS * max(spacing, 1.0)
    return Track(measure, seconds, total, dark, spacing, tuple(seconds[1:][fell].tolist()))


def intervals(
    measure: str, seconds: NDArray[np.float64], amounts: NDArray[np.float64], spacing_s: float
) -> Track:
    """A track of amounts over intervals that begin at `seconds` and last `spacing_s`; there is nothing between them."""
    edges = np.stack([seconds, seconds + spacing_s], axis=1).ravel()
    after = np.cumsum(amounts)
    total = np.stack([after - amounts, after], axis=1).ravel()
    between = np.arange(1, len(edges)) % 2 == 0
    dark = between & (np.diff(edges) > spacing_s / 100)
    return Track(measure, edges, total, dark, spacing_s)


def spacing_of(seconds: NDArray[np.float64]) -> float:
    """The usual time between samples: the most frequent, in milliseconds."""
    if len(seconds) < 2:
        return 0.0
    steps, counts = np.unique(np.rint(np.diff(seconds) * 1e3), return_counts=True)
    return float(steps[int(np.argmax(counts))] / 1e3)


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
    seen = {measure: np.zeros(minutes, dtype=bool) for measure in MEASURES}
    for track in tracks:
        sums[MEASURES.index(track.measure)] += np.diff(np.interp(edges, track.seconds, track.total))
        seen[track.measure] |= _covered(track, edges)
    inside = (edges[:-1] >= first - 1e-6) & (edges[1:] <= end + 1e-6)
    missing = ~np.logical_and.reduce([seen[measure] for measure in known]) & inside
    return DemandCourse(begin, sums, missing, known, max(track.spacing_s for track in tracks), first, end)


def _covered(track: Track, edges: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Minutes of which most lies between samples with nothing dark between them, shape [minute]."""
    dark = np.concatenate([[0.0], np.cumsum(np.where(track.dark, np.diff(track.seconds), 0.0))])
    in_gap = np.diff(np.interp(edges, track.seconds, dark))
    inside = (edges[1:] > track.seconds[0]) & (edges[:-1] < track.seconds[-1])
    return np.asarray(inside & (in_gap < MINUTE_S / 2))
