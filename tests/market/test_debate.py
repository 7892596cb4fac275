"""The debate as instances: each claim from its own inputs, then the optimiser's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import planner
from planner.loader.catalog import CapexFact, fact_book
from planner.study.economics import margin
from tests.market.in_process import solve_here

if TYPE_CHECKING:
    from planner.plan.plan import Plan

CNY_PER_USD = 7.25
DAYS = 30


def monthly_cny(usd_per_day: float) -> float:
    return usd_per_day * DAYS * CNY_PER_USD


def provider(changes: dict[str, Any] | None = None) -> tuple[float, float]:
    """Monthly income and machine cost of the provider, in millions of CNY."""
    instance = planner.load("instances/maas_provider.yaml", changes)
    plan = solve_here(instance)
    return monthly_cny(margin(instance, plan.cost).income) / 1e6, monthly_cny(plan.cost) / 1e6


RATE = "deployments.0.rate_tokens_per_s.chat"


def test_the_provider_s_sum() -> None:
    income, cost = provider()
    assert income == pytest.approx(48.0, rel=1e-6)
    assert cost == pytest.approx(450.0, rel=0.015)  # a month of 30 days instead of 730 h


def test_the_provider_s_sum_on_the_other_chip() -> None:
    _, cost = provider({"fleet.h800.machines.max_nodes": 0, "fleet.mi300x.machines.max_nodes": 4000})
    assert cost == pytest.approx(270.0, rel=0.015)


def test_the_rate_at_which_the_provider_breaks_even() -> None:
    """Found by bisection over the optimiser; by hand 217.8 x 443.8 / 48 = 2,014 tokens/s per node."""
    low, high = 217.8, 14_800.0
    while high - low > 1.0:
        middle = (low + high) / 2
        income, cost = provider({RATE: middle})
        low, high = (low, middle) if income > cost else (middle, high)
    assert high == pytest.approx(2014.0, rel=0.005)


@pytest.mark.parametrize(("headroom", "positive"), [(1.0, True), (3.0, True), (5.0, True), (7.5, False)])
def test_headroom_at_the_published_rate(headroom: float, positive: bool) -> None:
    """At 14,800 output tokens/s per decode node the sum turns positive with up to sevenfold machines."""
    income, cost = provider({RATE: 14_800.0 / headroom})
    assert (income > cost) is positive


def appliance(changes: dict[str, Any] | None = None) -> Plan:
    return solve_here(planner.load("instances/appliance.yaml", changes))


def test_the_appliance_s_month_costs_less_than_two_hundred_yuan_as_tokens() -> None:
    tokens = 10 * 86_400 * DAYS
    assert tokens == 25_920_000
    plan = appliance()
    assert plan.holdings == ()
    assert 100 <= monthly_cny(plan.cost) <= 200
    alone = appliance({"vendors": {}})
    assert {holding.hardware for holding in alone.holdings} == {"box"}
    assert monthly_cny(alone.cost_terms["purchase"]) == pytest.approx(100_000 / 48, rel=0.02)


R1_PRICES = {"vendors.deepseek.book.model": "deepseek-r1"}


def hardware_of(plan: Plan) -> set[str]:
    return {holding.hardware for holding in plan.holdings}


def test_the_appliance_never_wins_and_the_server_only_against_dear_tokens() -> None:
    full = {"workloads.chat.demand.scale": 208.0}  # 2,080 of the server's 2,088 tokens/s
    assert hardware_of(appliance({"workloads.chat.demand.scale": 20.0})) == set()
    assert hardware_of(appliance(full)) == set()  # at V3's price tokens are cheaper than a full server
    assert hardware_of(appliance({**full, **R1_PRICES})) == {"h200"}
    alone = appliance({**full, "vendors": {}})
    assert hardware_of(alone) == {"h200"}
    assert monthly_cny(alone.cost) < 0.2 * 208 * 100_000 / 48  # a fifth of what 208 boxes cost


def domestic(changes: dict[str, Any] | None = None) -> Plan:
    plan = planner.solve(
        planner.load("instances/domestic_chips.yaml", changes),
        planner.SolveOptions(solver="highs", method="direct", relative_gap=0.002, threads=1),
    )
    assert plan.usable
    assert plan.warnings == ()
    return plan


def test_supernodes_come_whole_and_their_subsidy_counts() -> None:
    plan = domestic()
    supernodes = sum(h.nodes for h in plan.holdings if h.channel == "supernode")
    assert supernodes > 0
    assert supernodes % 48 == 0
    without = domestic({"fleet.ascend_910c.supernode.energy_usd_per_kwh": 0.088})
    assert without.cost > plan.cost
    h800 = domestic({"fleet.ascend_910c.supernode.max_nodes": 0, "fleet.h20_96.own.max_nodes": 0})
    assert h800.cost > plan.cost
    assert {h.hardware for h in h800.holdings} == {"h800"}


def test_day_and_night() -> None:
    plan = solve_here(planner.load("instances/day_night.yaml"))
    alone = solve_here(planner.load("instances/day_night.yaml", {"lending.training.max_nodes": 0}))
    earned = -plan.cost_terms["lending"]
    lent_hours = sum(record.nodes * (record.last - record.first + 1) for record in plan.lent)
    assert earned == pytest.approx(8.0 * lent_hours)
    # lent nodes burn their energy too: the gain is the price less energy, and serving costs what it did
    assert alone.cost - plan.cost == pytest.approx((8.0 - 1.122) * lent_hours, rel=1e-6)
    assert max(record.last for record in plan.lent) < 21  # noon + 21 h = nine o'clock
    assert all(record.nodes % 8 == 0 and record.last - record.first == 3 for record in plan.lent)


def test_the_night_price_lowers_the_income_of_the_published_day() -> None:
    night = planner.load("instances/day_night.yaml")
    day = planner.load("instances/deepseek_day.yaml")
    lost = 1 - margin(night, 1.0).income / margin(day, 1.0).income
    assert 0.10 < lost < 0.20


def test_figures_of_the_instances_are_those_of_the_books() -> None:
    """What an instance writes out with its source stands in the capex book as well."""
    facts = [fact for fact in fact_book("capex_2026").facts if isinstance(fact, CapexFact)]
    prices = {fact.value for fact in facts if fact.item.endswith("purchase_price")}
    chips = planner.load("instances/domestic_chips.yaml").fleet
    assert {
        chips["h800"]["own"].price_usd_per_node,
        round(chips["h20_96"]["own"].price_usd_per_node * CNY_PER_USD),
    } <= prices
    assert round(chips["ascend_910c"]["supernode"].price_usd_per_node * 48, -3) in prices
    assert planner.load("instances/appliance.yaml").fleet["h200"]["own"].price_usd_per_node in prices
    power = {fact.value for fact in facts if fact.item == "power"}
    assert {chips["h800"]["own"].power_kw, round(chips["ascend_910c"]["supernode"].power_kw * 48)} <= power
