"""Small questions with a right value worked out by hand, in which a bound or a limit forgot something."""

from __future__ import annotations

import math
from typing import Any

import pytest

from planner.loader import from_dict
from planner.optimize.pipeline import solve
from planner.optimize.solve_options import SolveOptions


def record(demand: Any, fleet: dict[str, Any], periods: int, **more: Any) -> dict[str, Any]:
    """Requests served by units of one node, one request/s each."""
    return {
        "version": 1,
        "name": "small",
        "horizon": {"start": "2025-01-01T00:00+00:00", "period_hours": 1, "periods": periods},
        "workloads": {"w": {"demand": {"requests_per_s": demand}}},
        "deployments": [{"name": "u", "role": "request", "nodes": 1, "rate_requests_per_s": {"w": 1}}],
        "hardware": {"x": {"gpus_per_node": 1}},
        "fleet": {"x": fleet},
        **more,
    }


def rent(usd: float = 10.0, **more: Any) -> dict[str, Any]:
    return {"kind": "on_demand", "price_usd_per_node_hour": usd, **more}


def costs(question: dict[str, Any], right: float, *methods: str) -> None:
    for method in methods or ("direct", "decompose"):
        plan = solve(from_dict(question), SolveOptions(method=method, relative_gap=1e-6, time_limit_s=30))
        assert plan.status == "optimal", (method, plan.status, plan.warnings)
        assert plan.cost == pytest.approx(right, rel=1e-6), method
        assert plan.bound <= right * (1 + 1e-6)


def test_spot_nodes_that_may_be_lost_together() -> None:
    # of n spot nodes half remain: 0.9 * 10 <= 0.5 n, so n = 18 at 1 USD
    spot = {"kind": "spot", "price_usd_per_node_hour": 1.0}
    spot["correlated_loss"] = {"lost_share": 0.5, "kept_share": 0.9}
    costs(record(10, {"spot": spot, "rent": rent()}, 1), 18.0)
    costs(record(10, {"spot": spot}, 2), 36.0)


def test_pools_of_an_earlier_plan_that_may_not_move() -> None:
    change = {"pools": {"u": [10, 10]}, "max_nodes_moved": 0}
    costs(record([3, 3], {"rent": rent()}, 2, limits={"change": change}), 200.0)


def test_units_started_too_late_for_their_whole_time() -> None:
    # nothing ran before and a start takes one hour and a half: 20 units begin in hour 1 and serve half of hour 2
    start = {"hours": 1.5, "before_first_period": "off"}
    question = record([0, 10], {"rent": rent()}, 2, start_up=start)
    costs(question, 400.0, "direct")


def test_no_more_increments_than_fit_into_the_limit() -> None:
    # 7 nodes at most, three at a time: six of them are cheap, six more are rented
    own = {"kind": "reserved", "price_usd_per_node_hour": 1.0, "increment_nodes": 3, "max_nodes": 7}
    costs(record([12] * 4, {"own": own, "rent": rent()}, 4), 4 * (6 * 1.0 + 6 * 10.0))


def test_a_minimum_off_the_increment() -> None:
    # 4 nodes at least are two increments of three, and that is all that there is
    own = {"kind": "reserved", "price_usd_per_node_hour": 5.0, "increment_nodes": 3, "max_nodes": 6}
    costs(record([2] * 3, {"own": {**own, "min_nodes": 4}}, 3), 3 * 6 * 5.0)


def test_three_spot_nodes_at_most_serve_for_a_share_of_their_time() -> None:
    # 1 / (1 + 365 / 730 * 1) = 2/3 of three nodes: two serve, whatever is asked beyond them is rented
    spot = {"kind": "spot", "price_usd_per_node_hour": 1.0, "max_nodes": 3}
    spot |= {"interruptions_per_node_month": 365.0, "restart_hours": 1.0}
    costs(record([3, 3], {"spot": spot, "rent": rent()}, 2), 2 * (3 * 1.0 + 10.0))


@pytest.mark.parametrize("money", [1e-6, 1.0, 1e6])
def test_money_of_any_size_buys_the_same(money: float) -> None:
    own = {"kind": "reserved", "price_usd_per_node_hour": 4.0 * money, "max_nodes": 9}
    question = record([3, 8, 12, 5], {"own": own, "rent": rent(10.0 * money)}, 4)
    question["start_up"] = {"usd_per_node": 1.0 * money}
    # the eighth node is needed in two hours, 16 < 20, the ninth in one, 16 > 10; the eight stay on, four start
    costs(question, money * (8 * 4 * 4.0 + 4 * 10.0 + 4 * 1.0), "decompose")


@pytest.mark.parametrize("silent", ["input_tokens_per_s", "output_tokens_per_s"])
def test_a_phase_without_demand(silent: str) -> None:
    demand = {"input_tokens_per_s": 1000.0, "output_tokens_per_s": 200.0, silent: 0.0}
    question = record(1, {"rent": rent(max_nodes=10)}, 100)
    question["workloads"] = {"chat": {"demand": demand}}
    question["deployments"] = [
        {"name": "p", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 1000.0}},
        {"name": "d", "role": "decode", "nodes": 1, "rate_tokens_per_s": {"chat": 200.0}},
    ]
    costs(question, 1000.0)
    costs({**question, "start_up": {"usd_per_node": 1.0}}, 1000.0)


def test_too_few_nodes_are_reported_without_an_engine() -> None:
    plan = solve(from_dict(record([5, 3], {"rent": rent(max_nodes=4)}, 2)), SolveOptions(method="decompose"))
    assert plan.status == "infeasible"
    assert plan.method == "decompose"


def test_what_has_no_solution_has_no_bound() -> None:
    question = record([5, 3], {"rent": rent()}, 2) | {"limits": {"usd_per_month": 1.0}}
    plan = solve(from_dict(question), SolveOptions(method="decompose"))
    assert (plan.status, plan.bound) == ("infeasible", math.inf)


def test_a_pool_that_begins_with_nodes_that_cost_nothing_is_branched_on() -> None:
    fleet = {
        "old": {"kind": "existing", "nodes": 3},
        "reserve": {"kind": "reserved", "price_usd_per_node_hour": 4.0},
        "rent": rent(),
    }
    # six of eight hours ask for 7 nodes or more and two for 9: four are reserved, two more are rented in two hours
    costs(record([7, 7, 7, 7, 9, 9, 2, 1], fleet, 8), 4 * 8 * 4.0 + 2 * 2 * 10.0)
