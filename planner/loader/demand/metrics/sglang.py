"""Counters of SGLang (its page on production metrics, `--enable-metrics`)."""

from __future__ import annotations

TOOL = "SGLang"
COUNTERS = {
    "requests": ("sglang:num_requests_total", "sglang:e2e_request_latency_seconds_count"),
    "input_tokens": ("sglang:prompt_tokens_total",),
    "cached_tokens": ("sglang:cached_tokens_total",),
    "output_tokens": ("sglang:generation_tokens_total",),
}
LENGTHS: dict[str, str] = {}
