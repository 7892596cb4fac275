"""Counters of the LiteLLM proxy (its page on Prometheus metrics)."""

from __future__ import annotations

TOOL = "LiteLLM"
COUNTERS = {
    "requests": ("litellm_requests_metric_total", "litellm_proxy_total_requests_metric_total"),
    "input_tokens": ("litellm_input_tokens_metric_total",),
    "cached_tokens": ("litellm_input_cached_tokens_metric_total",),
    "output_tokens": ("litellm_output_tokens_metric_total",),
}
LENGTHS: dict[str, tuple[str, ...]] = {}
