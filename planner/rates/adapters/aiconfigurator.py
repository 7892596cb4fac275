"""Rates from the measured kernel database of the public package `aiconfigurator` (Apache-2.0).

Known of it: it refuses expert-parallel sizes it has no all-to-all data for (72 and 144 among them),
prices the all-to-all of large units by a single node's on most systems, and does not model the overlap of
two micro-batches.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

import kernels
from kernels.effects import undated
from kernels.options import attention_gpus
from kernels.setting import gather
from kernels.speculation import speculation
from kernels.terms.memory import request_limit
from planner.instance import Phase, Role
from planner.rates.accelerators import accelerator_of
from planner.rates.adapters.static_estimate import (
    EstimateRequest,
    NoEstimate,
    decode_seconds,
    prefill_seconds,
    run_seconds,
)
from planner.rates.configurations import Configuration
from planner.rates.kernel import conditions_of
from planner.rates.rates import RateDetail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kernels import Architecture, Conditions
    from kernels.calibration.measurement import Measurement
    from planner.instance import Instance
    from planner.rates.options import Option
    from planner.rates.rates import Work

SHARES = np.array([1 / 64, 1 / 16, 1 / 4, 1 / 2, 1.0])  # of the memory limit, at which TPOT is asked
SOURCE = "aiconfigurator"
OF_CHECKPOINT = ("fp8", "bf16", "mxfp4", "mxfp4_fp8")
QUANTISED = {"fp8_cache8": "fp8", "nvfp4": "nvfp4", "fp4": "nvfp4"}
"""Its words for recipes that are not those of the checkpoints that it knows a model by."""


def aiconfigurator_rates(
    instance: Instance,
    options: list[Option],
    works: tuple[Work, ...],
    rate: NDArray[np.float64],
    details: list[dict[str, RateDetail]],
) -> dict[int, str]:
    """Fill `rate` and `details` of the options without measured rates, like the kernel does.

    Returns the reason for every option the package cannot rate. Raises SourceUnavailable.
    """
    reasons: dict[int, str] = {}
    for index, option in enumerate(options):
        for column, work in enumerate(works):
            if option.deployment.measured or work.workload not in option.workloads:
                continue
            if not _does(option.unit.role, work.phase):
                continue
            try:
                rate[index, column], details[index][work.name] = _rate(instance, option, work)
            except NoEstimate as error:
                reasons[index] = str(error)
        if index in reasons:
            rate[index] = 0.0
    return reasons


def _does(role: Role, phase: Phase) -> bool:
    return phase is not Phase.REQUEST and (role is Role.COLOCATED or str(role) == str(phase))


def _rate(instance: Instance, option: Option, work: Work) -> tuple[float, RateDetail]:
    model = kernels.architecture(instance.workloads[work.workload].model)
    hardware = accelerator_of(instance, option.unit.hardware)
    if replace(option.run, suffix="") != Configuration():
        raise NoEstimate(
            "aiconfigurator takes no settings of how units run (tensor_parallel, pipeline_parallel, engine, recipe, "
            "speculative, requests_per_gpu): it takes what its own data have"
        )
    if hardware is None:
        raise NoEstimate(f"no accelerator {option.unit.hardware}")
    one = kernels.Options((hardware,), (str(option.unit.role),), np.array([option.unit.gpus]))
    asked = conditions_of(instance, work.workload, sharing=option.workloads)
    asked = replace(asked, tokens_per_pass=option.pass_tokens or asked.tokens_per_pass)
    tensor = int(attention_gpus(model, one)[0])
    room = float(request_limit(model, gather(model, one, asked))[0, 0]) * tensor
    question = _question(model, hardware.name, "", option.unit.gpus, tensor, asked)
    if work.phase is Phase.PREFILL:
        return _prefill(question, asked)
    return _decode(question, asked, room)


def _prefill(question: EstimateRequest, asked: Conditions) -> tuple[float, RateDetail]:
    """Computed prompt tokens/s of the unit at a full pass."""
    prompts = max(int(asked.tokens_per_pass // asked.computed_tokens), 1)
    seconds = _pass_seconds(question, asked, prompts)
    if seconds > asked.prefill_time_s:
        raise NoEstimate("prefill time out of reach")
    replicas = question.gpus // question.tensor_parallel
    rate = prompts * asked.computed_tokens * replicas / seconds
    return rate, RateDetail(provenance="measured kernels", source=SOURCE, prefill_ms=1e3 * seconds)


def _decode(question: EstimateRequest, asked: Conditions, room: float) -> tuple[float, RateDetail]:
    """Output tokens/s of the unit at the largest batch that meets TPOT, between asked batches by line."""
    most = min(room, asked.requests_per_gpu_limit * question.tensor_parallel)
    if most < 1:
        raise NoEstimate("weights do not fit in memory")
    batches = np.unique(np.maximum(np.round(SHARES * most), 1)).astype(int)
    seconds = np.array([decode_seconds(replace(question, batch=int(batch))) for batch in batches])
    if seconds[0] > asked.tpot_s:
        raise NoEstimate("TPOT out of reach")
    grid = np.linspace(batches[0], batches[-1], 1000)
    tpot = np.interp(grid, batches, seconds)
    best = int(np.flatnonzero(tpot <= asked.tpot_s)[-1]) if math.isfinite(asked.tpot_s) else len(grid) - 1
    rate = grid[best] / tpot[best] * question.gpus / question.tensor_parallel
    batch = float(grid[best]) / question.tensor_parallel
    return float(rate), RateDetail(
        provenance="measured kernels", source=SOURCE, batch_per_gpu=batch, tpot_ms=1e3 * float(tpot[best])
    )


def point_rate(point: Measurement) -> float:
    """Tokens/s per GPU the package predicts for one measured point. Raises NoEstimate, SourceUnavailable."""
    asked, tensor = point.conditions, point.tensor_parallel
    question = _question(point.architecture, point.accelerator.name, point.engine, point.gpus, tensor, asked)
    if point.phase == "decode":
        batch = max(round(point.size * tensor), 1)
        return batch / tensor / decode_seconds(replace(question, batch=batch))
    prompts = max(round(point.size * tensor / asked.computed_tokens), 1)
    return prompts * asked.computed_tokens / tensor / _pass_seconds(question, asked, prompts)


def run_rate(point: Measurement) -> float:
    """Output tokens/s per GPU the package predicts for a co-located run. Raises NoEstimate, SourceUnavailable.

    Little's law: requests at once x output tokens / (TTFT + (output tokens - 1) x TPOT) / GPUs.
    """
    asked, tensor = point.conditions, point.tensor_parallel
    question = _question(point.architecture, point.accelerator.name, point.engine, point.gpus, tensor, asked)
    batch = max(round(point.size * tensor), 1)
    narrow = "" if point.recipe in OF_CHECKPOINT else QUANTISED.get(point.recipe)
    if narrow is None:
        raise NoEstimate(f"aiconfigurator has no word for {point.recipe}")
    question = replace(question, batch=batch, input_tokens=round(asked.input_tokens), quantised=narrow)
    first, each = run_seconds(question)
    output = asked.output_tokens
    return batch / tensor * output / (first + (output - 1.0) * each)


def _question(
    model: Architecture, hardware: str, engine: str, gpus: int, tensor_parallel: int, asked: Conditions
) -> EstimateRequest:
    """The decode of one request on a unit, in the middle of its output."""
    drafts, accepted = speculation(model, asked)
    return EstimateRequest(
        model=model.name,
        hardware=hardware,
        engine=undated(engine),
        gpus=gpus,
        tensor_parallel=tensor_parallel,
        batch=1,
        input_tokens=max(round(asked.context_tokens - asked.output_tokens / 2), 1),
        output_tokens=max(round(asked.output_tokens), 2),
        draft_tokens=int(drafts),
        accept_length=accepted,
    )


def _pass_seconds(question: EstimateRequest, asked: Conditions, prompts: int) -> float:
    """Seconds of a prefill pass over so many prompts per attention replica."""
    whole, cached = round(asked.input_tokens), round(asked.cached_tokens)
    return prefill_seconds(
        replace(question, batch=prompts, input_tokens=whole, cached_tokens=cached, draft_tokens=0)
    )
