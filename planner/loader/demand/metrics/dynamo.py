"""Counters of the frontend of NVIDIA Dynamo (its catalog of metrics); histograms by their sums."""

from __future__ import annotations

TOOL = "Dynamo"
COUNTERS = {
    "requests": ("dynamo_frontend_requests_total", "dynamo_frontend_input_sequence_tokens_count"),
    "input_tokens": ("dynamo_frontend_input_sequence_tokens_sum",),
    "cached_tokens": ("dynamo_frontend_cached_tokens_sum",),
    "output_tokens": ("dynamo_frontend_output_tokens_total", "dynamo_frontend_output_sequence_tokens_sum"),
}
LENGTHS = {
    "input_tokens": ("dynamo_frontend_input_sequence_tokens_bucket",),
    "output_tokens": ("dynamo_frontend_output_sequence_tokens_bucket",),
}
LATENCIES = {"ttft_ms": ("dynamo_frontend_time_to_first_token_seconds_bucket",)}
