"""The whole batch sweep of every option at once, in chunks that bound memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kernels.decode import decode_step
from kernels.mixed import mixed_prompt
from kernels.prefill import prefill_pass
from kernels.terms.memory import request_bytes, request_limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernels.architecture import Architecture
    from kernels.arrays import Booleans, Floats
    from kernels.setting import Setting

CHUNK_POINTS = 16384  # operating points in flight: some fifty temporaries of 128 KiB stay in the L2 cache


@dataclass(frozen=True)
class Sweep:
    """Arrays [n, m] over options and batch sizes. `seconds` is the time of a step or a pass."""

    rate_per_gpu: Floats
    seconds: Floats
    tpot_s: Floats
    feasible: Booleans


def chunks(count: int, width: int) -> Iterator[slice]:
    """Row slices that hold at most CHUNK_POINTS operating points each."""
    height = max(1, CHUNK_POINTS // max(width, 1))
    for start in range(0, count, height):
        yield slice(start, min(start + height, count))


def decode_sweep(
    architecture: Architecture, setting: Setting, requests: Floats, together: Booleans | None = None
) -> Sweep:
    """Decode at every batch of `requests` per GPU, shape [n, m] or [1, m].

    Rate = requests accepted tokens / step. Options that are `together` [n, 1] are co-located: the prompts
    of the arriving requests join the steps. While a request writes its answer, every other one of its
    replica is replaced once, so an answer takes its decode steps and (requests - 1) x what a prompt adds; the steps
    that read one prompt, which are the longer the more requests run, must keep its time limit.
    """
    parts = [
        _decode_chunk(
            architecture,
            setting.rows(rows),
            requests[rows] if len(requests) > 1 else requests,
            None if together is None else together[rows],
        )
        for rows in chunks(len(setting.gpus), requests.shape[1])
    ]
    return _stack(parts)


def _decode_chunk(
    architecture: Architecture, setting: Setting, requests: Floats, together: Booleans | None
) -> Sweep:
    step = decode_step(architecture, setting, requests)
    seconds = step.seconds / setting.decode_scale
    tpot = seconds / setting.accept_length
    rate = requests / tpot
    fits = requests <= np.minimum(request_limit(architecture, setting), setting.requests_per_gpu_limit)
    if together is not None and together.any():
        prompt = mixed_prompt(architecture, setting, requests)
        others = np.maximum(requests * setting.replica_gpus - 1.0, 0.0)
        added = np.where(together, others * prompt.added_s / setting.prefill_scale, 0.0)
        tpot = tpot + added / setting.output_tokens
        late = prompt.service_s / setting.prefill_scale > setting.prefill_time_s
        fits = fits & ~(together & late)
    return Sweep(rate, seconds, tpot, fits & (tpot <= setting.tpot_s))


def prefill_sweep(architecture: Architecture, setting: Setting, tokens: Floats) -> Sweep:
    """Prefill at every pass size of `tokens` per GPU, shape [n, m] or [1, m].

    A prompt longer than a pass takes several passes; `tpot_s` carries the service time of one prompt: c passes
    follow each other through p stages in c + p - 1 times the slowest stage.
    """
    parts = []
    for rows in chunks(len(setting.gpus), tokens.shape[1]):
        part = setting.rows(rows)
        size = tokens[rows] if len(tokens) > 1 else tokens
        step = prefill_pass(architecture, part, size)
        seconds = step.seconds / part.prefill_scale
        passes = np.maximum(np.ceil(part.computed_tokens / (size * part.attention_gpus)), 1.0)
        service = (passes + part.stages - 1.0) / part.stages * seconds
        room = request_limit(architecture, part) * part.context_tokens
        fits = (size * part.attention_gpus <= part.tokens_per_pass * (1.0 + 1e-9)) & (
            size * (1.0 + part.cached_tokens / part.computed_tokens) <= room
        )
        parts.append(Sweep(size / seconds, seconds, service, fits & (service <= part.prefill_time_s)))
    return _stack(parts)


def transfer_seconds(architecture: Architecture, setting: Setting) -> Floats:
    """Seconds to hand one prompt's KV cache from prefill to decode over the network. Shape [n, 1].

    Every GPU of a replica, all its stages, sends (a decode unit: receives) over its own link; prompt bytes /
    (link share replica), or the stated time. The mean prompt, cached prefix included; nothing of it is hidden
    behind the prefill. NaN where nobody published the link.
    """
    moved = request_bytes(architecture, setting, setting.cached_tokens + setting.computed_tokens)
    link = setting.scale_out_bytes_per_s * setting.scale_out_share * setting.replica_gpus
    return np.where(np.isnan(setting.kv_transfer_s), moved / link, setting.kv_transfer_s)


def _stack(parts: list[Sweep]) -> Sweep:
    return Sweep(
        np.concatenate([part.rate_per_gpu for part in parts]),
        np.concatenate([part.seconds for part in parts]),
        np.concatenate([part.tpot_s for part in parts]),
        np.concatenate([part.feasible for part in parts]),
    )
