"""Arrivals that follow an instance's demand: synthesised from its variability, or drawn from a trace.

Both are made in operational time, where one request comes per unit of time on average, and then laid on the
clock by the demand's own rate: gaps shrink as demand rises, their variability stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import draw_gaps
from planner.verify.simulation.cache import PrefixCache, cached_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.verify.simulation.requests import Requests

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Shape:
    """The shape of a trace: gaps and lengths over their means, and the share of prompt tokens cached.

    `cached` is what of each prompt is found in the cache, over the mean of the computed tokens; None where the trace
    does not say it.
    """

    gap: Array
    prefill: Array
    decode: Array
    hit_share: float | None
    cached: Array | None = None


def shape_of(requests: Requests, cache: PrefixCache | None = None) -> Shape:
    """Gaps, computed prompt tokens and generated tokens of a trace, each divided by its mean.

    With block hashes the prompt tokens found in `cache` (the ideal one where None) need no computing.
    """
    gap = np.diff(requests.arrival_s, append=requests.arrival_s[0] + requests.span_s)
    computed = requests.input_tokens.astype(float)
    hit_share = cached = None
    if requests.blocks is not None:
        hits = cached_tokens(requests, cache or PrefixCache())
        hit_share = float(hits.sum()) / max(float(requests.input_tokens.sum()), 1.0)
        computed = np.maximum(computed - hits, 1.0)
        cached = (requests.input_tokens - computed) / computed.mean()
    return Shape(
        gap=_over_mean(gap),
        prefill=_over_mean(computed),
        decode=_over_mean(requests.output_tokens.astype(float)),
        hit_share=hit_share,
        cached=cached,
    )


def from_trace(shape: Shape, rng: np.random.Generator, count: int) -> tuple[Array, Array, Array]:
    """`count` requests of a trace, from a random place on and round again: times, prefill and decode shapes.

    Lengths stay with their gaps, so bursts of long prompts stay together.
    """
    start = int(rng.integers(len(shape.gap)))
    place = (start + np.arange(count)) % len(shape.gap)
    times = np.cumsum(shape.gap[place]) - shape.gap[start] * rng.random()
    return times, shape.prefill[place], shape.decode[place]


def synthetic(
    rng: np.random.Generator,
    count: int,
    arrival_scv: float,
    prefill_scv: float,
    decode_scv: float,
    arrival_law: str = "gamma",
) -> tuple[Array, Array, Array]:
    """`count` requests with gaps of an arrival law and log-normal lengths, all of mean 1."""
    gaps = draw_gaps(rng, arrival_law, arrival_scv, count)
    return np.cumsum(gaps), _log_normal(rng, count, prefill_scv), _log_normal(rng, count, decode_scv)


def on_the_clock(times: Array, requests_per_s: Array, period_s: float) -> Array:
    """Operational times -> seconds, by the inverse of the cumulative demand; beyond its end: inf."""
    expected = np.concatenate([[0.0], np.cumsum(requests_per_s * period_s)])
    period = np.searchsorted(expected, times, side="right") - 1
    inside = np.minimum(period, len(requests_per_s) - 1)
    # the period in which cumulative demand passes a time is never one without demand
    rate = np.where(period == inside, requests_per_s[inside], 1.0)
    clock = inside * period_s + (times - expected[inside]) / rate
    return np.where(period == inside, clock, np.inf)


def _log_normal(rng: np.random.Generator, count: int, scv: float) -> Array:
    sigma = np.sqrt(np.log1p(scv))
    return np.exp(rng.normal(-sigma * sigma / 2.0, sigma, count))


def _over_mean(values: Array) -> Array:
    return np.asarray(values / values.mean())
