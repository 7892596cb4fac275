"""Observations of Langfuse: JSON lines of an export, or JSON of its API (`/api/public/observations`).

Fields as in its API reference and its page on blob storage exports, whose times are in UTC. Observations without
usage are no calls of a model. The parts of a usage add up, under names of whoever wrote them: prompts are all that have
`input` in their name, cached ones among them those with `cache` that were not written (`cache_creation_input_tokens`).
The older `usage` has a unit, which may be another than tokens: such observations tell no token counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.loader.demand.request_format import Fields, RequestFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

_USAGE = ("usageDetails", "usage_details")
_PROMPT, _ANSWER, _CACHED = (f"usageDetails of {what}" for what in ("input", "output", "cached input"))


def _summed(parts: list[Any]) -> Any:
    """The sum of parts; one that is no number, for a message, where there is any; None of no parts."""
    odd = [part for part in parts if not isinstance(part, int | float) or isinstance(part, bool)]
    return odd[0] if odd else sum(parts) if parts else None


def _in_tokens(observation: Any) -> Any:
    """The observation without its older `usage`, where that counts characters, seconds, images or requests."""
    older = observation.get("usage") if isinstance(observation, dict) else None
    unit = older.get("unit") if isinstance(older, dict) else None
    return observation if unit in (None, "", "TOKENS") else {**observation, "usage": None}


def _with_sums(observation: Any) -> Iterator[Any]:
    usage = next(
        (observation[key] for key in _USAGE if isinstance(observation, dict) and observation.get(key)), None
    )
    if not isinstance(usage, dict):
        yield _in_tokens(observation)
        return
    prompts = {key: part for key, part in usage.items() if "input" in key}
    cached = [
        part for key, part in prompts.items() if "cache" in key and "creat" not in key and "write" not in key
    ]
    answers = [part for key, part in usage.items() if "output" in key]
    sums = zip((_PROMPT, _ANSWER, _CACHED), ([*prompts.values()], answers, cached), strict=True)
    yield {**observation, **{name: _summed(parts) for name, parts in sums}}


FORMAT = RequestFormat(
    title="Langfuse observations",
    fields=Fields(
        time=("startTime", "start_time"),
        input_tokens=(_PROMPT, "usage/input", "promptTokens"),
        output_tokens=(_ANSWER, "usage/output", "completionTokens"),
        cached_tokens=(_CACHED,),
        model=("model", "provided_model_name", "providedModelName"),
        identity=("id",),
        customer=("userId", "user_id"),
    ),
    recognises=lambda names: (
        bool(names & {"startTime", "start_time"})
        and bool(names & {"traceId", "trace_id"})
        and bool(names & {"usageDetails", "usage_details", "usage", "promptTokens"})
    ),
    zone="UTC",
    may_lack_tokens=True,
    unfold=_with_sums,
)
