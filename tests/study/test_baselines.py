"""Baselines by hand: the nodes of a plan's work from elsewhere, and what the plan saves against it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import planner
from planner.study.baselines import CostBaseline, baselines
from planner.view.reporting.html import report
from tests.market.one_node import one_node

RENT = {"kind": "on_demand", "price_usd_per_node_hour": 10}
RES = {"kind": "reserved", "price_usd_per_node_hour": 6}
INSTANCES = Path(__file__).parents[2] / "instances"


def of(instance: planner.Instance) -> tuple[planner.Plan, dict[str, CostBaseline]]:
    plan = planner.solve(instance, planner.SolveOptions(solver="highs", relative_gap=0.0, threads=1))
    assert plan.status == "optimal"
    return plan, {one.name: one for one in baselines(plan, instance)}


def test_nodes_hired_and_signed_for_by_hand() -> None:
    # 2 and 5 nodes: 2 reserved and 3 hired cost 4 * 6 + 3 * 10; limits do not bind prices to compare with
    plan, found = of(one_node([2.0, 5.0], {"rent": {**RENT, "max_nodes": 4}, "res": RES}))
    assert plan.cost == pytest.approx(54)
    demand, peak, today = found["all on demand"], found["bought for the peak"], found["today's fleet"]
    assert (demand.cost, demand.saving) == pytest.approx((70, 16))
    assert (peak.cost, peak.saving, peak.note) == (pytest.approx(60), pytest.approx(6), "by node.res")
    assert (today.cost, today.saving) == (None, None)
    assert "neither nodes that one has nor a baseline" in today.note


def test_the_rest_of_the_cost_stays_and_what_one_has_is_kept() -> None:
    own = {"kind": "existing", "nodes": 3, "forgone_usd_per_node_hour": 1, "running_usd_per_node_hour": 0.5}
    more = {"start_up": {"usd_per_node": 7.0, "before_first_period": "off"}}
    plan, found = of(one_node([2.0, 5.0], {"rent": RENT, "own": own}, **more))
    starts = plan.cost_terms["start"]
    assert starts == pytest.approx(35)
    # three are kept for two hours, used for five node-hours; two more are hired
    assert found["today's fleet"].cost == pytest.approx(6 + 0.5 * 5 + 20 + starts)
    assert found["all on demand"].cost == pytest.approx(70 + starts)
    assert found["bought for the peak"].cost is None


def test_terms_follow_each_other_at_the_prices_of_their_years() -> None:
    res = {**RES, "term_years": 1, "price_change_per_year": -0.5}
    years = {"y1": {"years": 1}, "y2": {"years": 1}}
    _, found = of(one_node([3.0], {"rent": RENT, "res": res}, stages=years, discount_rate_per_year=0.0))
    assert found["bought for the peak"].cost == pytest.approx(3 * 8760 * (6 + 3))
    assert found["all on demand"].cost == pytest.approx(3 * 8760 * 20)


def test_whole_increments_and_nodes_that_are_taken_back_count() -> None:
    blocks: dict[str, Any] = {**RES, "increment_nodes": 4}
    _, found = of(one_node([2.0, 5.0], {"rent": {**RENT, "increment_nodes": 2}, "res": blocks}))
    assert found["all on demand"].cost == pytest.approx(10 * (2 + 6))
    assert found["bought for the peak"].cost == pytest.approx(2 * 8 * 6)


def test_the_published_schedule_costs_what_was_published() -> None:
    instance = planner.load(INSTANCES / "deepseek_day.yaml")
    plan, found = of(instance)
    assert found["today's fleet"].cost == pytest.approx(87_072)
    assert found["all on demand"].cost == pytest.approx(plan.cost)
    page = report(plan, instance)
    assert "The same work another way" in page
    assert "87,072.00" in page


def test_without_a_plan_there_is_none() -> None:
    instance = one_node([9.0], {"rent": {**RENT, "max_nodes": 1}})
    assert baselines(planner.solve(instance), instance) == []


def test_a_schedule_whose_channel_is_not_said_has_no_cost() -> None:
    schedule = {"baseline": {"nodes": [5, 5]}}
    _, found = of(one_node([2.0, 5.0], {"rent": RENT}, **schedule))
    assert found["today's fleet"].cost == pytest.approx(100)
    _, found = of(one_node([2.0, 5.0], {"rent": RENT, "res": RES}, **schedule))
    assert found["today's fleet"].cost is None
    assert "by which of 2 channels" in found["today's fleet"].note


def test_a_year_is_stated_of_one_horizon_and_not_of_stages() -> None:
    day = {"horizon": {"start": "2025-01-06T00:00+00:00", "periods": 2, "repeats_per_year": 365}}
    plan, _ = of(one_node([2.0, 5.0], {"rent": RENT}, **day))
    assert plan.summary["cost_per_year"] == pytest.approx(365 * 70)
    years = {"stages": {"y1": {"years": 1}, "y2": {"years": 1}}, "discount_rate_per_year": 0.0}
    staged = one_node([2.0, 5.0], {"rent": RENT}, **day, **years)
    plan, _ = of(staged)
    assert plan.cost == pytest.approx(2 * 4380 * 70)
    assert "cost_per_year" not in plan.summary
    told = replace(plan, summary={**plan.summary, "cost_per_year": 365 * plan.cost})
    assert not planner.check(staged, told).passed
