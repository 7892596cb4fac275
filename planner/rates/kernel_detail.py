"""What the kernel says of one option: the rate of a phase, and its story as `RateDetail` tells it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.core.plain import finite
from planner.core.units import SECONDS_PER_MS
from planner.instance import Phase
from planner.rates.rates import RateDetail

if TYPE_CHECKING:
    from kernels import OperatingPoints

KERNEL = "throughput kernel"
"""What rates of the kernel give as their source."""


def rate_of(points: OperatingPoints, place: int, phase: Phase) -> float:
    """Tokens a second of an option in a phase; 0 where it does none."""
    values = points.prefill_tokens_per_s if phase is Phase.PREFILL else points.decode_tokens_per_s
    value = float(values[place])
    return value if math.isfinite(value) else 0.0


def detail_of(points: OperatingPoints, place: int, quantile: float) -> RateDetail:
    """How the rate of an option came about, at a quantile of its band."""

    def milliseconds(seconds: float) -> float | None:
        return float(seconds) / SECONDS_PER_MS if math.isfinite(seconds) else None

    return RateDetail(
        provenance=str(points.provenance[place]),
        source=KERNEL,
        binding=str(points.binding[place]),
        memory_bound=bool(points.memory_bound[place]),
        batch_per_gpu=float(points.batch_per_gpu[place]),
        tpot_ms=milliseconds(points.tpot_s[place]),
        prefill_ms=milliseconds(points.prefill_time_s[place]),
        pass_tokens=finite(float(points.pass_tokens[place])),
        rank_imbalance=float(points.rank_imbalance[place]),
        rank_spread=float(points.rank_spread[place]),
        prefill_scv=finite(float(points.prefill_scv[place])),
        kv_transfer_ms=milliseconds(points.kv_transfer_s[place]),
        band_low=float(points.band_low[place]),
        band_high=float(points.band_high[place]),
        quantile=quantile,
        split_ms={name: float(values[place]) / SECONDS_PER_MS for name, values in points.time_split.items()},
    )
