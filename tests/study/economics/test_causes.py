"""Costs fall on what causes them, worked by hand: running, starts, commitments, credits, shared units."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import planner
from planner.loader import from_dict
from planner.optimize.solve_options import SolveOptions
from planner.plan.tables import rows_of
from planner.study.economics import margin, unit_costs
from planner.study.evaluation import FleetSchedule, constant_schedule, evaluate
from planner.view.exports.charges import charges_of
from planner.view.reporting.story import decision
from tests.examples import small

ONE_HOUR = {"start": "2025-01-01T00:00+00:00", "periods": 1}
EXACT = SolveOptions(relative_gap=0.0)


def two_workloads(fleet: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """a on x, b on y: 1,000 output tokens/s each, 100 a node, so ten nodes each and 3.6 million tokens an hour."""
    return {
        "version": 1,
        "name": "two",
        "horizon": ONE_HOUR,
        "workloads": {name: {"demand": {"output_tokens_per_s": 1000}} for name in "ab"},
        "deployments": [
            {"name": f"d{w}", "role": "decode", "nodes": 1, "hardware": h, "rate_tokens_per_s": {w: 100}}
            for w, h in ("ax", "by")
        ],
        "hardware": {"x": {"gpus_per_node": 1}, "y": {"gpus_per_node": 1}},
        "fleet": fleet,
        **changes,
    }


def per_million(data: dict[str, Any]) -> dict[str, float | None]:
    instance = from_dict(data)
    plan = planner.solve(instance, EXACT)
    costs = unit_costs(instance, plan)
    assert sum(one.cost for one in costs) == pytest.approx(plan.cost)
    return {one.workload: one.per_million_tokens for one in costs}


RENT = {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 10}}
OWN = {"have": {"kind": "existing", "nodes": 20, "running_usd_per_node_hour": 10}}


def test_running_falls_on_the_work_that_runs() -> None:
    """Ten nodes run at 10 USD an hour, ten are rented for 10: 100 USD for 3.6 million tokens, both."""
    found = per_million(two_workloads({"x": OWN, "y": RENT}))
    assert found == {"a": pytest.approx(100 / 3.6), "b": pytest.approx(100 / 3.6)}


def test_starts_fall_on_the_work_of_the_unit_that_starts() -> None:
    """Nothing ran before: ten units of a start at 3 USD, those of b for nothing; 10 USD an hour each."""
    data = two_workloads({"x": RENT, "y": RENT}, start_up={"before_first_period": "off"})
    data["deployments"][0]["start_usd_per_unit"] = 3.0
    assert per_million(data) == {"a": pytest.approx(130 / 3.6), "b": pytest.approx(100 / 3.6)}


def test_commitments_fall_on_what_draws_on_them() -> None:
    """a draws ten nodes at 4 USD of a commitment to spend: 40 USD; b hires for 100."""
    data = two_workloads(
        {"x": {"plan": {"kind": "spend_commitment", "plan": "p", "price_usd_per_node_hour": 4}}, "y": RENT},
        spend_commitments={"p": {"increment_usd_per_hour": 10}},
    )
    assert per_million(data) == {"a": pytest.approx(40 / 3.6), "b": pytest.approx(100 / 3.6)}


def test_a_shared_unit_is_shared_by_the_time_it_takes() -> None:
    """One node does 100 tokens/s of a or 100 of b: 30 of a and 60 of b take a third and two thirds of 9 USD.

    In the second hour only b is there, 60 of it: all of that hour's 9 USD are b's.
    """
    data = two_workloads({"x": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 9}}})
    data |= {"horizon": {**ONE_HOUR, "periods": 2}, "hardware": {"x": {"gpus_per_node": 1}}}
    data["workloads"] = {
        "a": {"demand": {"output_tokens_per_s": [30, 0]}},
        "b": {"demand": {"output_tokens_per_s": [60, 60]}},
    }
    rates = {"a": 100, "b": 100}
    data["deployments"] = [{"name": "d", "role": "decode", "nodes": 1, "rate_tokens_per_s": rates}]
    assert per_million(data) == {"a": pytest.approx(3 / 0.108), "b": pytest.approx(15 / 0.432)}


def test_a_schedule_pays_energy_for_nodes_in_use_as_a_plan_does() -> None:
    """Ten nodes bought stand all day, 5 are in use for 12 h and 10 for 12: 180 node-hours at 10 kW and 0.1 USD.

    Held: 250,000 USD over 4 years at 10 % is 78,867.70 a year, 2 % of it 5,000, colocation 12,000: 2,626.51 a day.
    """
    instance = from_dict(
        {
            "version": 1,
            "name": "pb",
            "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 24},
            "workloads": {"w": {"demand": {"requests_per_s": [5] * 12 + [10] * 12}}},
            "deployments": [{"name": "u", "role": "request", "nodes": 1, "rate_requests_per_s": {"w": 1}}],
            "hardware": {"x": {"gpus_per_node": 1, "power_kw_per_node": 10}},
            "fleet": {
                "x": {
                    "rent": {"kind": "on_demand", "price_usd_per_node_hour": 20},
                    "buy": {
                        "kind": "purchase",
                        "price_usd_per_node": 250_000,
                        "life_years": 4,
                        "cost_of_capital": 0.1,
                        "maintenance_share_per_year": 0.02,
                        "energy_usd_per_kwh": 0.1,
                        "colocation_usd_per_kw_month": 100,
                    },
                }
            },
        }
    )
    found = evaluate(instance, constant_schedule(instance, {"x.buy": 10}))
    recovery = 0.1 / (1 - 1.1**-4)
    held = 10 * (250_000 * recovery + 5_000 + 12_000) / 365
    assert held == pytest.approx(2_626.51, abs=0.005)
    assert found.cost == pytest.approx(held + 180.0) == pytest.approx(2_806.51, abs=0.005)


def test_a_schedule_pays_for_starts_as_a_plan_does() -> None:
    """6, 3 and 9 nodes: prefill units 2, 1, 3, decode units of two nodes 2, 1, 3, the day repeating.

    Two of each start in the third hour: 2 * 1 + 2 * 2 nodes at 1 USD. Where nine nodes stay, nothing has to start.
    """
    instance = small({"fleet.h800.reserve": None, "start_up": {"usd_per_node": 1.0}})
    nodes = {("h800", "rent"): np.array([6.0, 3.0, 9.0])}
    found = evaluate(instance, FleetSchedule(mean=nodes, peak=nodes))
    assert found.start_cost == pytest.approx(6.0)
    assert found.cost == pytest.approx(18 * 16.0 + 6.0)
    assert evaluate(instance, constant_schedule(instance, {"h800.rent": 9})).start_cost == 0.0


def test_starts_of_a_bill_lie_where_the_model_counts_them() -> None:
    """Nothing ran before the first hour: starts in the hours 0 (2 + 2 units) and 2 (2 + 2 units), none by the end.

    Two months: the first hour is the last of January, so half of the starts are billed in January.
    """
    instance = small(
        {
            "horizon.start": "2025-01-31T23:00+00:00",
            "start_up": {"usd_per_node": 1.0, "before_first_period": "off"},
        }
    )
    plan = planner.solve(instance, EXACT)
    starts = [one for one in charges_of(plan, instance) if one.term == "start"]
    by_month = {one.start.month: one.billed for one in starts}
    first = sum(unit.on[0] * unit.nodes for unit in plan.units)
    later = sum(
        max(0, b - a) * unit.nodes for unit in plan.units for a, b in zip(unit.on, unit.on[1:], strict=False)
    )
    assert by_month == {1: pytest.approx(first), 2: pytest.approx(later)}


def test_a_plan_that_earns_has_no_margin_on_cost_and_no_shares() -> None:
    instance = small(
        {
            "lending.l": {"hardware": "h800", "price_usd_per_node_hour": 100.0, "max_nodes": 4},
            "workloads.chat.price_usd_per_million_tokens": {"input_hit": 1, "input_miss": 1, "output": 1},
        }
    )
    plan = planner.solve(instance, EXACT)
    assert plan.cost < 0
    assert "margin_on_cost" not in plan.summary
    assert margin(instance, plan.cost).on_cost is None
    assert {row["share"] for row in rows_of(plan, "costs")} == {None}
    assert f"and earns {-plan.cost:,.2f} USD" in decision(plan)
