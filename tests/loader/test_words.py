"""Messages are in words of the instance: every place says what belongs there, and no library speaks."""

from __future__ import annotations

import typing
from typing import Any

import pytest
from pydantic_core.core_schema import ErrorType

from planner.core.errors import MOST_SHOWN, Fault, InstanceError
from planner.loader import from_dict
from planner.loader.schema import alternatives, structure
from planner.loader.schema_faults import message_of
from planner.loader.words import example
from tests.bench.input_mutants import FOREIGN, wrong_words
from tests.examples import plain

RECORDS = sorted(name for name, one in structure()["$defs"].items() if "properties" in one)
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 1e300, 10**400, float("nan"), float("-inf"), "", "x", "\x1b[2J", "a" * 3000),
    *(
        [],
        {},
        [None],
        [[1]],
        {"a": 1},
        {"": None},
        {"kind": "spot"},
        {"p99": -1},
        ["x", 2],
        b"bytes",
        {1, 2},
        object(),
    ),
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"workloads.chat.sla": {"ttft_ms": 2000}},
            "workloads.chat.sla.ttft_ms: 2000 is no mapping: write {p99: 2000}",
        ),
        ({"fleet.h800.rent.kind": "ondemand"}, "kind must be one of 'capacity_block', "),
        ({"fleet.h800.rent.kind": "ondemand"}, "'spot'; did you mean 'on_demand'?"),
        ({"fleet.h800.reserve.term": 1}, "fleet.h800.reserve.term: unknown key; did you mean 'term_years'?"),
        ({"limits": []}, "limits: a list of 0 is no mapping: write {capex_usd: 1}"),
        ({"fleet.h800.rent.max_nodes": 2.5}, "max_nodes: 2.5 does not fit: write a whole number, 0 or more"),
        ({"workloads.chat.demand.scale": 0}, "scale: 0 does not fit: write a number, above 0"),
        ({"workloads.chat.demand.scale": "big"}, "scale: 'big' does not fit: write a number, above 0"),
        ({"workloads.chat.single_pool": "yes"}, "single_pool: 'yes' does not fit: write true or false"),
        (
            {"deployments.0.role": "both"},
            "'both' does not fit: write one of prefill, decode, colocated, request",
        ),
        ({"horizon.periods": None}, "horizon.periods: is missing: write a whole number, 1 or more"),
        ({"fleet.h800.rent.kind": None}, "fleet.h800.rent: kind is missing"),
        ({"exchange_rates": {"CNY": {"per_usd": 7, "date": "May"}}}, "write a day such as 2025-02-28"),
        ({"workloads.my chat": {}}, "'my chat' is not a name of letters, digits"),
        (
            {"fleet.h800.rent.price_usd_per_node_hour": 1e300},
            "1e+300 does not fit: write a number, 0 or more; 1e+15",
        ),
        ({"stages": {"one": {"years": 10**400}}}, "characters) does not fit: write a number, above 0"),
    ],
)
def test_what_to_write_is_said(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InstanceError) as caught:
        from_dict(plain(changes))
    assert said in str(caught.value)


def test_an_empty_key_says_what_it_takes() -> None:
    with pytest.raises(
        InstanceError, match=r"limits: is empty: write \{capex_usd: 1\}, or leave the key out"
    ):
        from_dict({**plain(), "limits": None})


@pytest.mark.parametrize("kind", typing.get_args(ErrorType))
def test_every_kind_of_error_is_reported_in_our_words(kind: str) -> None:
    foreign = f"Input should be {kind}"
    context = {"error": ValueError("ours"), "expected_tags": "'spot'"}
    for location, value in (
        (("horizon", "periods"), "x"),
        (("fleet", "h800", "rent"), None),
        (("nowhere",), {}),
    ):
        detail = {"type": kind, "loc": location, "msg": foreign, "input": value, "ctx": context}
        message = message_of(detail, location)
        assert message
        assert foreign not in message
        assert not FOREIGN.search(message)


@pytest.mark.parametrize("record", RECORDS)
def test_odd_values_everywhere_never_bring_a_library_to_speak(record: str) -> None:
    """Every property of every record of the schema, where the record stands, with a third of the odd values in turn.

    `tests/bench/odd_values.py` takes all of them.
    """
    assert odd_values_told_wrongly(record, one_in=3) == []


def odd_values_told_wrongly(record: str, one_in: int) -> list[str]:
    """Properties of a record with odd values, one in so many, of which the messages are in words of a library."""
    schema = structure()["$defs"][record]
    wrong = []
    for path in _places(record):
        for number, key in enumerate((*schema.get("properties", {}), "unknown")):
            for odd in ODD[number % one_in :: one_in]:
                data = plain()
                _put(data, path, {**example(schema), key: odd})
                if _wrong(data):
                    wrong.append(f"{path} {key} {odd!r:.40}")
    return wrong


def _wrong(data: dict[str, Any]) -> str:
    """What is wrong with the messages about an instance; a fault stands at a line, as it would in a file."""
    try:
        from_dict(data)
    except InstanceError as error:
        return wrong_words(
            InstanceError([Fault(one.message, one.path, "x.yaml", 1, 1) for one in error.faults])
        )
    return ""


def _places(record: str) -> list[tuple[str, ...]]:
    """Where a record stands in an instance: the first place found by walking the schema."""
    frontier: list[tuple[tuple[str, ...], dict[str, Any]]] = [((), structure())]
    for _ in range(5):
        deeper = []
        for path, schema in frontier:
            for one in alternatives(schema):
                inner = {**one.get("properties", {})}
                named = one.get("additionalProperties") or next(
                    iter(one.get("patternProperties", {}).values()), None
                )
                if isinstance(named, dict):
                    inner["h800" if path == ("fleet",) else "chat" if path == ("workloads",) else "some"] = (
                        named
                    )
                if "items" in one:
                    inner["0"] = one["items"]
                deeper += [((*path, key), value) for key, value in inner.items() if len(path) < 6]
        for path, schema in deeper:
            if any(one is structure()["$defs"][record] for one in alternatives(schema)):
                return [path]
        frontier = deeper
    return []


def _put(data: Any, path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        if isinstance(data, list):
            data = data[int(key)]
        else:
            if key not in data or not isinstance(data[key], dict | list):
                data[key] = {}
            data = data[key]
    if isinstance(data, list):
        data[int(path[-1])] = value
    else:
        data[path[-1]] = value


def test_faults_of_several_kinds_come_in_one_go() -> None:
    changes = {
        "workloads.chat.model": "deepseek-v33",
        "deployments": [{"role": "prefill", "ep": 8}, {"role": "decode", "ep": 8}],
        "fleet.h800.rent.max_node": 3,
        "fleet.h800.reserve.min_nodes": -1,
    }
    with pytest.raises(InstanceError) as caught:
        from_dict({**plain(changes), "limits": None})
    said = str(caught.value)
    for one in (
        "no model 'deepseek-v33'",
        "max_node: unknown key",
        "min_nodes: -1",
        "limits: is empty",
        "needs lengths",
    ):
        assert one in said


def test_one_mistake_is_reported_once() -> None:
    with pytest.raises(InstanceError) as caught:
        from_dict(plain({"workloads.chat.demand": 5}))
    assert [fault.path for fault in caught.value.faults] == ["workloads.chat.demand"]


def test_waits_need_lengths_and_the_time_per_token() -> None:
    waiting = {"workloads.chat.sla": {"ttft_ms": {"p99": 2000}}, "workloads.chat.queueing": {}}
    with pytest.raises(InstanceError) as caught:
        from_dict(plain(waiting))
    assert "workloads.chat: needs lengths" in str(caught.value)
    assert "workloads.chat.sla: needs tpot_ms" in str(caught.value)
    limits = {"workloads.chat.queueing": {"prefill_busy_limit": 0.5, "decode_busy_limit": 0.5}}
    assert from_dict(plain({**waiting, **limits}))


def test_at_most_fifty_messages_then_a_count() -> None:
    error = InstanceError([Fault("wrong", f"a{number}", "f.yaml", number) for number in range(80)])
    assert len(error.faults) == 80
    lines = str(error).splitlines()
    assert len(lines) == MOST_SHOWN + 1
    assert lines[-1] == "and 30 more faults"


def test_control_characters_are_shown_escaped() -> None:
    fault = Fault("a \x1b[31m b\nc \u202e d", "p\x07", "f\x1b.yaml", 1, 2)
    assert str(fault) == r"f\x1b.yaml:1:2: p\x07: a \x1b[31m b\nc \u202e d"
    assert str(Fault("déjà vu ✓")) == "déjà vu ✓"
