"""Requests become tokens by their lengths; growth and a launch become factors: sums by hand."""

from __future__ import annotations

from typing import Any

import pytest

import planner
from planner.core.errors import InstanceError

YEAR = 8760.0


def question(
    demand: dict[str, Any], periods: int = 4, role: str = "colocated", **more: Any
) -> dict[str, Any]:
    rate = (
        {"rate_requests_per_s": {"chat": 2}}
        if role == "request"
        else {"rate_tokens_per_s": {"chat": [9000, 900]}}
    )
    rates = {"name": "replica", "role": role, "nodes": 1, **rate}
    lengths = more.pop("lengths", {"input_tokens": 1500, "output_tokens": 300})
    return {
        "version": 1,
        "name": "ahead",
        "horizon": {"start": "2026-01-01T00:00+00:00", "period_hours": YEAR / 4, "periods": periods},
        "workloads": {"chat": {"demand": demand, **({"lengths": lengths} if lengths else {})}},
        "deployments": [rates],
        "fleet": {"h100": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0, "max_nodes": 99}}},
        **more,
    }


def prefill_and_decode(question_: dict[str, Any]) -> dict[str, Any]:
    units = [
        {"name": "prefill", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 9000}},
        {"name": "decode", "role": "decode", "nodes": 1, "rate_tokens_per_s": {"chat": 900}},
    ]
    return {**question_, "deployments": units}


def told(asked: dict[str, Any]) -> str:
    with pytest.raises(InstanceError) as caught:
        planner.from_dict(asked)
    return str(caught.value)


def test_requests_of_known_lengths_are_tokens() -> None:
    asked = prefill_and_decode(question({"requests_per_s": [10, 20, 0, 5], "cached_share": 0.25}))
    instance = planner.from_dict(asked)
    demand = instance.workloads["chat"].demand
    assert demand.requests_per_s is None
    assert demand.input_tokens_per_s == (15_000, 30_000, 0, 7_500)
    assert demand.cached_tokens_per_s == (3_750, 7_500, 0, 1_875)
    assert demand.output_tokens_per_s == (3_000, 6_000, 0, 1_500)
    assert "each request counts as 1,500 prompt and 300 output tokens" in instance.assumed[0]
    plan = planner.solve(instance)
    assert planner.check(instance, plan).passed
    # of prompts 11,250, 22,500, 5,625 are computed: 2, 3, 1 units; decode: 4, 7, 2
    assert plan.cost == pytest.approx(16 * YEAR / 4 * (2 + 4 + 3 + 7 + 1 + 2))


def test_a_request_unserved_costs_the_same_by_the_token() -> None:
    asked = prefill_and_decode(question({"requests_per_s": 10, "cached_share": 0.5}))
    asked["workloads"]["chat"]["shed_usd_per_million_requests"] = 2_100.0
    chat = planner.from_dict(asked).workloads["chat"]
    assert chat.shed_usd_per_million_requests is None
    assert chat.shed_usd_per_million_tokens == pytest.approx(2.0)  # 750 computed and 300 generated


def test_requests_stay_requests_where_units_count_them() -> None:
    instance = planner.from_dict(question({"requests_per_s": 10}, role="request"))
    assert instance.workloads["chat"].demand.requests_per_s == 10
    assert "cached_share: is of demand in requests" in told(
        question({"requests_per_s": 10, "cached_share": 0.5}, role="request")
    )


def test_tokens_need_lengths() -> None:
    asked = prefill_and_decode(question({"requests_per_s": 10}, lengths=None))
    assert (
        "demand.requests_per_s: is in requests, and no deployment has the role request: give lengths"
        in told(asked)
    )


def test_growth_by_period_and_from_a_day() -> None:
    demand = {"requests_per_s": 8, "growth_per_year": 0.5}
    grown = planner.from_dict(question(demand, role="request")).workloads["chat"].demand.requests_per_s
    assert grown == pytest.approx([8 * 1.5 ** (quarter / 4 + 1 / 8) for quarter in range(4)])
    before = {**demand, "growth_from": "2025-01-01T00:00+00:00"}
    later = planner.from_dict(question(before, role="request")).workloads["chat"].demand.requests_per_s
    assert later == pytest.approx([1.5 * rate for rate in grown or ()])


def test_before_the_launch_there_is_nothing() -> None:
    demand = {
        "requests_per_s": [8, 8, 8, 6],
        "launch": "2026-05-17T21:00+00:00",
    }  # half of the second quarter
    instance = planner.from_dict(question(demand, role="request"))
    assert instance.workloads["chat"].demand.requests_per_s == pytest.approx([0, 4, 8, 6])
    assert planner.from_dict(instance.model_dump(mode="json", exclude_none=True)) == instance


def test_growth_from_stage_to_stage() -> None:
    stages = {"first": {"years": 1}, "second": {"years": 2, "workload_scale": {"chat": 3.0}}}
    asked = question({"requests_per_s": 8, "growth_per_year": 1.0}, role="request", stages=stages)
    made = planner.from_dict(asked).stages
    mean = 1.4426950408889634  # of 2^t over a year: 1 / ln 2
    assert made["first"].workload_scale == {"chat": pytest.approx(mean)}
    assert made["second"].workload_scale == {"chat": pytest.approx(3 * mean * 2 * 1.5)}
    asked["workloads"]["chat"]["demand"] = {"requests_per_s": 8, "launch": "2026-07-01T00:00+00:00"}
    assert "demand.launch: with stages say it by their workload_scale" in told(asked)


def test_what_is_no_growth_or_moment_is_told() -> None:
    assert "demand.growth_per_year" in told(
        question({"requests_per_s": 8, "growth_per_year": -1}, role="request")
    )
    assert "demand.launch: is no date and time" in told(
        question({"requests_per_s": 8, "launch": "soon"}, role="request")
    )
