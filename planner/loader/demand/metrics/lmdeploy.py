"""Counters of LMDeploy (lmdeploy/metrics/loggers.py, `--enable-metrics`), named after vLLM's."""

from __future__ import annotations

TOOL = "LMDeploy"
COUNTERS = {
    "requests": ("lmdeploy:request_success_total", "lmdeploy:request_prompt_tokens_count"),
    "input_tokens": ("lmdeploy:request_prompt_tokens_sum", "lmdeploy:prompt_tokens_total"),
    "output_tokens": ("lmdeploy:generation_tokens_total", "lmdeploy:request_generation_tokens_sum"),
}
LENGTHS = {
    "input_tokens": ("lmdeploy:request_prompt_tokens_bucket",),
    "output_tokens": ("lmdeploy:request_generation_tokens_bucket",),
}
LATENCIES = {"ttft_ms": ("lmdeploy:time_to_first_token_seconds_bucket",)}
