"""Workloads that are split by length: every part by hand, and what cannot be split."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from planner.core.errors import InstanceError
from planner.instance.demand_series import series
from planner.instance.length_choices import as_planned, closed, split_choices
from planner.loader import from_dict
from tests.examples import plain, small

if TYPE_CHECKING:
    from planner.instance import Instance

CLASSES = [
    {"share": 6, "input_tokens": 100, "output_tokens": 40},
    {"share": 3, "input_tokens": 1000, "output_tokens": 50},
    {"share": 1, "input_tokens": 9000, "output_tokens": 150},
]
PROMPTS, ANSWERS = 12_600.0, 540.0
CHAT = {
    "demand": {
        "input_tokens_per_s": [1260, 630],
        "cached_tokens_per_s": [126, 63],
        "output_tokens_per_s": 54,
    },
    "lengths": {"classes": CLASSES, "split_at": [100, 2000], "kv_tokens": 5000},
    "sla": {"ttft_ms": {"p99": 500}},
    "queueing": {"arrival_scv": 3.0, "prefill_scv": 9.0, "decode_scv": 9.0},
}
CHANGES = {
    "workloads.chat": CHAT,
    "horizon.periods": 2,
    "deployments": [{"role": "colocated", "ep": 8, "workloads": ["chat"]}],
    "workloads.chat.model": "deepseek-v3",
    "hardware": {"h800": {"like": "h200"}},
}


def split(changes: dict[str, Any] | None = None) -> Instance:
    return small(copy.deepcopy(CHANGES | (changes or {})))


PARTS = ("chat.to_100", "chat.to_2000", "chat.over_2000")


def test_the_parts_make_up_the_whole() -> None:
    instance = split()
    assert tuple(instance.workloads) == PARTS
    assert instance.deployments[0].workloads == PARTS
    whole = split({"workloads.chat.lengths": {"classes": CLASSES}})
    for key in ("input_tokens_per_s", "cached_tokens_per_s", "output_tokens_per_s"):
        parts = sum(series(instance, part, key) for part in PARTS)
        assert parts == pytest.approx(series(whole, "chat", key))


def test_each_part_by_hand() -> None:
    short, middle, long = split().workloads.values()
    assert short.demand.input_tokens_per_s == pytest.approx((1260 * 600 / PROMPTS, 630 * 600 / PROMPTS))
    assert middle.demand.output_tokens_per_s == pytest.approx(54 * 150 / ANSWERS)
    assert long.demand.cached_tokens_per_s == pytest.approx((126 * 9000 / PROMPTS, 63 * 9000 / PROMPTS))
    assert middle.lengths is not None
    assert (middle.lengths.over_tokens, middle.lengths.to_tokens) == (100, 2000)
    assert (middle.lengths.input_tokens, middle.lengths.output_tokens) == (1000, 50)
    contexts = (6 * 40 * 120 + 3 * 50 * 1025 + 1 * 150 * 9075) / ANSWERS
    assert middle.lengths.kv_tokens == pytest.approx(5000 * 1025 / contexts)
    assert long.queueing is not None
    assert long.queueing.arrival_scv == pytest.approx(1.0 + 0.1 * 2.0)
    assert (long.queueing.prefill_scv, long.queueing.decode_scv) == (None, None)
    assert long.sla == short.sla


def test_a_fixed_prefix_is_cached_of_every_class_alike() -> None:
    lengths = {"classes": CLASSES, "split_at": [2000], "cached_prefix": "fixed"}
    short, long = split({"workloads.chat.lengths": lengths}).workloads.values()
    assert short.lengths is not None
    assert long.lengths is not None
    every = [one.cached_tokens for one in (*(short.lengths.classes or ()), *(long.lengths.classes or ()))]
    prefix = (
        0.1 * PROMPTS - 6 * 100
    ) / 4  # of prompts of 100 tokens all is cached, and as much of both others
    assert every == pytest.approx([100, prefix, prefix])
    assert long.demand.cached_tokens_per_s == pytest.approx((126 * prefix / 1260, 63 * prefix / 1260))


def test_whole_requests_are_divided_by_their_number() -> None:
    changes = {"workloads.chat.demand": {"requests_per_s": 10}, "workloads.chat.queueing": None}
    one = {"name": "u", "role": "request", "nodes": 1, "rate_requests_per_s": {"chat": 5}}
    instance = split(changes | {"deployments": [one]})
    assert [one.demand.requests_per_s for one in instance.workloads.values()] == pytest.approx([6, 3, 1])
    assert instance.deployments[0].rate_requests_per_s == dict.fromkeys(PARTS, 5)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"workloads.chat.lengths.split_at": [2000, 100]}, "split_at: must ascend"),
        ({"workloads.chat.lengths.split_at": [10]}, "no requests have more than 0 and at most 10 tokens"),
        (
            {"workloads.chat.lengths": {"input_tokens": 9, "output_tokens": 9, "split_at": [4]}},
            "give classes or csv",
        ),
        ({"workloads.chat.lengths": {"classes": CLASSES, "split": "cheapest"}}, "needs split_at"),
        ({"workloads.chat.queueing": {"prefill_busy_limit": 0.5}}, "says nothing of their classes"),
        ({"workloads.chat.over_2000": {"demand": {"output_tokens_per_s": 1}}}, "would be called so too"),
    ],
)
def test_what_cannot_be_split(changes: dict[str, Any], expected: str) -> None:
    data = plain(copy.deepcopy(CHANGES))
    for path, value in changes.items():
        if path == "workloads.chat.over_2000":
            data["workloads"]["chat.over_2000"] = value
        else:
            here = data["workloads"]["chat"]
            *parents, last = path.split(".")[2:]
            for key in parents:
                here = here[key]
            here[last] = value
    with pytest.raises(InstanceError) as caught:
        from_dict(data)
    assert expected in str(caught.value)


def test_the_readings_of_what_is_left_to_the_plan() -> None:
    open_one = split({"workloads.chat.lengths.split": "cheapest"})
    readings = dict(split_choices(open_one))
    assert list(readings) == ["chat whole", "chat at 100", "chat at 2,000", "chat at 100 and 2,000"]
    assert [len(one.workloads) for one in readings.values()] == [1, 2, 2, 3]
    assert not list(split_choices(readings["chat at 100"]))
    for one in readings.values():
        assert as_planned(open_one, one.to_dict()) == one
        assert closed(one) is one
    with pytest.raises(InstanceError, match="only `planner solve` chooses"):
        closed(open_one)
