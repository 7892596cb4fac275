"""Families of models by the `model_type` of their configuration.

Keys and their defaults are those of the configuration classes of the library transformers, version 5.24.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.loader.catalog.models.grouped import (
    dense,
    gemma3,
    gemma4,
    glm4_moe,
    gpt_oss,
    llama4,
    minimax_m2,
    mixtral,
    qwen3_moe,
)
from planner.loader.catalog.models.hybrid import nemotron_h, qwen3_next
from planner.loader.catalog.models.latent import deepseek, deepseek_sparse, deepseek_v4, minimax_m3

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.loader.catalog.models.config import Config
    from planner.loader.catalog.models.parts import Figures

FAMILIES: dict[str, Callable[[Config], Figures]] = {
    "deepseek_v2": deepseek,
    "deepseek_v3": deepseek,
    "deepseek_v32": deepseek_sparse,
    "deepseek_v4": deepseek_v4,
    "gemma3": gemma3,
    "gemma3_text": gemma3,
    "gemma4": gemma4,
    "gemma4_text": gemma4,
    "glm4_moe": glm4_moe,
    "glm_moe_dsa": deepseek_sparse,
    "gpt_oss": gpt_oss,
    "kimi_k2": deepseek,
    "llama": dense,
    "llama4": llama4,
    "llama4_text": llama4,
    "minimax_m2": minimax_m2,
    "minimax_m3": minimax_m3,
    "minimax_m3_vl": minimax_m3,
    "mistral": dense,
    "mixtral": mixtral,
    "nemotron_h": nemotron_h,
    "qwen2": dense,
    "qwen3": dense,
    "qwen3_5": qwen3_next,
    "qwen3_5_moe": qwen3_next,
    "qwen3_5_moe_text": qwen3_next,
    "qwen3_5_text": qwen3_next,
    "qwen3_moe": qwen3_moe,
    "qwen3_next": qwen3_next,
    "qwen3_vl_moe_text": qwen3_moe,
    "qwen3_vl_text": dense,
}
