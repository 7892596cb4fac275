"""Spans of OpenTelemetry with its conventions for generative AI: OTLP JSON, one document a line (file exporter).

Attributes `gen_ai.usage.input_tokens`, `.output_tokens`, `.cache_read.input_tokens` and `gen_ai.request.model`; the
time is that of the span's start. Spans without token counts (tools, other services) are no calls of a model; those of
agents and workflows (`gen_ai.operation.name`) may state the sum of the calls within them, which are spans themselves.
One call may be a span of the client, of a gateway and of the engine (vLLM's is of kind SERVER): the innermost counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.loader.demand.request_format import Fields, RequestFormat

if TYPE_CHECKING:
    from collections.abc import Iterator


_AROUND_CALLS = {"invoke_agent", "create_agent", "invoke_workflow", "execute_tool"}
"""Operations that are no call of a model, but have such calls within them."""
_OWN, _PARENT, _SERVER = "span of its trace", "parent of its trace", "of a server"
_USAGE = "gen_ai.usage."


def _listed(record: Any, *names: str) -> Iterator[Any]:
    for name in names:
        found = record.get(name) if isinstance(record, dict) else None
        yield from found if isinstance(found, list) else ()


def _value(wrapped: Any) -> Any:
    """The value of an attribute, which OTLP wraps by its type; whole numbers are texts."""
    if isinstance(wrapped, dict) and len(wrapped) == 1:
        kind, value = next(iter(wrapped.items()))
        return int(value) if kind == "intValue" and str(value).isdigit() else value
    return wrapped


def _spans(document: Any) -> Iterator[dict[str, Any]]:
    for resource in _listed(document, "resourceSpans"):
        for scope in _listed(resource, "scopeSpans", "instrumentationLibrarySpans"):
            for span in _listed(scope, "spans"):
                if isinstance(span, dict):
                    named = [one for one in _listed(span, "attributes") if isinstance(one, dict)]
                    values = {str(one.get("key")): _value(one.get("value")) for one in named}
                    if around := str(values.get("gen_ai.operation.name")) in _AROUND_CALLS:
                        values = {key: value for key, value in values.items() if not key.startswith(_USAGE)}
                    yield {**span, "attributes": values, **_place(span, around)}


def _place(span: dict[str, Any], around: bool) -> dict[str, Any]:
    """Which span it is, in which it lies (None of one with calls of its own within), and whether a server tells it."""
    trace, parent = span.get("traceId") or "", span.get("parentSpanId")
    return {
        _OWN: f"{trace}/{span['spanId']}" if span.get("spanId") else None,
        _PARENT: f"{trace}/{parent}" if parent and not around else None,
        _SERVER: span.get("kind") in (2, "2", "SPAN_KIND_SERVER"),
    }


FORMAT = RequestFormat(
    title="OpenTelemetry GenAI spans (OTLP JSON)",
    fields=Fields(
        time=("startTimeUnixNano",),
        input_tokens=("attributes/gen_ai.usage.input_tokens", "attributes/gen_ai.usage.prompt_tokens"),
        output_tokens=("attributes/gen_ai.usage.output_tokens", "attributes/gen_ai.usage.completion_tokens"),
        cached_tokens=("attributes/gen_ai.usage.cache_read.input_tokens",),
        model=("attributes/gen_ai.response.model", "attributes/gen_ai.request.model"),
        identity=(_OWN,),
        around=(_PARENT,),
        answer=("attributes/gen_ai.response.id", "attributes/gen_ai.request.id"),
        trace=("traceId",),
        engine=(_SERVER,),
    ),
    recognises=lambda names: "resourceSpans" in names,
    may_lack_tokens=True,
    unfold=_spans,
)
