"""Observations of Langfuse: JSON lines of an export, or JSON of its API (`/api/public/observations`).

Fields as in its API reference and its page on blob storage exports, whose times are in UTC. Observations without
usage are no calls of a model; the parts of a usage add up, so that cached tokens are none of `input`.
"""

from __future__ import annotations

from planner.loader.demand.request_format import Fields, RequestFormat

FORMAT = RequestFormat(
    title="Langfuse observations",
    fields=Fields(
        time=("startTime", "start_time"),
        input_tokens=("usageDetails/input", "usage_details/input", "usage/input", "promptTokens"),
        output_tokens=("usageDetails/output", "usage_details/output", "usage/output", "completionTokens"),
        cached_tokens=(
            "usageDetails/input_cached_tokens",
            "usage_details/input_cached_tokens",
            "usageDetails/cache_read_input_tokens",
            "usage_details/cache_read_input_tokens",
        ),
        model=("model", "provided_model_name", "providedModelName"),
        identity=("id",),
    ),
    recognises=lambda names: (
        bool(names & {"startTime", "start_time"})
        and bool(names & {"traceId", "trace_id"})
        and bool(names & {"usageDetails", "usage_details", "usage", "promptTokens"})
    ),
    zone="UTC",
    may_lack_tokens=True,
    cached_apart=True,
)
