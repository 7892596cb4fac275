"""How a replica was served, in the kernel's words: its precision recipe, its engine with the month of the version."""

from __future__ import annotations

import re

import kernels
from kernels.calibration.runs import month_of_version
from kernels.calibration.words import accelerator_called, architecture_called, engine_of, recipe_of
from kernels.efficiency import engine_names
from kernels.recipe import AUTO, recipe_of_checkpoint

SAME_WORDS = {"bfloat16": "bf16", "float16": "fp16", "w4a16": "int4", "awq": "int4", "gptq": "int4"}
"""Words of engines and checkpoints for what `recipe_of` calls otherwise."""
KEEPS_NARROW_CACHE = "tensorrt-llm"
"""The engine that keeps an FP8 cache beside FP8 weights unasked; others keep one of 16 bits."""
OF_CHECKPOINTS = re.compile(
    r"nvfp4|mxfp4|mxfp8|fp4|fp8|w8a8|w4a16|w4a8|w8a16|awq|gptq|int4|int8|bf16", re.ASCII
)
"""Words for a precision in the name of a checkpoint."""


def hardware_called(words: str) -> str:
    """The catalog's name of an accelerator, or the words themselves."""
    return accelerator_called(words) or words


def model_called(words: str) -> str:
    """The catalog's name of a model or checkpoint, or the words themselves."""
    return architecture_called(words) or words


def recipe_said(precision: str, model: str, accelerator: str, engine: str) -> str | None:
    """The recipe that words for a precision mean; None where they mean none that is known."""
    if precision.lower() in kernels.recipe_names():
        return precision.lower()
    text = precision.lower()
    for word, same in SAME_WORDS.items():
        text = text.replace(word, same)
    if "w8a8" in text and "fp8" not in text:
        text = "int8"
    known = kernels.architecture(model) if model in kernels.architecture_names() else None
    where = kernels.accelerator(accelerator) if accelerator in kernels.accelerator_names() else None
    name = undated_engine(engine)
    found = recipe_of(text, known, where, name)
    if found == "fp8_cache8" and "kv" not in text and name != KEEPS_NARROW_CACHE:
        return "fp8"
    return None if found == AUTO else found


def recipe_of_model(words: str, model: str, accelerator: str, engine: str) -> str | None:
    """The recipe that the name of a checkpoint tells: a published one's, or by the words in it; None: it tells none."""
    published = recipe_of_checkpoint(words, model)
    if published is not None:
        return published
    told = OF_CHECKPOINTS.search(words.split("/")[-1].lower())
    return recipe_said(told.group(), model, accelerator, engine) if told is not None else None


def undated_engine(engine: str) -> str:
    """The kernel's name of an engine that is called so, its version left out."""
    return engine_of(engine.split()[0]) if engine.split() else ""


def fitted_engine(engine: str) -> str:
    """The engine as the kernel takes it, `name`, or `name-YYYY-MM` by its version; empty where it knows none so."""
    name = undated_engine(engine)
    if name not in engine_names():
        return ""
    month = month_of_version(name, " ".join(engine.split()[1:]))
    return f"{name}-{month}" if month else name
