"""One measured throughput point, translated from the words of a benchmark file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kernels.accelerator import Accelerator, accelerator
from kernels.architecture import Architecture, architecture
from kernels.balance_table import published_balancedness
from kernels.calibration.words import (
    accelerator_called,
    architecture_called,
    engine_of,
    overlap_of,
    recipe_of,
)
from kernels.conditions import Conditions

if TYPE_CHECKING:
    from collections.abc import Mapping

# tokens per step by drafts: LMSYS (1), SGLang (3, 4), TensorRT-LLM (5); 2 lies between its neighbours, since
# a draft more is never accepted less (Ant Group's 2.55 of 2 and SGLang's 2.4 of 3 are of other texts)
TYPICAL_ACCEPT_LENGTH = {0: 1.0, 1: 1.8, 2: 2.2, 3: 2.4, 4: 2.7, 5: 3.0}
DEFAULT_TOKENS_PER_PASS = 16384.0
MLPERF_MONTH = {"5.0": "2025-03", "5.1": "2025-08", "6.0": "2026-03"}  # of the submission


class Unusable(ValueError):
    """The point lacks what a prediction needs; the message says what."""


@dataclass(frozen=True)
class Measurement:
    """A point in the kernel's terms. `phase` is `prefill`, `decode` or `colocated`; `rate_per_gpu` counts
    computed prompt tokens/s for prefill and output tokens/s for the others; `size` is prompt tokens per
    GPU and pass, or requests per GPU. `engine` carries its month, where that is known, as `name-YYYY-MM`.
    `submission` is what was handed in together: month or round, hardware and model."""

    name: str
    source: str
    submission: str
    tier: str
    phase: str
    engine: str
    rate_per_gpu: float
    size: float
    architecture: Architecture
    accelerator: Accelerator
    gpus: int
    tensor_parallel: int
    redundant_experts: int
    recipe: str
    overlap: str
    conditions: Conditions


def translate(point: Mapping[str, Any]) -> Measurement:
    """Read one entry of a points file; raises Unusable with the reason when it cannot be predicted."""
    phase = _phase(point)
    if point.get("kind") == "theoretical":
        raise Unusable("theoretical limit, not a measurement")
    if point.get("kind") == "production":
        raise Unusable("production average: capacity times load, see the published-day test")
    gpus, tensor = _unit(point)
    redundant = _part(point, "parallelism").get("redundant_experts")
    conditions = _conditions(point, gpus, redundant)
    rate = _rate(point, gpus)
    _refuse_waiting(point, phase)
    known, model = _accelerator(str(point.get("hardware"))), _architecture(point)
    engine = engine_of(str(point.get("engine") or ""))
    month = month_of(point)
    return Measurement(
        name=str(point["id"]),
        source=source_of(point),
        submission=f"{month or source_of(point)} {known.name} {model.name}",
        tier=str(point.get("tier")),
        phase=phase,
        engine=f"{engine}-{month}" if engine and month else engine,
        rate_per_gpu=rate,
        size=_size(point, phase, gpus, tensor, rate, conditions),
        architecture=model,
        accelerator=known,
        gpus=gpus,
        tensor_parallel=tensor if tensor > 0 else gpus,
        redundant_experts=-1 if redundant is None else int(redundant),
        recipe=str(point.get("recipe") or "")
        or recipe_of(str(point.get("precision") or ""), model, known, engine),
        overlap=overlap_of(str(point.get("overlap") or "")),
        conditions=conditions,
    )


def _rate(point: Mapping[str, Any], gpus: int) -> float:
    """Tokens/s per GPU as published, or of an end-to-end run by Little's law.

    Rate = concurrency x output tokens / (TTFT + (output tokens - 1) x TPOT) / GPUs.
    """
    if point.get("value_per_gpu"):
        return float(point["value_per_gpu"])
    latency, output = _part(point, "latency"), point.get("output_len")
    first, each = latency.get("ttft_ms"), latency.get("tpot_ms")
    if not (point.get("concurrency") and output and first and each):
        raise Unusable("no value_per_gpu")
    seconds = (float(first) + (float(output) - 1.0) * float(each)) * 1e-3
    return float(point["concurrency"]) * float(output) / seconds / gpus


def _refuse_waiting(point: Mapping[str, Any], phase: str) -> None:
    """A run whose requests waited longer for their first token than they then took: nobody knows its batch.

    More were sent than the engine admits, which depends on what it reserves, and the rate says little of its steps.
    """
    latency, output = _part(point, "latency"), float(point.get("output_len") or 0.0)
    first, each = float(latency.get("ttft_ms") or 0.0), float(latency.get("tpot_ms") or 0.0)
    if phase == "colocated" and each and first > output * each:
        raise Unusable("requests waited longer than they were served: the batch that ran is not known")


def month_of(point: Mapping[str, Any]) -> str:
    """Month of the engine that was measured, as YYYY-MM; empty where neither the point nor its title tells."""
    if point.get("engine_month"):
        return str(point["engine_month"])
    title = str(_part(point, "source").get("title") or "")
    rounds = re.search(r"MLPerf Inference v(\d\.\d)", title)
    if rounds:
        return MLPERF_MONTH.get(rounds.group(1), "")
    found = re.search(r"\b(20\d\d-\d\d)\b", title)
    return found.group(1) if found else ""


def _phase(point: Mapping[str, Any]) -> str:
    """The kernel's word for the phase; a mixed point must count output tokens of units that do both."""
    phase = str(point.get("phase"))
    if phase in ("prefill", "decode", "colocated"):
        return phase
    if phase != "mixed":
        raise Unusable(f"unknown phase {phase!r}")
    if "disaggregated" in str(_part(point, "parallelism").get("desc")):
        raise Unusable("mixed figure of two kinds of units")
    if point.get("tokens_counted") != "output":
        raise Unusable("mixed figure that does not count output tokens alone")
    return "colocated"


def source_of(point: Mapping[str, Any]) -> str:
    """What was published together: the document, and in a collection of runs the single run."""
    title = str(_part(point, "source").get("title") or "unknown")
    run = re.search(r"cfg\d+", str(point.get("id")))
    return f"{title} [{run.group()}]" if run else title


def _accelerator(words: str) -> Accelerator:
    name = accelerator_called(words)
    if name is None:
        raise Unusable(f"unknown hardware {words!r}")
    return accelerator(name)


def _architecture(point: Mapping[str, Any]) -> Architecture:
    words = str(point.get("model_key") or point.get("model"))
    name = architecture_called(words)
    if name is None:
        raise Unusable(f"unknown model {words.split('/')[-1].lower()!r}")
    return architecture(name)


def _part(point: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return point.get(key) or {}


def _unit(point: Mapping[str, Any]) -> tuple[int, int]:
    """GPUs of the unit that was measured, and GPUs of one attention replica."""
    layout = _part(point, "parallelism")
    words = str(layout.get("desc") or "")
    worker = re.search(rf"{point['phase']} workers? x (\d+) GPUs", words)
    tensor = int(layout.get("tp") or 1)
    if layout.get("unit_gpus"):
        unit = int(layout["unit_gpus"])
        return unit, tensor
    if worker:
        return int(worker.group(1)), tensor
    gpus = layout.get("gpus") or layout.get("ep") or layout.get("tp")
    if not gpus:
        raise Unusable("no GPU count, EP or TP size")
    return int(gpus), tensor


def _conditions(point: Mapping[str, Any], gpus: int, redundant: int | None) -> Conditions:
    layout, drafting = _part(point, "parallelism"), _part(point, "mtp")
    drafts = int(drafting.get("draft_tokens") or 1) if drafting.get("on") else 0
    accepted = drafting.get("accept_len") or TYPICAL_ACCEPT_LENGTH.get(drafts, 1.0 + 0.6 * drafts)
    length, kv = point.get("input_len"), point.get("kv_len")
    if not length and not kv:
        raise Unusable("no lengths")
    words = f"{layout.get('desc') or ''} {point.get('note') or ''}".lower()
    balanced = point.get("balancedness")
    if balanced is None and ("balanced routing" in words or "perfect eplb" in words):
        balanced = 1.0
    if redundant == 0 and gpus > 8:
        balanced = published_balancedness(gpus, "plain")
    return Conditions(
        input_tokens=float(length or kv or 0.0),
        output_tokens=float(point.get("output_len") or 1.0),
        kv_tokens=float(kv) if kv else None,
        cache_hit_share=float(point.get("cache_hit_rate") or 0.0),
        draft_tokens=float(drafts),
        accept_length=min(float(accepted), 1.0 + drafts),
        balancedness=balanced,
    )


def _size(
    point: Mapping[str, Any], phase: str, gpus: int, tensor: int, rate: float, conditions: Conditions
) -> float:
    """Requests per GPU, or prompt tokens per GPU and pass (16,384 per attention replica unless given).

    Without a batch it follows from the latency by Little's law; a co-located run that states neither was
    saturated, and holds as many requests as its engine and its memory allow.
    """
    if phase != "prefill":
        batch = point.get("batch_per_gpu")
        if not batch and phase == "colocated":
            batch = (point.get("concurrency") or 0.0) / gpus
        each = _part(point, "latency").get("tpot_ms")
        if not batch and each:
            batch = rate * float(each) * 1e-3 / float(conditions.accept_length or 1.0)
        if not batch and phase == "colocated":
            batch = conditions.requests_per_gpu_limit
        if not batch:
            raise Unusable("no batch per GPU")
        return float(batch)
    if point.get("tokens_per_gpu_per_pass"):
        return float(point["tokens_per_gpu_per_pass"])
    words = f"{_part(point, 'parallelism').get('desc') or ''} {point.get('note') or ''}"
    found = re.search(r"([\d,]+)(K?) tokens per (?:device|GPU|NPU)", words)
    if found:
        return float(found.group(1).replace(",", "")) * (1024.0 if found.group(2) else 1.0)
    return DEFAULT_TOKENS_PER_PASS / tensor
