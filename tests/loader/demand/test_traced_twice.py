"""One call that client and engine trace counts once, and parts of a usage never come to more than its total."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planner.core.errors import InstanceError
from planner.loader.demand.fill import fill_of
from planner.loader.demand.observe import DemandWanted, Observed, observe
from tests.loader.demand.test_monitoring import BEGIN, rates
from tests.loader.demand.test_silent_losses import of_text

CLIENT, SERVER = 3, 2
CALLS = 12


def span(
    at: int, name: str, kind: int, parent: str = "", trace: str = "", **attributes: Any
) -> dict[str, Any]:
    values = {"gen_ai.usage.input_tokens": 100 + at, "gen_ai.usage.output_tokens": 9, **attributes}
    listed = [
        {
            "key": key.replace("__", "."),
            "value": {"intValue" if isinstance(value, int) else "stringValue": f"{value}"},
        }
        for key, value in values.items()
        if value is not None
    ]
    return {
        "traceId": trace or f"t{at}",
        "spanId": f"{name}{at}",
        "parentSpanId": parent and f"{parent}{at}",
        "kind": kind,
        "startTimeUnixNano": str((BEGIN + at) * 10**9),
        "attributes": listed,
    }


def spans(folder: Path, *of_each: list[dict[str, Any]]) -> Observed:
    lines = [json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": one}]}]}) for one in of_each]
    return of_text(folder, "spans.jsonl", "\n".join(lines) + "\n", fill=fill_of(["order=sort"]))


def test_client_and_engine_in_files_of_their_own_are_the_same_calls(tmp_path: Path) -> None:
    sides = {"client": [span(at, "client", CLIENT) for at in TIMES]}
    sides["engine"] = [span(at, "engine", SERVER, "client") for at in TIMES]
    for name, listed in sides.items():
        (tmp_path / name).write_text(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": listed}]}]}))
    for files in (["client", "engine"], ["engine", "client"]):
        observed = observe(
            [tmp_path / name for name in files], DemandWanted(period_minutes=1, from_first=True)
        )
        assert rates(observed)["requests"] == pytest.approx([0.1, 0.1])
        assert any("12 rows set aside of calls that another row tells" in note for note in observed.notes)


TIMES = range(0, 10 * CALLS, 10)
NO_TOKENS = {"gen_ai.usage.input_tokens": None, "gen_ai.usage.output_tokens": None}


def test_a_span_around_the_engines_is_the_same_call(tmp_path: Path) -> None:
    client = [span(at, "client", CLIENT) for at in TIMES]
    between = [span(at, "post", CLIENT, "client", **NO_TOKENS) for at in TIMES]
    engine = [span(at, "engine", SERVER, "post") for at in TIMES]
    observed = spans(tmp_path, client, between + engine)
    assert rates(observed)["requests"] == pytest.approx([0.1, 0.1])
    assert any(
        "12 rows set aside of calls that another row tells from within" in note for note in observed.notes
    )


@pytest.mark.parametrize("shared", ["answer", "trace"])
def test_spans_whose_link_is_lost_are_the_same_call(tmp_path: Path, shared: str) -> None:
    def both(at: int) -> list[dict[str, Any]]:
        named = {f"gen_ai.{which}.id": f"chatcmpl-{at}" for which in ("request", "response")}
        one, other = ({key: text} if shared == "answer" else {} for key, text in named.items())
        traces = ("", "") if shared == "trace" else (f"a{at}", f"b{at}")
        return [
            span(at, "engine", SERVER, "lost", traces[0], **one),
            span(at, "client", CLIENT, "", traces[1], **other),
        ]

    observed = spans(tmp_path, [one for at in TIMES for one in both(at)])
    assert rates(observed)["requests"] == pytest.approx([0.1, 0.1])


def test_calls_side_by_side_and_those_of_a_tool_within_a_call_all_count(tmp_path: Path) -> None:
    tool = {"gen_ai.operation.name": "execute_tool", **NO_TOKENS}
    first = [span(at, "first", CLIENT, trace="t") for at in TIMES]
    tools = [span(at, "tool", CLIENT, "first", "t", **tool) for at in TIMES]
    second = [span(at, "second", CLIENT, "tool", "t") for at in TIMES]
    beside = [span(at, "beside", CLIENT, trace="t") for at in TIMES]
    observed = spans(tmp_path, first, tools, second + beside)
    assert rates(observed)["requests"] == pytest.approx([0.3, 0.3])


def langfuse(folder: Path, beside: dict[str, Any] | None = None, **usage: int) -> Observed:
    common = {"traceId": "t", "usageDetails": usage, **(beside or {})}
    records = ({**common, "id": f"{at}", "startTime": f"2025-03-03T10:0{at}:07Z"} for at in range(6))
    return of_text(folder, "log.jsonl", "".join(json.dumps(one) + "\n" for one in records))


@pytest.mark.parametrize("total", [1_050, 1_850])
def test_parts_of_a_usage_are_within_others_where_the_total_says_so(tmp_path: Path, total: int) -> None:
    prompt = total - 50
    observed = langfuse(tmp_path, input=1_000, input_cached_tokens=800, output=50, total=total)
    assert observed.input_tokens is not None
    assert observed.cached_share is not None
    assert observed.input_tokens.value == prompt
    assert observed.cached_share.value == pytest.approx(800 / prompt)
    assert any("whose parts add up to more than their total" in note for note in observed.notes) == (
        total == 1_050
    )


@pytest.mark.parametrize(("cached", "said"), [(800, True), (1_200, False)])
def test_parts_without_a_total_add_up_and_it_is_said_where_they_may_not(
    tmp_path: Path, cached: int, said: bool
) -> None:
    observed = langfuse(tmp_path, input=1_000, input_cached_tokens=cached, output=50)
    assert observed.input_tokens is not None
    assert observed.input_tokens.value == 1_000 + cached
    assert (
        any("whose usage states no total: its parts are added up" in note for note in observed.notes) is said
    )


def test_the_total_may_stand_beside_the_parts(tmp_path: Path) -> None:
    observed = langfuse(
        tmp_path, input=1_000, input_cached_tokens=800, output=50, beside={"totalTokens": 1_050}
    )
    assert observed.input_tokens is not None
    assert observed.input_tokens.value == 1_000


def test_kinds_of_records_that_are_no_words_are_none_of_those_around_calls(tmp_path: Path) -> None:
    assert rates(langfuse(tmp_path, input=10, output=5, beside={"type": {"of": 1}}))["requests"]
    odd = {"key": "gen_ai.operation.name", "value": {"arrayValue": {"values": []}}}
    calls = [span(at, "client", CLIENT) for at in TIMES]
    named = [{**one, "attributes": [*one["attributes"], odd]} for one in calls]
    assert rates(spans(tmp_path, named))["requests"] == pytest.approx([0.1, 0.1])


def test_parts_that_no_reading_brings_to_the_total_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InstanceError, match=r"log\.jsonl:1: .*'1850 in parts of a total of 1200' is no count"
    ):
        langfuse(tmp_path, input=1_000, input_cached_tokens=800, output=50, total=1_200)
