"""Frontiers: what every option serves at each number of requests at once, and how fast each request is then."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kernels.best_points import blocked, planned
from kernels.efficiency import fitted
from kernels.mixed import mixed_prompt
from kernels.sweep import decode_sweep, prefill_sweep
from kernels.terms.memory import request_limit

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Booleans, Floats
    from kernels.conditions import Conditions
    from kernels.efficiency import Fitted
    from kernels.options import Options
    from kernels.setting import Setting

POINTS = 24  # of one frontier, geometric in requests or in tokens of a pass
SMALLEST_PASS = 1.0 / 64.0  # of a prefill unit, as a share of the largest


@dataclass(frozen=True)
class RateFrontier:
    """Points of every option, arrays [n, m]; NaN where a point lies beyond its memory, or has no such figure.

    `requests` at once in the whole unit (of prefill units: tokens of a pass); `tokens_per_s` of the unit, output
    tokens, of prefill units computed prompt tokens. A co-located unit serves its prompts beside: the rate is
    that of both phases together, 1 / rate = 1 / decode + (computed / output) / prefill. `tpot_s` is the mean time per
    output token, `ttft_s` the time of the steps that read one prompt; waits are left out of both. `efficient` points
    are those that no other beats in rate and in both times. `reason` [n] says why an option has no point.
    """

    requests: Floats
    tokens_per_s: Floats
    tpot_s: Floats
    ttft_s: Floats
    efficient: Booleans
    reason: tuple[str, ...]


def frontier(
    architecture: Architecture, options: Options, conditions: Conditions, calibration: Fitted | None = None
) -> RateFrontier:
    """The frontier of every option from one request per attention replica to as many as memory holds.

    The limits on times of `conditions` do not apply. Raises KernelError when the question is malformed.
    """
    free = replace(conditions, tpot_s=math.inf, prefill_time_s=math.inf)
    setting, _, _ = planned(architecture, options, free, calibration or fitted())
    reason = blocked(architecture, options, setting)
    role = np.array(options.role)
    reads = (role == "prefill")[:, None]
    written = _written(architecture, setting, (role == "colocated")[:, None])
    read = _read(architecture, setting)
    requests, rate, tpot, ttft = (
        np.where(reads, one, other) for one, other in zip(read, written, strict=True)
    )
    works = (reason == "")[:, None] & np.isfinite(rate)
    reason = np.where((reason == "") & ~works.any(axis=1), "no room for the KV cache of one request", reason)
    requests, rate, tpot, ttft = (np.where(works, column, np.nan) for column in (requests, rate, tpot, ttft))
    return RateFrontier(
        requests, rate, tpot, ttft, works & _efficient(rate, tpot, ttft), tuple(map(str, reason))
    )


def _written(architecture: Architecture, setting: Setting, together: Booleans) -> tuple[Floats, ...]:
    """Requests, output tokens/s, TPOT and prompt time of units that decode."""
    least = 1.0 / setting.replica_gpus
    room = np.minimum(request_limit(architecture, setting), setting.requests_per_gpu_limit)
    top = np.maximum(room, least)
    held = least * np.exp(np.log(top / least) * np.linspace(0.0, 1.0, POINTS))
    swept = decode_sweep(architecture, setting, held, together)
    alone = swept.rate_per_gpu
    prompt = mixed_prompt(architecture, setting, held)
    added = prompt.added_s / setting.prefill_scale * setting.replica_gpus / setting.output_tokens
    rate = np.where(together, 1.0 / (1.0 / alone + added), alone)
    ttft = np.where(together, prompt.service_s / setting.prefill_scale, np.nan)
    fits = held <= room * (1.0 + 1e-9)
    return held * setting.unit_gpus, np.where(fits, rate * setting.unit_gpus, np.nan), swept.tpot_s, ttft


def _read(architecture: Architecture, setting: Setting) -> tuple[Floats, ...]:
    """Tokens of a pass, prompt tokens/s and prompt time of units that only read prompts."""
    shares = np.exp(np.linspace(np.log(SMALLEST_PASS), 0.0, POINTS))
    swept = prefill_sweep(architecture, setting, setting.tokens_per_pass / setting.attention_gpus * shares)
    rate = np.where(swept.feasible, swept.rate_per_gpu * setting.unit_gpus, np.nan)
    passes = setting.tokens_per_pass / setting.attention_gpus * shares * setting.gpus
    return passes, rate, np.full_like(rate, np.nan), swept.tpot_s


def _efficient(rate: Floats, tpot: Floats, ttft: Floats) -> Booleans:
    """Points [n, m] that no other point of their option beats in rate without being slower for a request."""
    slow, late = np.nan_to_num(tpot), np.nan_to_num(ttft)
    good = np.nan_to_num(rate, nan=-1.0)

    def column(values: Floats) -> tuple[Floats, Floats]:
        return values[:, :, None], values[:, None, :]

    (mine, other), (slow_mine, slow_other), (late_mine, late_other) = column(good), column(slow), column(late)
    beaten: Booleans = (other > mine) & (slow_other <= slow_mine) & (late_other <= late_mine)
    efficient: Booleans = ~np.any(beaten, axis=2)
    return efficient
