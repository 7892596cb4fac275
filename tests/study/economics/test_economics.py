"""Revenue, cost per token, break-even loads and payback, against hand-worked figures."""

from __future__ import annotations

import numpy as np
import pytest

import planner
from planner.study.economics import (
    break_even_loads,
    hour_costs,
    margin,
    paybacks,
    revenue_by_workload,
    unit_costs,
)
from tests.examples import small
from tests.market.in_process import solve_here
from tests.market.one_node import one_node

PRICES = {"input_hit": 0.14, "input_miss": 0.55, "output": 2.19}


def test_the_published_income() -> None:
    instance = planner.load("instances/deepseek_day.yaml")
    earned = revenue_by_workload(instance)["chat"]
    # 266 B x 0.55 + 342 B x 0.14 + 168 B x 2.19
    assert earned.sum() == pytest.approx(562_100.0, rel=1e-7)
    assert margin(instance, 87_072.0).on_cost == pytest.approx(5.4556, abs=1e-4)
    assert margin(instance, 87_072.0).on_revenue == pytest.approx(1 - 87_072 / 562_100)


def test_free_share_and_off_peak_window() -> None:
    night = {"from_hour": 1, "to_hour": 2, "price_usd_per_million_tokens": {**PRICES, "output": 0.0}}
    changes = {
        "workloads.chat.price_usd_per_million_tokens": PRICES,
        "workloads.chat.off_peak": night,
        "workloads.chat.free_share": 0.2,
    }
    earned = revenue_by_workload(small(changes))["chat"]
    full = np.array([1500 * 0.55 + 350 * 2.19, 900 * 0.55, 2500 * 0.55 + 500 * 2.19]) * 0.8 * 3600e-6
    assert earned == pytest.approx(full)


def test_a_workload_without_prices_earns_nothing() -> None:
    assert revenue_by_workload(small()) == {}
    assert margin(small(), 10.0).on_revenue is None
    assert margin(small(), 0.0).on_cost is None


def test_unit_costs_sum_to_the_plan() -> None:
    changes = {
        "workloads.more": {"demand": {"output_tokens_per_s": [100, 700, 0]}},
        "deployments.1.rate_tokens_per_s": {"chat": 200, "more": 400},
        "start_up": {"usd_per_node": 1.0},
    }
    instance = small(changes)
    plan = solve_here(instance)
    costs = unit_costs(instance, plan)
    assert sum(entry.cost for entry in costs) == pytest.approx(plan.cost)
    by_name = {entry.workload: entry for entry in costs}
    assert by_name["more"].per_million_tokens_by_period[2] is None
    tokens = (100 + 700) * 3600 / 1e6
    assert by_name["more"].per_million_output_tokens == pytest.approx(by_name["more"].cost / tokens)


def test_unit_costs_of_a_vendor_fall_on_the_workload_it_takes() -> None:
    vendors = {"v": {"price_usd_per_million_tokens": {"input_hit": 0, "input_miss": 1e-3, "output": 1e-3}}}
    instance = small({"vendors": vendors})
    plan = solve_here(instance)
    (only,) = unit_costs(instance, plan)
    assert plan.holdings == ()
    assert only.cost == pytest.approx(plan.cost)
    assert only.per_million_tokens == pytest.approx(1e-3)


def test_break_even_loads_are_price_ratios() -> None:
    fleet = {
        "rent": {"kind": "on_demand", "price_usd_per_node_hour": 11.06},
        "dear": {"kind": "on_demand", "price_usd_per_node_hour": 15.0},
        "one": {"kind": "reserved", "price_usd_per_node_hour": 7.67},
        "three": {"kind": "reserved", "price_usd_per_node_hour": 4.86},
        "own": {
            "kind": "purchase",
            "price_usd_per_node": 4 * 8760.0,
            "life_years": 4,
            "energy_usd_per_kwh": 0.53,
        },
    }
    loads = {entry.commitment: entry for entry in break_even_loads(one_node([1.0] * 24, fleet))}
    assert loads["one"].load == pytest.approx(0.6935, abs=1e-4)
    assert loads["three"].load == pytest.approx(0.4394, abs=1e-4)
    assert loads["own"].load == pytest.approx(1.0 / (11.06 - 2 * 0.53))
    assert {entry.instead_of for entry in loads.values()} == {"rent"}


def test_payback_at_the_use_the_plan_makes() -> None:
    fleet = {
        "rent": {"kind": "on_demand", "price_usd_per_node_hour": 2.0},
        "own": {"kind": "purchase", "price_usd_per_node": 8760.0, "life_years": 2},
    }
    instance = one_node([1.0] * 18 + [0.0] * 6, fleet)
    (own,) = paybacks(instance, solve_here(instance))
    assert (own.nodes, own.use_share) == (1, pytest.approx(0.75))
    assert own.payback_years == pytest.approx(8760 / (8760 * 0.75 * 2.0))


def test_the_peak_bears_what_stands_ready_all_day() -> None:
    """A node costs 1 an hour reserved, 3 hired: the peak hour pays for what is hired, all for the base."""
    fleet = {
        "rent": {"kind": "on_demand", "price_usd_per_node_hour": 3.0},
        "reserve": {"kind": "reserved", "price_usd_per_node_hour": 1.0},
    }
    flat = hour_costs(one_node([2.0] * 4, fleet))
    assert flat.total == pytest.approx(8.0)
    assert sum(flat.usd) == pytest.approx(8.0)
    # 4 nodes in one hour of four, 1 in the others: one reserved (4), three hired (9); the peak pays 3 a node
    peaked = hour_costs(one_node([1.0, 4.0, 1.0, 1.0], fleet))
    assert peaked.total == pytest.approx(13.0)
    assert peaked.usd[1] == pytest.approx(12.0)
    assert sum(peaked.usd) + peaked.elsewhere == pytest.approx(13.0)
    assert peaked.peak == "2025-01-06T01:00+00:00"


def test_what_a_limit_earns_lies_elsewhere() -> None:
    fleet = {
        "rent": {"kind": "on_demand", "price_usd_per_node_hour": 3.0},
        "cheap": {"kind": "on_demand", "price_usd_per_node_hour": 1.0, "max_nodes": 1},
    }
    costs = hour_costs(one_node([2.0], fleet))
    assert costs.total == pytest.approx(4.0)
    assert costs.usd == pytest.approx((6.0,))  # the margin is hired, the cheap node earns its discount
    assert costs.elsewhere == pytest.approx(-2.0)
