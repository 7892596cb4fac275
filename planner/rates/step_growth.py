"""How much longer the steps of units that only write become with every request and with contexts, asked of the kernel.

    growth  = (term at the batch - term at fewer) / (batch - fewer)              by term, never below 0; 0 of no fewer
    context = (attention at fewer - the same of contexts a tenth shorter) / (a tenth of the former) x attention

Fewer are a tenth, but no less than one request on a rank.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

import kernels
from kernels.options import attention_gpus
from planner.core.units import SECONDS_PER_MS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from kernels import Conditions, OperatingPoints
    from kernels.architecture import Architecture

    Array = NDArray[np.float64]

FEWER = 0.9
SHORTER = 0.9
ATTENTION = "attention"
"""The part of a step that goes by contexts."""


@dataclass(frozen=True)
class StepGrowth:
    """What one request more on every GPU adds to a step by term, and what of the step goes by contexts, ms."""

    by_request_ms: dict[str, float]
    context_ms: float


def step_growth(
    architecture: Architecture,
    options: kernels.Options,
    conditions: Conditions,
    points: OperatingPoints,
    places: list[int],
) -> list[StepGrowth]:
    """Of each option; `places` are those of the options in `points`, all of which can run and only write."""
    batch: Array = points.batch_per_gpu[places]
    share_left = fewer_share(batch * attention_gpus(architecture, options))
    fewer = replace(options, requests_per_gpu=share_left * batch)
    before = kernels.operating_points(architecture, fewer, conditions).time_split
    shorter = replace(conditions, kv_tokens=SHORTER * conditions.context_tokens)
    short = kernels.operating_points(architecture, fewer, shorter).time_split[ATTENTION]
    more, grown = (1.0 - share_left) * batch, {}
    for name, seconds in points.time_split.items():
        now, then = seconds[places], before[name]
        rise = np.divide(np.maximum(now - then, 0.0), more, out=np.zeros_like(more), where=more > 0.0)
        grown[name] = np.where(np.isfinite(then), rise, now / batch) / SECONDS_PER_MS
    share = np.clip((before[ATTENTION] - short) / ((1.0 - SHORTER) * before[ATTENTION]), 0.0, 1.0)
    context_ms = points.time_split[ATTENTION][places] * np.nan_to_num(share, nan=1.0) / SECONDS_PER_MS
    return [
        StepGrowth({name: float(ms[place]) for name, ms in grown.items()}, float(context_ms[place]))
        for place in range(len(places))
    ]


def fewer_share(batch: ArrayLike) -> Array:
    """Share of so many requests on a rank that counts as fewer."""
    return np.maximum(FEWER, np.minimum(1.0 / np.asarray(batch, dtype=np.float64), 1.0))
