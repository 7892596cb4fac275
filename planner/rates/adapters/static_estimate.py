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
    "kimi-k2": "moonshotai/Kimi-K2-Instruct",
    "gpt-oss-120b": "openai/gpt-oss-120b",
    "llama-3.1-70b": "meta-llama/Meta-Llama-3.1-70B",
    "llama-3.1-405b": "meta-llama/Meta-Llama-3.1-405B",
    "qwen3-235b-a22b": "Qwen/Qwen3-235B-A22B",
    "qwen3-30b-a3b": "Qwen/Qwen3-30B-A3B",
    "qwen3-32b": "Qwen/Qwen3-32B",
    "qwen3-8b": "Qwen/Qwen3-8B",
}
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
