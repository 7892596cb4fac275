"""What benchmark files call engines, accelerators, models, precision and overlap, in the kernel's names."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from kernels.accelerator import accelerator_names
from kernels.architecture import architecture_words
from kernels.facts import read
from kernels.recipe import usual_recipes

if TYPE_CHECKING:
    from kernels.accelerator import Accelerator
    from kernels.architecture import Architecture

RECIPE_WORDS = {"w4a8": "w4a8", "w8a16": "w8a16", "int8": "int8", "int4": "w4a16", "fp8 mla": "fp8_kv8"}
CHECKPOINT_END = re.compile(  # of a name: what it was trained for and when, and in which numbers it is stored
    r"-(instruct|chat|it|thinking|base|hf|v?\d{1,4}|kv|dynamic|"
    r"(quantized\.)?(w\d+a\d+|nvfp4|mxfp4|mxfp8|fp4|fp8|int8|int4|bf16|awq|gptq))$"
)


def recipe_of(
    words: str, model: Architecture | None = None, accelerator: Accelerator | None = None, engine: str = ""
) -> str:
    """Precision recipe of a benchmark's own words.

    FP4 is NVFP4 throughout but for latent attention, whose checkpoints keep their projections wider, and for
    models published in MXFP4, whose activations are narrow where the accelerator computes in FP4.
    TensorRT-LLM keeps an FP8 cache beside FP8 weights, and so do the published runs of dense models.
    """
    text = words.lower()
    natively = accelerator is not None and accelerator.fp4_flop_per_s > 0.0
    if model is not None and "mxfp4" in usual_recipes(model.name):
        return "mxfp4_fp8" if natively else "mxfp4"
    if "fp4" in text:
        latent = model is None or model.attention == "mla"
        return ("mxfp4" if "mxfp4" in text else "fp4") if latent else "nvfp4"
    for word, name in RECIPE_WORDS.items():
        if word in text:
            return name
    if "fp8" in text:
        dense = model is not None and not model.routed_experts
        narrow = "fp8 kv" in text or engine == "tensorrt-llm" or dense
        return "fp8_cache8" if narrow and model is not None else "fp8"
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


def accelerator_called(words: str) -> str | None:
    """Name of the accelerator that a benchmark file or a driver calls so; letters and digits alone count."""
    return _accelerators().get(re.sub(r"[^a-z0-9]", "", words.lower()))


@cache
def _architectures() -> dict[str, str]:
    """Names of architectures by the words for them, read once."""
    return architecture_words()


def architecture_called(words: str) -> str | None:
    """Name of the architecture of a model or checkpoint, its owner and the ends of checkpoints left out."""
    name, known = words.split("/")[-1].lower().removeprefix("meta-"), _architectures()
    while name not in known and CHECKPOINT_END.search(name):
        name = CHECKPOINT_END.sub("", name)
    return known.get(name)
