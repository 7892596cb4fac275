"""One measured throughput point, translated from the words of a benchmark file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from kernels.accelerator import Accelerator, accelerator, accelerator_names
from kernels.architecture import Architecture, architecture, architecture_names
from kernels.balance_table import published_balancedness
from kernels.conditions import Conditions
from kernels.facts import read

if TYPE_CHECKING:
    from collections.abc import Mapping

# tokens per step by drafts: LMSYS and Ant Group (1, 2), SGLang (3, 4), TensorRT-LLM (5)
TYPICAL_ACCEPT_LENGTH = {0: 1.0, 1: 1.8, 2: 2.55, 3: 2.4, 4: 2.7, 5: 3.0}
DEFAULT_TOKENS_PER_PASS = 16384.0


class Unusable(ValueError):
    """The point lacks what a prediction needs; the message says what."""


@dataclass(frozen=True)
class Measurement:
    """A point in the kernel's terms. `phase` is `prefill`, `decode` or `colocated`; `rate_per_gpu` counts
    computed prompt tokens/s for prefill and output tokens/s for the others; `size` is prompt tokens per
    GPU and pass, or requests per GPU."""

    name: str
    source: str
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
    rate = point.get("value_per_gpu")
    if not rate:
        raise Unusable("no value_per_gpu")
    gpus, tensor = _unit(point)
    redundant = _part(point, "parallelism").get("redundant_experts")
    conditions = _conditions(point, gpus, redundant)
    return Measurement(
        name=str(point["id"]),
        source=source_of(point),
        tier=str(point.get("tier")),
        phase=phase,
        engine=engine_of(str(point.get("engine") or "")),
        rate_per_gpu=float(rate),
        size=_size(point, phase, gpus, tensor),
        architecture=_architecture(point),
        accelerator=_accelerator(str(point.get("hardware"))),
        gpus=gpus,
        tensor_parallel=tensor,
        redundant_experts=-1 if redundant is None else int(redundant),
        recipe=recipe_of(str(point.get("precision") or "")),
        overlap=overlap_of(str(point.get("overlap") or "")),
        conditions=conditions,
    )


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


def recipe_of(words: str) -> str:
    """Precision recipe of a benchmark's own words."""
    text = words.lower()
    if "mxfp4" in text:
        return "mxfp4"
    if "fp4" in text:
        return "fp4"
    if "w4a8" in text:
        return "w4a8"
    if "w8a16" in text:
        return "w8a16"
    if "int8" in text:
        return "int8"
    if "fp8 mla" in text:
        return "fp8_kv8"
    if "fp8" in text:
        return "fp8"
    return "bf16" if "bf16" in text or "fp16" in text else "auto"


def overlap_of(words: str) -> str:
    """Overlap mode of a benchmark's own words; silence leaves the engine its better choice."""
    text = words.lower()
    if "sbo" in text or "single-batch" in text:
        return "single_batch"
    named = ("tbo", "dbo", "two-micro-batch", "dual-batch", "micro-batch")
    if any(word in text for word in named):
        return "none" if "off" in text else "two_batch"
    return "none" if text == "off" else "auto"


@cache
def _engines() -> dict[str, str]:
    return {word: name for name, words in read("", "engines").items() for word in words}


def engine_of(words: str) -> str:
    """Engine name without version; unknown engines keep their own lower-case name."""
    return _engines().get(words.lower(), words.lower())


@cache
def _accelerators() -> dict[str, str]:
    named: dict[str, str] = {}
    for name in accelerator_names():
        words = [name, *read("accelerators", name).get("aliases", ())]
        named |= {re.sub(r"[^a-z0-9]", "", word.lower()): name for word in words}
    return named


def _accelerator(words: str) -> Accelerator:
    name = _accelerators().get(re.sub(r"[^a-z0-9]", "", words.lower()))
    if name is None:
        raise Unusable(f"unknown hardware {words!r}")
    return accelerator(name)


def _architecture(point: Mapping[str, Any]) -> Architecture:
    name = str(point.get("model_key") or point.get("model")).lower()
    if name not in architecture_names():
        raise Unusable(f"unknown model {name!r}")
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
        unit, expert = int(layout["unit_gpus"]), int(layout.get("ep") or 0)
        if 0 < max(expert, tensor) < unit:
            raise Unusable(f"layout contradicts itself: {unit} GPUs as one unit, EP{expert} and TP{tensor}")
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


def _size(point: Mapping[str, Any], phase: str, gpus: int, tensor: int) -> float:
    """Requests per GPU, or prompt tokens per GPU and pass (16,384 per attention replica unless given)."""
    if phase != "prefill":
        batch = point.get("batch_per_gpu")
        if not batch and phase == "colocated":
            batch = (point.get("concurrency") or 0.0) / gpus
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
