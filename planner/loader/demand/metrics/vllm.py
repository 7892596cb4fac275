"""Counters of vLLM (vllm/v1/metrics/loggers.py); requests count when they end, `prefix_cache_hits` counts tokens.

Ray Serve exports the same with `ray_` before their names.
"""

from __future__ import annotations

TOOL = "vLLM"
COUNTERS = {
    "requests": ("vllm:request_success_total", "vllm:request_prompt_tokens_count"),
    "input_tokens": ("vllm:request_prompt_tokens_sum", "vllm:prompt_tokens_total"),
    "cached_tokens": ("vllm:prefix_cache_hits_total",),
    "output_tokens": ("vllm:generation_tokens_total", "vllm:request_generation_tokens_sum"),
}
LENGTHS = {
    "input_tokens": ("vllm:request_prompt_tokens_bucket",),
    "output_tokens": ("vllm:request_generation_tokens_bucket",),
}
LATENCIES = {
    "ttft_ms": ("vllm:time_to_first_token_seconds_bucket",),
    "tpot_ms": ("vllm:request_time_per_output_token_seconds_bucket",),
}
