"""Cash of plans with stages: what is paid when, limits on it, and plans that tell it wrongly."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

import planner
from planner.core.errors import InstanceError
from planner.view.exports.cash import cash_months
from tests.market.one_node import one_node

TWO_YEARS = {"y1": {"years": 1}, "y2": {"years": 1}}
RENT = {"kind": "on_demand", "price_usd_per_node_hour": 10}
A_YEAR = 10 * 8760
BUY = {"kind": "purchase", "price_usd_per_node": 100_000, "life_years": 4}


def question(channels: dict[str, Any], nodes: float = 10.0, **more: Any) -> planner.Instance:
    return one_node([nodes], channels, **{"stages": TWO_YEARS, "discount_rate_per_year": 0.1, **more})


def solve(instance: planner.Instance) -> planner.Plan:
    plan = planner.solve(instance, planner.SolveOptions(solver="highs", relative_gap=0.0, threads=1))
    assert plan.status == "optimal"
    assert planner.check(instance, plan).violations == ()
    return plan


def bought(plan: planner.Plan) -> float:
    """Nodes bought at the beginning."""
    return sum(one.nodes for one in plan.holdings if one.channel == "buy" and one.first == 0)


def test_cash_is_undiscounted_and_told_by_stage() -> None:
    lease = {
        **{
            "kind": "lease",
            "price_usd_per_node_month": 1000,
            "upfront_usd_per_node": 5000,
            "term_months": 18,
        },
        "max_nodes": 2,
    }
    plan = solve(question({"rent": RENT, "lease": lease}))
    first, second = plan.cash
    # the lease of y1 ends in the middle of y2, and another is signed at the beginning of y2: 2 of 10 nodes are leased
    assert first.paid_at_start == pytest.approx(2 * 5000)
    assert first.paid_over_time == pytest.approx(8 * A_YEAR + 2 * 12_000)
    assert second.paid_at_start == pytest.approx(2 * 5000)
    assert second.paid_over_time == pytest.approx(8 * A_YEAR + 2 * 12_000 + 2 * 6_000)
    total = sum(one.paid_at_start + one.paid_over_time for one in plan.cash)
    assert second.peak_funding == pytest.approx(total)


def test_the_export_by_month_agrees_with_the_stages() -> None:
    buy = {
        **BUY,
        "life_years": 1.5,
        "residual_share": 0.2,
        "maintenance_share_per_year": 0.05,
        "max_nodes": 3,
    }
    night = {"hardware": "node", "price_usd_per_node_hour": 1, "max_nodes": 2, "block_hours": 1}
    own = {"kind": "existing", "nodes": 2}
    instance = question({"rent": RENT, "buy": buy, "own": own}, lending={"night": night})
    plan = solve(instance)
    months = [month for month in cash_months(plan, instance) if not month.after_plan]
    for name in ("paid_at_start", "paid_over_time", "received"):
        told = sum(getattr(one, name) for one in plan.cash)
        assert told == pytest.approx(sum(getattr(month, name) for month in months)), name
    assert sum(one.received for one in plan.cash) > 0


@pytest.mark.parametrize(
    ("limit", "nodes"), [(10 * 100_000, 10), (10 * A_YEAR + 5 * 12_400, 5), (10 * A_YEAR, 0)]
)
def test_cash_of_a_stage_buys_so_many_nodes(limit: float, nodes: int) -> None:
    # a node bought takes 12,400 more in the first year than one hired
    plan = solve(question({"rent": RENT, "buy": BUY}, limits={"cash_usd_per_stage": limit}))
    assert bought(plan) == nodes
    assert plan.cash[0].paid_at_start + plan.cash[0].paid_over_time <= limit + 0.01


def test_peak_funding_may_ask_for_nodes_that_cost_more() -> None:
    """Bought for two years they tie up 100,000 each, hired for two years 175,200."""
    dear = {**BUY, "price_usd_per_node": 170_000, "life_years": 2}
    free = solve(question({"rent": RENT, "buy": dear}))
    assert bought(free) == 0
    held = solve(
        question({"rent": RENT, "buy": dear}, limits={"peak_funding_usd": 10 * 2 * A_YEAR - 4 * 5_200})
    )
    assert bought(held) == 4
    assert held.cash[-1].peak_funding == pytest.approx(10 * 2 * A_YEAR - 4 * 5_200)
    assert held.cost > free.cost


def test_what_a_node_fetches_lowers_what_is_tied_up_and_not_what_is_paid() -> None:
    buy = {**BUY, "life_years": 1, "residual_share": 0.5}
    plan = solve(question({"buy": buy}, nodes=1.0))
    first, second = plan.cash
    assert (first.paid_at_start, first.received, first.peak_funding) == pytest.approx((1e5, 0, 1e5))
    assert (second.paid_at_start, second.received, second.peak_funding) == pytest.approx((1e5, 5e4, 1.5e5))
    solve(question({"buy": buy}, nodes=1.0, limits={"cash_usd_per_stage": 1e5, "peak_funding_usd": 1.5e5}))
    for limits in ({"cash_usd_per_stage": 99_999}, {"peak_funding_usd": 149_999}):
        instance = question({"buy": buy}, nodes=1.0, limits=limits)
        plan = planner.solve(instance, planner.SolveOptions(solver="highs", threads=1))
        assert plan.status == "infeasible"
        assert any(f"raise limits.{next(iter(limits))} by 1.001 USD" in reason for reason in plan.reasons)


@pytest.mark.parametrize(
    ("field", "factor"),
    [("paid_at_start", 0.5), ("paid_over_time", 1.01), ("received", 0.0), ("peak_funding", 0.99)],
)
def test_cash_that_is_told_wrongly_is_found(field: str, factor: float) -> None:
    buy = {**BUY, "life_years": 1.5, "residual_share": 0.2, "max_nodes": 3}
    instance = question({"rent": RENT, "buy": buy})
    plan = solve(instance)
    wrong = dataclasses.replace(plan.cash[1], **{field: getattr(plan.cash[1], field) * factor})
    tampered = dataclasses.replace(plan, cash=(plan.cash[0], wrong))
    assert {one.rule for one in planner.check(instance, tampered).violations} == {"cash"}
    silent = dataclasses.replace(plan, cash=())
    assert {one.rule for one in planner.check(instance, silent).violations} == {"cash"}


@pytest.mark.parametrize("key", ["cash_usd_per_stage", "peak_funding_usd"])
def test_a_plan_beyond_a_limit_is_found(key: str) -> None:
    plan = solve(question({"rent": RENT, "buy": BUY}))
    limited = question({"rent": RENT, "buy": BUY}, limits={key: 900_000})
    tampered = dataclasses.replace(plan, question=limited.model_dump(mode="json", exclude_unset=True))
    assert {one.rule for one in planner.check(limited, tampered).violations} == {"cash limits"}


@pytest.mark.parametrize("key", ["cash_usd_per_stage", "peak_funding_usd"])
def test_limits_on_cash_need_dates(key: str) -> None:
    with pytest.raises(InstanceError, match=f"limits.{key}: needs stages"):
        one_node([1.0], {"rent": RENT}, limits={key: 1.0})


def test_the_decomposition_keeps_limits_on_cash() -> None:
    limits = {"cash_usd_per_stage": 10 * A_YEAR + 5 * 12_400}
    instance = one_node(
        [8.0, 10.0], {"rent": RENT, "buy": BUY}, stages=TWO_YEARS, limits=limits, discount_rate_per_year=0.1
    )
    direct = planner.solve(instance, planner.SolveOptions(method="direct", solver="highs", threads=1))
    decomposed = planner.solve(instance, planner.SolveOptions(method="decompose", threads=1, time_limit_s=20))
    assert planner.check(instance, decomposed).violations == ()
    assert decomposed.bound <= direct.cost + 1e-6 <= decomposed.cost + 1e-3


def test_costs_by_stage_are_those_of_the_cost_without_discount_and_told_rightly() -> None:
    instance = question({"rent": RENT, "buy": {**BUY, "max_nodes": 3}})
    plan = solve(instance)
    worth = {"y1": 0.953823, "y2": 0.867112}  # means of 1.1^-t over the first year and the second
    by_term = dict.fromkeys(plan.cost_terms, 0.0)
    for one in plan.stage_costs:
        by_term[one.term] += one.cost * worth[one.stage]
    assert by_term == pytest.approx(plan.cost_terms, rel=1e-5)
    hire = next(one for one in plan.stage_costs if (one.stage, one.term) == ("y2", "hire"))
    assert hire.cost == pytest.approx(7 * A_YEAR)
    for wrong in (plan.stage_costs[1:], (*plan.stage_costs, dataclasses.replace(hire, term="start"))):
        tampered = dataclasses.replace(plan, stage_costs=wrong)
        assert {one.rule for one in planner.check(instance, tampered).violations} == {"cost by stage"}
