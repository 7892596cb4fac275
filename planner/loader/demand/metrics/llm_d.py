"""Counters of the endpoint picker of llm-d's router and of the Gateway API Inference Extension, newer names first.

Prompts, answers and cached tokens are histograms of the tokens of a request, as the model server reports its usage.
"""

from __future__ import annotations

TOOL = "llm-d"
_PREFIXES = ("llm_d_epp_request", "inference_objective", "inference_model")
COUNTERS = {
    "requests": (
        *("llm_d_epp_request_total", "inference_objective_request_total", "inference_model_request_total"),
        *(f"{prefix}_input_tokens_count" for prefix in _PREFIXES),
    ),
    "input_tokens": tuple(f"{prefix}_input_tokens_sum" for prefix in _PREFIXES),
    "cached_tokens": ("llm_d_epp_request_cached_tokens_sum", "inference_objective_prompt_cached_tokens_sum"),
    "output_tokens": tuple(f"{prefix}_output_tokens_sum" for prefix in _PREFIXES),
}
LENGTHS = {
    measure: tuple(f"{prefix}_{measure}_bucket" for prefix in _PREFIXES)
    for measure in ("input_tokens", "output_tokens")
}
