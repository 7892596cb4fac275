"""Operating points: how each option runs, at which rates and latencies, and why not where it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kernels.arrays import Booleans, Floats


@dataclass(frozen=True)
class OperatingPoints:
    """One row per option; NaN where an option has no such figure, `reason` says why none of them.

    Attributes
    ----------
    prefill_tokens_per_s : computed (uncached) prompt tokens per second of the unit; the cached prefix
        costs no GEMM but lengthens attention, and loading it is bounded by `cache_bytes_per_s`.
    decode_tokens_per_s : output tokens per second of the unit, accepted drafts counted.
        Of a co-located unit each rate is what the unit does when it does only that, so a planner shares
        time between the two; its decode batch already leaves room for the prefill of its own requests.
    batch_per_gpu, tpot_s, prefill_time_s : the chosen batch and its latencies, queueing left out.
    pass_tokens : prompt tokens that an attention replica takes in a pass, of units that only read; else NaN.
    rank_imbalance, rank_spread : attention of the busiest rank of a full pass over that of the mean one, and its
        standard deviation from pass to pass over itself.
    prefill_scv : squared coefficient of variation of the time to read a prompt, over the lengths of the
        conditions; NaN where these are means alone.
    kv_transfer_s : hand-over of one prompt's cache by the unit's own links, zero when the unit keeps it.
    binding : the largest visible term and the limit that stopped the batch, as `term; limit`, for people.
    memory_bound : whether memory stopped the batch.
    time_split : seconds of one decode step (prefill units: one pass) by term; the terms add up.
    provenance : `measured`, `calibrated` or `extrapolated`; `band_low` and `band_high` multiply the rate
        to the ends of its band, at whichever quantile the rate itself was asked for.
    """

    prefill_tokens_per_s: Floats
    decode_tokens_per_s: Floats
    batch_per_gpu: Floats
    tpot_s: Floats
    prefill_time_s: Floats
    pass_tokens: Floats
    rank_imbalance: Floats
    rank_spread: Floats
    prefill_scv: Floats
    kv_transfer_s: Floats
    binding: tuple[str, ...]
    memory_bound: Booleans
    time_split: dict[str, Floats]
    reason: tuple[str, ...]
    provenance: tuple[str, ...]
    band_low: Floats
    band_high: Floats


def band_factor_of(low: Floats, high: Floats, quantile: Floats) -> Floats:
    """Factor on the rates of each option at its own quantile of the band, all of shape [n]; 0.5 gives 1.

    Each side of the band is half a log-normal through the 10 or the 90 % quantile.
    """
    normal = np.array([NormalDist().inv_cdf(float(one)) for one in quantile])
    factor: Floats = np.where(normal < 0.0, low, high) ** (np.abs(normal) / NormalDist().inv_cdf(0.9))
    return factor
