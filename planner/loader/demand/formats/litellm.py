"""Spend logs of the LiteLLM proxy: rows of its table `LiteLLM_SpendLogs` as CSV, or JSON of `/spend/logs`.

Columns as in its schema.prisma; times are in UTC. Requests that failed have no tokens; those that its own cache
answered (`cache_hit`) have, and no engine saw them. Customers are teams, of whose users one may follow the other; of
requests of none, end users (`user` of the request), and else keys.
"""

from __future__ import annotations

from planner.loader.demand.request_format import Fields, RequestFormat

FORMAT = RequestFormat(
    title="LiteLLM spend log",
    fields=Fields(
        time=("startTime",),
        input_tokens=("prompt_tokens",),
        output_tokens=("completion_tokens",),
        cached_tokens=(
            "metadata/usage_object/prompt_tokens_details/cached_tokens",
            "metadata/additional_usage_values/prompt_tokens_details/cached_tokens",
        ),
        model=("model_group", "model"),
        identity=("request_id",),
        from_cache=("cache_hit",),
        customer=("team_id", "end_user", "api_key"),
    ),
    recognises=lambda names: names >= {"request_id", "startTime", "prompt_tokens", "completion_tokens"},
    zone="UTC",
    may_lack_tokens=True,
)
