"""Small questions with a value that can be worked out on paper, each once told wrongly."""

from __future__ import annotations

import json
from typing import Any

import pytest

import planner
from planner import SolveOptions
from planner.loader import from_dict
from tests.market.one_node import one_node
from tests.reference.reference import optimum

EXACT = SolveOptions(solver="highs", method="direct", relative_gap=0.0, threads=1)
RENT: dict[str, Any] = {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0}}
TWO_ALIKE = {"a": {"probability": 0.5}, "b": {"probability": 0.5}}


def cost_of(instance: planner.Instance) -> float:
    plan = planner.solve(instance, EXACT)
    assert plan.status is planner.Status.OPTIMAL
    assert planner.check(instance, plan).passed, planner.check(instance, plan).violations
    return plan.cost


@pytest.mark.parametrize(
    ("minimum_up_hours", "before", "cost"),
    [
        # a day of two hours that wants 7 and 4. Two hours: 3 start every day, and stay on at 0:00 and 1:00, 7 + 4
        (2, "cyclic", 11.0),
        # three hours: at 0:00 run the 3 of this day and the 3 of the day before: 6 of 7. At 1:00 the 3 of this day
        (3, "cyclic", 11.0),
        # four hours: two days' starts run in every hour. 3 a day would keep 6 > 4 on; 2 a day: 7 and 5, 4 of them
        (4, "cyclic", 12.0),
        # six hours: three days' starts: 1 a day: 7 and 6, 3 of them (2 a day: 6 of 5)
        (6, "cyclic", 13.0),
        # a hundred days: nothing ever starts or stops
        (200, "cyclic", 14.0),
        # nothing ran before: 7 start, and none may stop before the end
        (4, "off", 14.0),
        (200, "off", 14.0),
    ],
)
@pytest.mark.parametrize("scenarios", [{}, TWO_ALIKE])
@pytest.mark.parametrize("years", [0.0, 1.0])
def test_minimum_up_time_beyond_the_day_that_repeats(
    minimum_up_hours: float, before: str, cost: float, scenarios: dict[str, Any], years: float
) -> None:
    start_up = {"minimum_up_hours": minimum_up_hours, "before_first_period": before}
    stages = {"first": {"years": years}, "second": {"years": years}} if years else {}
    instance = one_node([7, 4], RENT, start_up=start_up, scenarios=scenarios, stages=stages)
    days = 2 * years * 8760 / 2 if years else 1.0
    assert cost_of(instance) == pytest.approx(cost * days)


def test_start_up_time_beyond_the_day_that_repeats() -> None:
    # a day of two hours that wants 3 and 1; a start takes three hours, so of those started at 0:00 today's and
    # yesterday's are not ready at 0:00: nothing is gained by stopping, and 3 run throughout
    start_up = {"hours": 3.0, "before_first_period": "cyclic"}
    assert cost_of(one_node([3, 1], RENT, start_up=start_up)) == pytest.approx(6.0)
    assert cost_of(one_node([3, 1], RENT, start_up=start_up, scenarios=TWO_ALIKE)) == pytest.approx(6.0)
    # a single day that begins with nothing cannot serve its first hour
    off = one_node([3, 1], RENT, start_up={"hours": 3.0, "before_first_period": "off"})
    assert planner.solve(off, EXACT).status is planner.Status.INFEASIBLE


@pytest.mark.parametrize(
    ("hours", "pools", "cost"),
    [
        (1.5, [1, 1, 0, 0], 2.0),
        (1.5, [1, 0, 0, 0], None),  # stopped before it serves
        (2.0, [1, 1, 0, 0], 2.0),  # stopped at the moment at which it would serve
        (2.5, [1, 1, 0, 0], None),
        (3.5, [1, 1, 1, 1], 4.0),  # nothing starts
    ],
)
def test_a_unit_that_starts_stays_on_until_it_serves(
    hours: float, pools: list[int], cost: float | None
) -> None:
    """An earlier plan of which nothing may move, nothing asked: it stands, or breaks the rule."""
    limits = {"change": {"pools": {"n": pools}, "max_nodes_moved": 0}}
    instance = one_node([0, 0, 0, 0], RENT, start_up={"hours": hours}, limits=limits)
    if cost is not None:
        assert cost_of(instance) == pytest.approx(cost)
    else:
        assert planner.solve(instance, EXACT).status is planner.Status.INFEASIBLE


def chat(demand: dict[str, Any], prompts: float, answers: float, **sections: Any) -> planner.Instance:
    """Prompts on nodes of x, answers on nodes of y, 1000 tokens/s a node, at these prices an hour."""
    hours = max(len(series) for series in demand.values())
    data = {
        "version": 1,
        "name": "chat",
        "horizon": {"start": "2025-01-01T00:00+00:00", "periods": hours},
        "workloads": {"chat": {"demand": demand, **sections.pop("workload", {})}},
        "deployments": [
            {"name": role, "role": role, "nodes": 1, "hardware": at, "rate_tokens_per_s": {"chat": 1000}}
            for role, at in (("prefill", "x"), ("decode", "y"))
        ],
        "hardware": {"x": {"gpus_per_node": 1}, "y": {"gpus_per_node": 1}},
        "fleet": {
            at: {"rent": {"kind": "on_demand", "price_usd_per_node_hour": usd}}
            for at, usd in (("x", prompts), ("y", answers))
        },
        "start_up": {"before_first_period": "off"},
    }
    return from_dict({**data, **sections})


SHED = {"shed_usd_per_million_tokens": 10.0}


def test_a_request_is_shed_whole() -> None:
    # 1000 prompt and output tokens/s for an hour are 7.2 M tokens: 72 shed, 101 served; prompts alone would be 36 + 1
    both = {"input_tokens_per_s": [1000], "output_tokens_per_s": [1000]}
    # at 20 USD per million output tokens the income is 72 too: a margin of nothing
    prices = {"input_hit": 0.0, "input_miss": 0.0, "output": 20.0}
    instance = chat(both, 100.0, 1.0, workload={**SHED, "price_usd_per_million_tokens": prices})
    plan = planner.solve(instance, EXACT)
    assert plan.status is planner.Status.OPTIMAL
    assert plan.summary["margin_on_cost"] == pytest.approx(0.0, abs=1e-9)
    assert plan.cost == pytest.approx(72.0)
    assert {(entry.phase, entry.per_s) for entry in plan.shed} == {
        ("prefill", (1000.0,)),
        ("decode", (1000.0,)),
    }


@pytest.mark.parametrize(
    ("cached", "cost"),
    # 1000 prompt and output tokens/s for an hour are 3.6 M tokens of each, at 10 a million
    [(0.0, 72.0), (400.0, 57.6), (1000.0, 36.0)],
)
def test_cached_prompt_tokens_are_no_work_and_cost_nothing_when_shed(cached: float, cost: float) -> None:
    both = {"input_tokens_per_s": [1000], "output_tokens_per_s": [1000], "cached_tokens_per_s": [cached]}
    instance = chat(both, 100.0, 100.0, workload=SHED)
    plan = planner.solve(instance, EXACT)
    assert plan.cost == pytest.approx(cost)
    assert planner.check(instance, plan).passed
    assert optimum(json.loads(json.dumps(instance.to_dict()))).objective == pytest.approx(cost)


def test_the_share_is_that_of_the_period() -> None:
    # a node of x costs 30 and reads 1000 tokens/s, one of y costs 1. First hour, 1500 and 100: one node of x serves
    # two thirds, 31 + (500 + 33.3) x 0.036 = 50.2; second, 1000 and 3000: all served, 30 + 3; third, no answers:
    # 500 prompt tokens/s are shed for 18
    demand = {"input_tokens_per_s": [1500, 1000, 500], "output_tokens_per_s": [100, 3000, 0]}
    plan = planner.solve(chat(demand, 30.0, 1.0, workload=SHED), EXACT)
    assert plan.cost == pytest.approx(31 + (500 + 100 / 3) * 0.036 + 33 + 18)
    shed = {entry.phase: entry.per_s for entry in plan.shed}
    assert shed["prefill"] == pytest.approx((500, 0, 500))
    assert shed["decode"] == pytest.approx((100 / 3, 0, 0))


def test_each_scenario_sheds_a_share_of_its_own() -> None:
    # demand once and twice; x may hold one node: nothing is shed, then half: 3.6 M of prompts and 3.6 M of answers
    both = {"input_tokens_per_s": [1000], "output_tokens_per_s": [1000]}
    twice = {"once": {"probability": 0.5}, "twice": {"probability": 0.5, "demand_scale": 2.0}}
    instance = chat(both, 10.0, 1.0, workload=SHED, scenarios=twice)
    limited = instance.override({"fleet.x.rent.max_nodes": 1})
    assert cost_of(limited) == pytest.approx(0.5 * 11 + 0.5 * (11 + 72))


def test_shed_and_sold_are_no_more_than_all() -> None:
    # the vendor takes a quarter of the requests at 1 USD per million: 1.8 M of 7.2 M tokens; the rest is shed
    both = {"input_tokens_per_s": [1000], "output_tokens_per_s": [1000]}
    prices = {"input_hit": 1.0, "input_miss": 1.0, "output": 1.0}
    vendor = {"price_usd_per_million_tokens": prices, "max_tokens_per_s": 500.0}
    instance = chat(both, 100.0, 100.0, workload=SHED, vendors={"api": vendor})
    plan = planner.solve(instance, EXACT)
    assert plan.cost == pytest.approx(1.8 + 5.4 * 10)
    assert [entry.share for entry in plan.outsourced] == [(0.25,)]


def test_work_that_waits_was_not_shed() -> None:
    # 2000 prompts/s come in the first hour, 4000 answers/s are asked for in the second; all may wait an hour, and
    # there is one node of x and one of y
    demand = {"input_tokens_per_s": [2000, 0], "output_tokens_per_s": [0, 4000]}
    instance = chat(demand, 1.0, 1.0, workload={**SHED, "deferral": {"deadline_hours": 1}})
    limited = instance.override({"fleet.x.rent.max_nodes": 1, "fleet.y.rent.max_nodes": 1})
    # 1000 prompts in each hour: 2 USD. Of 4000 answers 1000 are written, none can wait: 3000 are shed, 108 USD
    assert cost_of(limited) == pytest.approx(2 + 1 + 108)
