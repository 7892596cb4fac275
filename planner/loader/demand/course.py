"""The course of demand by minute, as a log or monitoring gives it, and the stretches of which it says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

MEASURES = ("requests", "input_tokens", "cached_tokens", "output_tokens")
MINUTE_S = 60.0
NEIGHBOURS = 60
"""Minutes before and after a stretch that say what would be usual in it."""


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
