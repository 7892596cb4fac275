"""How unsteady a log is: lengths, and counts of requests on several scales of time.

Dispersion of counts N in windows of s seconds, about a straight line through each ten minutes:

    I(s) = sum over tens of minutes of Var[N(s) - line] / sum of E[N(s)]

1 for independent arrivals at any scale (Cox and Lewis 1966); what a steady course of the day adds is left out, as it
is in the series. For a renewal process it tends to the squared variation of the gaps as s grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.loader.demand.measure import Measure, jackknife
from planner.loader.demand.tally import WINDOW_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.loader.demand.customers import MeasuredClass
    from planner.loader.demand.tally import Tally

SCALES_S = (1, 10, 60)
COARSEST_SHARE = 1 / 3
"""Times coarser than this share of a scale distort it."""
QUEUE_SCALE_S = 10
"""The scale that `arrival_scv` is taken at: queues that must answer within seconds fill over as long."""


@dataclass(frozen=True)
class Variability:
    """What a log says of requests. Squared coefficients of variation; `dispersion` by scale in seconds."""

    input_tokens: Measure
    output_tokens: Measure
    cached_share: Measure | None
    input_scv: Measure
    prefill_scv: Measure
    """Of the prompt tokens that must be computed."""
    decode_scv: Measure
    dispersion: dict[int, Measure]
    arrival_scv: Measure | None
    """None: times are too coarse, or the log is too short."""
    customers: tuple[MeasuredClass, ...] = ()
    """Customers by class, the largest first; none where the log does not name them, or too few or too briefly."""


def variability_of(tally: Tally) -> Variability:
    """The figures of a whole log."""
    first = int(np.floor(tally.first_s / WINDOW_S))
    count = int(np.floor(tally.last_s / WINDOW_S)) - first + 1
    sums = tally.windows.between(first, count)
    requests, prompt, prompt2, answer, answer2, computed, computed2, known = sums
    cached = jackknife(np.stack([known, prompt]), _ratio) if tally.cached_known else None
    dispersion = {scale: _dispersion(tally, scale) for scale in SCALES_S}
    found = {scale: one for scale, one in dispersion.items() if one is not None}
    return Variability(
        input_tokens=jackknife(np.stack([prompt, requests]), _ratio),
        output_tokens=jackknife(np.stack([answer, requests]), _ratio),
        cached_share=cached,
        input_scv=jackknife(np.stack([requests, prompt, prompt2]), _scv),
        prefill_scv=jackknife(np.stack([requests, computed, computed2]), _scv),
        decode_scv=jackknife(np.stack([requests, answer, answer2]), _scv),
        dispersion=found,
        arrival_scv=found.get(QUEUE_SCALE_S),
        customers=tuple(tally.customers.classes(tally.first_s, tally.last_s)),
    )


def _ratio(sums: NDArray[np.float64]) -> float:
    return float(sums[0] / sums[1]) if sums[1] > 0 else float("nan")


def _scv(sums: NDArray[np.float64]) -> float:
    count, total, squares = sums
    mean = total / count if count > 0 else 0.0
    return float(max(0.0, squares / count / mean**2 - 1.0)) if mean > 0 else float("nan")


def _dispersion(tally: Tally, scale: int) -> Measure | None:
    """Dispersion I(s) over the whole tens of minutes of the log; None where there are none, or times are too coarse."""
    first = int(np.ceil(tally.first_s / WINDOW_S))
    windows = int(np.floor(tally.last_s / WINDOW_S)) - first
    if windows < 1 or tally.resolution_s > scale * COARSEST_SHARE:
        return None
    length = int(WINDOW_S)
    seconds = tally.seconds.between(first * length, windows * length)[0]
    counts = seconds.reshape(windows, length // scale, scale).sum(axis=2)
    sums = np.stack([_variance_about_line(counts), counts.mean(axis=1)])
    return jackknife(sums, _ratio) if sums[1].sum() > 0 else None


def _variance_about_line(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Variance of what least squares leave of each row, with two degrees of freedom less than it has counts."""
    size = counts.shape[1]
    time = np.arange(size) - (size - 1) / 2
    about = counts - counts.mean(axis=1, keepdims=True)
    slope = about @ time / (time @ time)
    return np.asarray(((about - np.outer(slope, time)) ** 2).sum(axis=1) / (size - 2))
