"""Counters of Hugging Face text-generation-inference (its reference of metrics); histograms by their sums."""

from __future__ import annotations

TOOL = "TGI"
COUNTERS = {
    "requests": ("tgi_request_count", "tgi_request_success", "tgi_request_generated_tokens_count"),
    "input_tokens": ("tgi_request_input_length_sum",),
    "output_tokens": ("tgi_request_generated_tokens_sum",),
}
LENGTHS = {
    "input_tokens": ("tgi_request_input_length_bucket",),
    "output_tokens": ("tgi_request_generated_tokens_bucket",),
}
