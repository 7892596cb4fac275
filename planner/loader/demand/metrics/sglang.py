"""Counters of SGLang (its page on production metrics, `--enable-metrics`; `--collect-tokens-histogram` for lengths)."""

from __future__ import annotations

TOOL = "SGLang"
COUNTERS = {
    "requests": (
        *("sglang:num_requests_total", "sglang:prompt_tokens_histogram_count"),
        "sglang:e2e_request_latency_seconds_count",
    ),
    "input_tokens": ("sglang:prompt_tokens_total", "sglang:prompt_tokens_histogram_sum"),
    "cached_tokens": ("sglang:cached_tokens_total",),
    "output_tokens": ("sglang:generation_tokens_total", "sglang:generation_tokens_histogram_sum"),
}
LENGTHS = {
    "input_tokens": ("sglang:prompt_tokens_histogram_bucket",),
    "output_tokens": ("sglang:generation_tokens_histogram_bucket",),
}
LATENCIES = {"ttft_ms": ("sglang:time_to_first_token_seconds_bucket",)}
