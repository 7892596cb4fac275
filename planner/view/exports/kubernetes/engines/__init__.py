"""Serving engines: how each is launched. A new engine is a file with an `Engine` and its entry in `ENGINES`."""

from __future__ import annotations

from planner.view.exports.kubernetes.engines.engine import Engine, Launch
from planner.view.exports.kubernetes.engines.sglang import SGLANG
from planner.view.exports.kubernetes.engines.tensorrt_llm import TENSORRT_LLM
from planner.view.exports.kubernetes.engines.vllm import VLLM

__all__ = ["ENGINES", "USUAL", "Engine", "Launch"]

ENGINES: dict[str, Engine] = {"vllm": VLLM, "sglang": SGLANG, "tensorrt-llm": TENSORRT_LLM}
"""By the names that deployments give them."""

USUAL = "vllm"
"""What is written where the plan names no engine of these."""
