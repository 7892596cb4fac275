"""Counters of TensorRT-LLM's server (tensorrt_llm/metrics/collector.py), which has no histograms of lengths."""

from __future__ import annotations

TOOL = "TensorRT-LLM"
COUNTERS = {
    "requests": ("trtllm_request_success_total", "trtllm_e2e_request_latency_seconds_count"),
    "input_tokens": ("trtllm_prompt_tokens_total",),
    "cached_tokens": ("trtllm_prompt_cached_tokens_total",),
    "output_tokens": ("trtllm_generation_tokens_total",),
}
LATENCIES = {"ttft_ms": ("trtllm_time_to_first_token_seconds_bucket",)}
