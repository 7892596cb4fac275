"""Present value and what is owed after the end of a plan: optima by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import planner
from planner.instance.present_value import discounted_years, even_recovery
from tests.market.one_node import one_node

YEAR_OF_RENT = 10.2 * 8760
OF_ONE_YEAR = (1 - 1 / 1.1) / math.log(1.1)
"""Present value of 1 paid evenly over the first year, at 10 %: 0.953823."""


def question(stages: dict[str, Any], channels: dict[str, Any], **more: Any) -> planner.Instance:
    return one_node([100.0], channels, **({"stages": stages} if stages else {}), **more)


def solve(instance: planner.Instance) -> planner.Plan:
    plan = planner.solve(instance, planner.SolveOptions(solver="highs", relative_gap=0.0, threads=1))
    assert plan.status == "optimal"
    assert not planner.check(instance, plan).violations
    return plan


def taken(plan: planner.Plan) -> set[str]:
    return {holding.channel for holding in plan.holdings}


FALLING = {"kind": "on_demand", "price_usd_per_node_hour": 10.2, "price_change_per_year": -0.2}
THREE_YEARS = {"y1": {"years": 1}, "y2": {"years": 1}, "y3": {"years": 1}}
RENTED = YEAR_OF_RENT * OF_ONE_YEAR * (1 + 0.8 / 1.1 + 0.64 / 1.1**2)
"""What a node costs that is rented for three years at falling prices, at present value: 192,286.85."""


def test_even_payments_add_up_and_repay_what_was_lent() -> None:
    begin, middle, end = np.array([0.0]), np.array([0.7]), np.array([2.5])
    whole = discounted_years(0.1, begin, end)
    assert discounted_years(0.1, begin, middle) + discounted_years(0.1, middle, end) == pytest.approx(whole)
    assert even_recovery(0.1, 2.5) * whole == pytest.approx([1.0])
    assert discounted_years(0.0, begin, end) == pytest.approx([2.5])
    assert discounted_years(0.1, end, begin) == pytest.approx([0.0])


@pytest.mark.parametrize(("price", "channel"), [(192_200, "buy"), (192_400, "rent"), (210_000, "rent")])
def test_a_node_is_bought_below_the_present_value_of_its_rents(price: int, channel: str) -> None:
    buy = {"kind": "purchase", "price_usd_per_node": price, "life_years": 3}
    instance = question(THREE_YEARS, {"rent": FALLING, "buy": buy}, discount_rate_per_year=0.1)
    plan = solve(instance)
    assert taken(plan) == {channel}
    assert plan.cost == pytest.approx(100 * min(price, RENTED), rel=1e-9)


@pytest.mark.parametrize("rent", [9.9, 10.1])
def test_the_annuity_of_a_day_and_the_payments_of_a_life_decide_alike(rent: float) -> None:
    price = 10.0 * 8760 * 4 * OF_ONE_YEAR * (1 - 1.1**-4) / (1 - 1 / 1.1) / 4
    channels = {
        "rent": {"kind": "on_demand", "price_usd_per_node_hour": rent},
        "buy": {"kind": "purchase", "price_usd_per_node": price, "life_years": 4},
    }
    day = solve(question({}, channels, discount_rate_per_year=0.1))
    life = solve(question({"all": {"years": 4}}, channels, discount_rate_per_year=0.1))
    assert taken(day) == taken(life) == ({"rent"} if rent < 10 else {"buy"})


def test_an_upfront_payment_counts_as_what_it_is() -> None:
    reserved = {"kind": "reserved", "price_usd_per_node_hour": 8, "term_years": 3, "upfront_share": 1.0}
    plan = solve(question(THREE_YEARS, {"res": reserved}, discount_rate_per_year=0.1))
    assert plan.cost == pytest.approx(100 * 8 * 8760 * 3, rel=1e-9)


@pytest.mark.parametrize("rate", [0.0, 0.1])
def test_stages_split_cost_the_same(rate: float) -> None:
    channels = {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 10.2}}
    whole = solve(question({"all": {"years": 2}}, channels, discount_rate_per_year=rate))
    parts = solve(question({"a": {"years": 0.7}, "b": {"years": 1.3}}, channels, discount_rate_per_year=rate))
    assert whole.cost == pytest.approx(parts.cost, rel=1e-12)


LATE = {"y1": {"years": 0.5, "demand_scale": 0.01}, "y2": {"years": 0.5}}
"""A hundred nodes are needed in the second half-year alone."""


@pytest.mark.parametrize(
    ("rest_value_share", "channel", "cost"),
    [
        (0.0, "rent", 101 * 20 * 4380),
        (0.9, "res", 12 * (8760 + 0.1 * 2 * 8760) + 99 * 12 * (4380 + 0.1 * 2.5 * 8760)),
    ],
)
def test_the_whole_obligation_of_a_term_counts_but_for_the_value_of_its_rest(
    rest_value_share: float, channel: str, cost: float
) -> None:
    channels = {
        "rent": {"kind": "on_demand", "price_usd_per_node_hour": 20},
        "res": {
            "kind": "reserved",
            "price_usd_per_node_hour": 12,
            "term_years": 3,
            "rest_value_share": rest_value_share,
        },
    }
    plan = solve(question(LATE, channels, discount_rate_per_year=0.0))
    assert channel in taken(plan)
    assert plan.cost == pytest.approx(cost, rel=1e-9)


@pytest.mark.parametrize(("share", "cost"), [(1.0, 100_000 / 4), (0.0, 100_000), (0.5, 62_500)])
def test_a_bought_node_has_its_rest_at_the_end_of_the_plan(share: float, cost: float) -> None:
    buy = {"kind": "purchase", "price_usd_per_node": 100_000, "life_years": 4, "rest_value_share": share}
    plan = solve(question({"y1": {"years": 1}}, {"buy": buy}, discount_rate_per_year=0.0))
    assert plan.cost == pytest.approx(100 * cost, rel=1e-9)


@pytest.mark.parametrize(
    "channel",
    [
        {"kind": "purchase", "price_usd_per_node": 20_000, "life_years": 1.5, "rest_value_share": 0},
        {
            "kind": "reserved",
            "price_usd_per_node_hour": 20_000 / 1.5 / 8760,
            "term_years": 1.5,
            "upfront_share": 1,
        },
    ],
)
def test_what_ends_within_a_stage_is_paid_anew(channel: dict[str, Any]) -> None:
    plan = solve(question({"all": {"years": 2}}, {"one": channel}, discount_rate_per_year=0.1))
    assert plan.cost == pytest.approx(100 * (20_000 + 20_000 * 1.1**-1.5), rel=1e-9)


def test_what_is_taken_for_granted_about_money_is_a_warning() -> None:
    buy = {"kind": "purchase", "price_usd_per_node": 100_000, "life_years": 4}
    silent = solve(question(THREE_YEARS, {"buy": buy})).warnings
    assert any("money of all years counts alike" in warning for warning in silent)
    assert any("costs no interest: give cost_of_capital" in warning for warning in silent)
    other = {**buy, "cost_of_capital": 0.05}
    told = solve(question(THREE_YEARS, {"buy": other}, discount_rate_per_year=0.1)).warnings
    assert any("costs are present values" in warning for warning in told)
    assert any("cost_of_capital 0.05 is not used" in warning for warning in told)
