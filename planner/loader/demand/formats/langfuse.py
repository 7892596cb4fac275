"""Observations of Langfuse: JSON lines or CSV of an export, or JSON of its API (`/api/public/observations`).

Fields as in its API reference and its page on blob storage exports, whose times are in UTC. Observations without
usage are no calls of a model. The parts of a usage add up, under names of whoever wrote them: prompts are all that have
`input` in their name, cached ones among them those with `cache` that were not written (`cache_creation_input_tokens`).
Where they exceed a stated `total` (of the usage, of the older `usage`, or `totalTokens`), some lie within others, as
some writers have it: then plain `input` and `output` count if they come to it, and nothing does otherwise. Where no
total is stated they are added up, as Langfuse does (its page on token and cost tracking), which is said. Of
observations within one another the innermost count.
The older `usage` has a unit, which may be another than tokens: such observations tell no token counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.loader.demand.request_format import Fields, RequestFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

_USAGE = ("usageDetails", "usage_details")
_PARENT = ("parentObservationId", "parent_observation_id")
_PROMPT, _ANSWER, _CACHED = (f"usageDetails of {what}" for what in ("input", "output", "cached input"))
_WITHIN, _ADDED = "usageDetails within others", "usageDetails without a total"
_NO_CALLS = {"AGENT", "TOOL", "CHAIN"}
"""Types of observations that have other calls within them."""


def _summed(parts: list[Any]) -> Any:
    """The sum of parts; one that is no number, for a message, where there is any; None of no parts."""
    odd = [part for part in parts if not isinstance(part, int | float) or isinstance(part, bool)]
    return odd[0] if odd else sum(parts) if parts else None


def _in_tokens(observation: Any) -> Any:
    """The observation without its older `usage`, where that counts characters, seconds, images or requests."""
    older = observation.get("usage") if isinstance(observation, dict) else None
    unit = older.get("unit") if isinstance(older, dict) else None
    return observation if unit in (None, "", "TOKENS") else {**observation, "usage": None}


def _observed(observation: Any) -> Iterator[Any]:
    """An observation with the sums of its usage; one that has other calls within it lies in none."""
    if isinstance(observation, dict) and str(observation.get("type")) in _NO_CALLS:
        observation = {key: value for key, value in observation.items() if key not in _PARENT}
    yield from _with_sums(observation)


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
    answers = {key: part for key, part in usage.items() if "output" in key}
    sums = [_summed([*parts.values()]) for parts in (prompts, answers)]
    total = _total(observation, usage)
    counted = _in_total(usage, total, sums)
    added = total is None and any(_may_lie_within(usage, whole) for whole in ("input", "output"))
    figures = (*(counted or sums), _summed(cached), counted is not None, added)
    yield {**observation, **dict(zip((_PROMPT, _ANSWER, _CACHED, _WITHIN, _ADDED), figures, strict=True))}


def _total(observation: dict[str, Any], usage: dict[str, Any]) -> Any:
    """The total that is stated of a usage, in any of the places; None where none is."""
    older = _in_tokens(observation).get("usage")
    stated = (
        usage.get("total"),
        older.get("total") if isinstance(older, dict) else None,
        observation.get("totalTokens"),
        observation.get("total_tokens"),
    )
    return next((total for total in stated if total), None)


def _may_lie_within(usage: dict[str, Any], whole: str) -> bool:
    """Whether beside `input` (or `output`) there are parts that may be counted in it."""
    parts = [part for key, part in usage.items() if whole in key and key != whole]
    figures = [usage.get(whole), _summed(parts)]
    return all(isinstance(one, int | float) and one > 0 for one in figures) and figures[1] <= figures[0]


def _in_total(usage: dict[str, Any], total: Any, sums: list[Any]) -> list[Any] | None:
    """Prompt and answer of a usage whose parts exceed its total: the plain ones, where these come to it.

    None where the parts do not exceed it, a text in place of the prompt where nothing comes to it.
    """
    known = [0 if one is None else one for one in sums]
    if not all(isinstance(one, int | float) for one in (total, *known)) or not total or sum(known) <= total:
        return None
    plain = [usage.get(key, figure) for key, figure in zip(("input", "output"), known, strict=True)]
    for counted in ([plain[0], known[1]], [known[0], plain[1]], plain):
        if all(isinstance(one, int | float) for one in counted) and sum(counted) == total:
            return counted
    return [f"{sum(known):g} in parts of a total of {total:g}", sums[1]]


FORMAT = RequestFormat(
    title="Langfuse observations",
    fields=Fields(
        time=("startTime", "start_time"),
        input_tokens=(_PROMPT, "usage/input", "promptTokens", "inputTokens"),
        output_tokens=(_ANSWER, "usage/output", "completionTokens", "outputTokens"),
        cached_tokens=(_CACHED,),
        model=("model", "provided_model_name", "providedModelName"),
        identity=("id",),
        around=_PARENT,
        in_total=(_WITHIN,),
        added_up=(_ADDED,),
        customer=("userId", "user_id"),
    ),
    recognises=lambda names: (
        bool(names & {"startTime", "start_time"})
        and bool(names & {"traceId", "trace_id"})
        and bool(names & {"usageDetails", "usage_details", "usage", "promptTokens", "inputTokens"})
    ),
    zone="UTC",
    may_lack_tokens=True,
    unfold=_observed,
)
