"""Logs of OpenAI-style gateways and servers (vLLM among them): JSON lines with the `usage` object of an answer.

`usage` is that of OpenAI's API reference (`prompt_tokens`, `completion_tokens`, `prompt_tokens_details.cached_tokens`;
of the Responses API `input_tokens`, `output_tokens`, `input_tokens_details.cached_tokens`), on top of the record or in
its `response` or `response.body`; beside it the time, or `created` within the answer.
"""

from __future__ import annotations

from planner.loader.demand.request_format import Fields, RequestFormat

_PLACES = ("", "response/", "response/body/")


def _anywhere(*names: str) -> tuple[str, ...]:
    return tuple(f"{place}{name}" for place in _PLACES for name in names)


FORMAT = RequestFormat(
    title="OpenAI-style gateway log (`usage` in each record)",
    fields=Fields(
        time=(
            *("timestamp", "time", "ts", "request_time", "start_time", "startTime", "@timestamp"),
            *_anywhere("created", "created_at"),
        ),
        input_tokens=_anywhere("usage/prompt_tokens", "usage/input_tokens"),
        output_tokens=_anywhere("usage/completion_tokens", "usage/output_tokens"),
        cached_tokens=_anywhere(
            "usage/prompt_tokens_details/cached_tokens", "usage/input_tokens_details/cached_tokens"
        ),
        model=_anywhere("model"),
        identity=("request_id", *_anywhere("id")),
        customer=("user", "request/user"),
    ),
    recognises=lambda names: bool(names & set(_anywhere("usage/prompt_tokens", "usage/input_tokens"))),
    may_lack_tokens=True,
)
