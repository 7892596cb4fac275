"""One estimate of the public package `aiconfigurator`: seconds of a decode token, a prefill pass, or a mixed run."""

from __future__ import annotations

import importlib
import logging
from dataclasses import dataclass
from functools import cache
from textwrap import shorten
from typing import Any

from planner.core.errors import ExitCode, PlannerError
from planner.core.extras import ExtraMissing, need

SYSTEMS = {
    "a100_80gb": "a100_sxm",
    "b200": "b200_sxm",
    "b300": "b300_sxm",
    "gb200_nvl72": "gb200",
    "gb300_nvl72": "gb300",
    "h100": "h100_sxm",
    "h200": "h200_sxm",
    "l40s": "l40s",
}
MODELS = {
    "deepseek-r1": "deepseek-ai/DeepSeek-R1",
    "deepseek-v3": "deepseek-ai/DeepSeek-V3",
    "deepseek-v3.2": "deepseek-ai/DeepSeek-V3.2",
    "deepseek-v4-flash": "deepseek-ai/DeepSeek-V4-Flash",
    "deepseek-v4-pro": "deepseek-ai/DeepSeek-V4-Pro",
    "gemma-4-26b-a4b": "google/gemma-4-26B-A4B",
    "glm-5": "zai-org/GLM-5",
    "glm-5.2": "zai-org/GLM-5.2",
    "gpt-oss-120b": "openai/gpt-oss-120b",
    "gpt-oss-20b": "openai/gpt-oss-20b",
    "kimi-k2": "moonshotai/Kimi-K2-Instruct",
    "kimi-k2.5": "moonshotai/Kimi-K2.5",
    "llama-3.1-405b": "meta-llama/Meta-Llama-3.1-405B",
    "llama-3.1-70b": "meta-llama/Meta-Llama-3.1-70B",
    "llama-3.1-8b": "meta-llama/Meta-Llama-3.1-8B",
    "llama-4-maverick": "meta-llama/Llama-4-Maverick-17B-128E-Instruct",
    "llama-4-scout": "meta-llama/Llama-4-Scout-17B-16E-Instruct",
    "minimax-m2.5": "MiniMaxAI/MiniMax-M2.5",
    "minimax-m3": "MiniMaxAI/MiniMax-M3",
    "mixtral-8x22b": "mistralai/Mixtral-8x22B-v0.1",
    "mixtral-8x7b": "mistralai/Mixtral-8x7B-v0.1",
    "nemotron-3-nano-30b-a3b": "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
    "nemotron-3-ultra-550b-a55b": "nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16",
    "qwen3-235b-a22b": "Qwen/Qwen3-235B-A22B",
    "qwen3-30b-a3b": "Qwen/Qwen3-30B-A3B",
    "qwen3-32b": "Qwen/Qwen3-32B",
    "qwen3-8b": "Qwen/Qwen3-8B",
    "qwen3-coder-480b-a35b": "Qwen/Qwen3-Coder-480B-A35B-Instruct",
    "qwen3.5-122b-a10b": "Qwen/Qwen3.5-122B-A10B",
    "qwen3.5-27b": "Qwen/Qwen3.5-27B",
    "qwen3.5-35b-a3b": "Qwen/Qwen3.5-35B-A3B",
    "qwen3.5-397b-a17b": "Qwen/Qwen3.5-397B-A17B",
}
"""Names there, of models whose shapes come with it (version 0.12)."""
BACKENDS = {"sglang": "sglang", "tensorrt-llm": "trtllm", "vllm": "vllm"}
DEFAULT_BACKEND = "sglang"


class SourceUnavailable(PlannerError):
    """The package rates are asked from is not installed."""

    exit_code = ExitCode.SOLVER_UNAVAILABLE


class NoEstimate(ValueError):
    """The package has no data for this question; the message is its reason, shortened."""


@dataclass(frozen=True)
class EstimateRequest:
    """A unit in kernel names. `batch` counts requests (decode) or prompts (prefill) per attention replica."""

    model: str
    hardware: str
    engine: str
    gpus: int
    tensor_parallel: int
    batch: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    draft_tokens: int = 0
    accept_length: float = 1.0
    quantised: str = ""
    """Its word for the format of weights and experts, empty for that of the checkpoint."""


@cache
def _estimate() -> Any:
    """The package's estimate function. Raises SourceUnavailable."""
    try:
        need("rates of aiconfigurator", "aiconfigurator")
        found = importlib.import_module("aiconfigurator.cli.api")
    except ExtraMissing as missing:
        raise SourceUnavailable(f"{missing}; or use --source kernel") from None
    except ImportError as error:
        raise SourceUnavailable(f"aiconfigurator does not load: {error}; use --source kernel") from error
    logging.getLogger("aiconfigurator").setLevel(logging.ERROR)
    logging.getLogger("aiconfigurator_core").setLevel(logging.ERROR)
    return found.cli_estimate


@cache
def decode_seconds(question: EstimateRequest) -> float:
    """Seconds per output token. Raises NoEstimate, SourceUnavailable."""
    return float(_ask(question, "static_gen").tpot) / 1e3


@cache
def prefill_seconds(question: EstimateRequest) -> float:
    """Seconds of one pass over `batch` prompts per replica. Raises NoEstimate, SourceUnavailable."""
    return float(_ask(question, "static_ctx").ttft) / 1e3


@cache
def run_seconds(question: EstimateRequest) -> tuple[float, float]:
    """Seconds to the first token and per output token with `batch` requests at once, prompts and answers mixed.

    Raises NoEstimate, SourceUnavailable.
    """
    found = _ask(question, "agg")
    return float(found.ttft) / 1e3, float(found.tpot) / 1e3


def _ask(question: EstimateRequest, mode: str) -> Any:
    if question.hardware not in SYSTEMS:
        raise NoEstimate(f"aiconfigurator has no data on {question.hardware}")
    if question.model not in MODELS:
        raise NoEstimate(f"aiconfigurator does not cover {question.model}")
    ask = _estimate()
    try:
        found = ask(
            MODELS[question.model],
            SYSTEMS[question.hardware],
            mode=mode,
            backend_name=BACKENDS.get(question.engine, DEFAULT_BACKEND),
            isl=question.input_tokens,
            osl=question.output_tokens,
            prefix=question.cached_tokens,
            batch_size=question.batch,
            tp_size=question.tensor_parallel,
            attention_dp_size=question.gpus // question.tensor_parallel,
            moe_tp_size=1,
            moe_ep_size=question.gpus,
            nextn=question.draft_tokens,
            nextn_accepted=question.accept_length - 1.0 if question.draft_tokens else None,
            gemm_quant_mode=question.quantised or None,
            moe_quant_mode=question.quantised or None,
        )
    except Exception as error:  # the package raises many kinds; none of them is ours to repair
        raise NoEstimate(f"aiconfigurator: {shorten(str(error), 120, placeholder=' ...')}") from error
    return found
