"""Histograms of monitoring as lengths of requests: how many lie in each bucket, and what stands for those in it.

A bucket counts the requests up to its bound (`le`), so that those between two bounds are a difference. The length that
stands for a bucket is the geometric mean of its bounds times a factor, the same for all and kept within each bucket,
by which the mean of all is the one that sums and counts tell. Prompts and answers are counted apart: which belong
together nobody says, and they are taken as independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.loader.demand.measure import Measure

SHARE_OF_NOISE = 1e-6
"""Counts may fall from bucket to bucket by so much of all: replicas are scraped one after the other."""
LENGTHS = ("input_tokens", "output_tokens")
_LEAST_FACTOR, _MOST_FACTOR, _STEPS = 1e-3, 1e3, 60


@dataclass(frozen=True)
class LengthHistogram:
    """Requests by length in tokens, more than `lower` and up to `upper`, which may be inf, each of shape [bucket]."""

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    requests: NDArray[np.float64]

    def lengths(self, mean: float | None) -> NDArray[np.float64]:
        """The length that stands for each bucket, shape [bucket]; None: no mean is known."""
        least, most = np.maximum(self.lower, 1.0), np.maximum(self.upper, 1.0)
        middle = np.where(np.isinf(most), least, np.sqrt(least * most))
        if mean is None:
            return np.asarray(middle)

        def stretched(factor: float) -> NDArray[np.float64]:
            return np.asarray(np.clip(middle * factor, least, most))

        low, high = _LEAST_FACTOR, _MOST_FACTOR
        for _ in range(_STEPS):
            factor = float(np.sqrt(low * high))
            found = float(stretched(factor) @ self.requests / self.requests.sum())
            low, high = (factor, high) if found < mean else (low, factor)
        return stretched(float(np.sqrt(low * high)))


def histogram_of(counts: Mapping[float, float]) -> LengthHistogram | None:
    """A histogram of cumulative counts by bound; None without any request.

    Raises ValueError where a longer bound counts fewer, or the last is not infinite.
    """
    bounds = np.array(sorted(counts))
    cumulative = np.array([counts[bound] for bound in bounds.tolist()])
    if not len(bounds) or not np.isinf(bounds[-1]):
        raise ValueError("has no bucket without a bound (le='+Inf'): query all of them")
    steps = np.diff(cumulative, prepend=0.0)
    if (steps < -SHARE_OF_NOISE * max(cumulative[-1], 1.0)).any():
        place = int(np.argmin(steps))
        raise ValueError(
            f"counts fewer requests up to {bounds[place]:g} tokens than up to {bounds[place - 1]:g}"
        )
    there = steps > 0
    lower = np.concatenate([[0.0], bounds[:-1]])
    return LengthHistogram(lower[there], bounds[there], steps[there]) if there.any() else None


def together(histograms: Sequence[LengthHistogram]) -> LengthHistogram:
    """Requests of several histograms, whose buckets need not be the same; at least one."""
    edges = np.concatenate([np.stack([one.lower, one.upper], axis=1) for one in histograms])
    buckets, which = np.unique(edges, axis=0, return_inverse=True)
    requests = np.bincount(which.ravel(), weights=np.concatenate([one.requests for one in histograms]))
    return LengthHistogram(buckets[:, 0], buckets[:, 1], requests.astype(np.float64))


def cells_of(
    prompts: LengthHistogram | None, answers: LengthHistogram | None, means: tuple[float | None, float | None]
) -> NDArray[np.float64] | None:
    """Requests, prompt and answer tokens of each pair of buckets, shape [pair, 3]; of one without histogram its mean.

    None where of one there is neither.
    """
    sides = []
    for histogram, mean in zip((prompts, answers), means, strict=True):
        if histogram is not None:
            sides.append((histogram.requests, histogram.lengths(mean)))
        elif mean is not None:
            sides.append((np.ones(1), np.array([mean])))
        else:
            return None
    (many, prompt), (few, answer) = sides
    share = few / few.sum()
    pairs = np.meshgrid(prompt, answer, indexing="ij")
    return np.stack([np.outer(many, share).ravel(), pairs[0].ravel(), pairs[1].ravel()], axis=1)


def lengths_of_histograms(
    histograms: dict[str, LengthHistogram], means: tuple[Measure | None, Measure | None]
) -> tuple[NDArray[np.float64] | None, list[str]]:
    """Requests by length, where histograms and means tell it together, and what is to be said of it.

    A bucket says between which bounds requests lie. Which length stands for them is known by the mean alone, so that
    a histogram without one is left out.
    """
    if not histograms:
        return None, []
    values = dict(zip(LENGTHS, (None if one is None else one.value for one in means), strict=True))
    unknown = [measure for measure in histograms if values[measure] is None]
    notes = [
        f"the histogram of {measure} is left out: nothing says the mean. Query what it is of with _sum and _count too"
        for measure in unknown
    ]
    prompts, answers = (None if one in unknown else histograms.get(one) for one in LENGTHS)
    if len(unknown) == len(histograms):
        return None, notes
    cells = cells_of(prompts, answers, (values[LENGTHS[0]], values[LENGTHS[1]]))
    apart = (
        "prompts and answers of histograms are taken as independent: they do not say which belong together"
    )
    lacking = "lengths are left out: of prompts or answers there is neither a histogram nor a mean"
    return cells, [*notes, lacking if cells is None else apart]
