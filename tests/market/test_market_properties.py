"""Every way to get capacity: used when cheap, less when dearer, and never a cost by being there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.loader import from_dict
from tests.market.in_process import nodes_held, solve_here
from tests.market.one_node import one_node

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan

RENT = {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 10.0}}
HOURLY = "price_usd_per_node_hour"
CHANNELS: dict[str, tuple[str, dict[str, Any]]] = {
    "on_demand": (HOURLY, {}),
    "spot": (HOURLY, {"interruptions_per_node_month": 20.0, "restart_hours": 1.0}),
    "reserved": (HOURLY, {"term_years": 1, "upfront_share": 0.5, "cost_of_capital": 0.1}),
    "contract": (HOURLY, {"hours": 3}),
    "capacity_block": (HOURLY, {"days": 1}),
    "lease": ("price_usd_per_node_month", {"term_months": 12}),
    "purchase": ("price_usd_per_node", {"life_years": 4, "energy_usd_per_kwh": 0.1}),
    "existing": ("forgone_usd_per_node_hour", {"nodes": 20}),
    "supernode": (HOURLY, {"increment_nodes": 6}),
}
PER_HOUR = {"price_usd_per_node_month": 730.0, "price_usd_per_node": 4 * 8760.0}
FEW = settings(max_examples=8, deadline=None)
demands = st.lists(st.integers(0, 20).map(float), min_size=24, max_size=24)
prices = st.floats(1.0, 12.0)


def with_channel(name: str, price: float) -> dict[str, Any]:
    key, fields = CHANNELS[name]
    kind = "reserved" if name == "supernode" else name
    return {**RENT, "other": {"kind": kind, **fields, key: price * PER_HOUR.get(key, 1.0)}}


@pytest.mark.parametrize("name", CHANNELS)
@FEW
@given(demands, prices, st.floats(1.05, 2.0))
def test_a_dearer_channel_is_used_no_more(
    name: str, demand: list[float], price: float, factor: float
) -> None:
    cheap = solve_here(one_node(demand, with_channel(name, price)))
    dear = solve_here(one_node(demand, with_channel(name, price * factor)))
    slack = 1e-9 * (1 + abs(cheap.cost))
    assert dear.cost >= cheap.cost - slack
    if dear.cost > cheap.cost + slack:  # otherwise several plans are optimal, with any use
        assert nodes_held(dear, "other") <= nodes_held(cheap, "other")


@pytest.mark.parametrize("name", CHANNELS)
@FEW
@given(demands, prices)
def test_one_more_channel_never_costs(name: str, demand: list[float], price: float) -> None:
    alone = solve_here(one_node(demand, RENT))
    both = solve_here(one_node(demand, with_channel(name, price)))
    assert both.cost <= alone.cost + 1e-9 * (1 + alone.cost)


@pytest.mark.parametrize("name", CHANNELS)
def test_every_channel_is_used_where_it_is_cheap(name: str) -> None:
    plan = solve_here(one_node([12.0] * 24, with_channel(name, 1.0)))
    assert nodes_held(plan, "other") > 0
    assert sum(plan.cost_terms.values()) == pytest.approx(plan.cost)


def served(**sections: Any) -> Instance:
    """A day of a workload in tokens: a node serves 1,000 computed prompt or 500 output tokens/s."""
    data = {
        "version": 1,
        "name": "tokens",
        "horizon": {"start": "2025-01-06T00:00+00:00", "periods": 24},
        "workloads": {
            "w": {
                "demand": {"input_tokens_per_s": [2000.0] * 12 + [9000.0] * 12, "output_tokens_per_s": 1000.0}
            }
        },
        "deployments": [
            {"name": "p", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"w": 1000.0}},
            {"name": "d", "role": "decode", "nodes": 1, "rate_tokens_per_s": {"w": 500.0}},
        ],
        "hardware": {"node": {"gpus_per_node": 1}},
        "fleet": {"node": {"reserve": {"kind": "reserved", "price_usd_per_node_hour": 10.0}}},
    }
    return from_dict({**data, **sections})


def vendor(miss: float, **fields: Any) -> dict[str, Any]:
    prices = {"input_hit": 0.0, "input_miss": miss, "output": 2 * miss}
    return {"v": {"price_usd_per_million_tokens": prices, **fields}}


def taken(plan: Plan) -> float:
    return sum(sum(record.share) for record in plan.outsourced)


@FEW
@given(st.floats(0.1, 4.0), st.floats(1.1, 3.0))
def test_a_vendor_takes_less_when_dearer_and_never_costs(miss: float, factor: float) -> None:
    alone = solve_here(served())
    cheap, dear = (solve_here(served(vendors=vendor(price))) for price in (miss, miss * factor))
    assert cheap.cost <= dear.cost + 1e-6 <= alone.cost + 2e-6
    if dear.cost > cheap.cost + 1e-6:
        assert taken(dear) <= taken(cheap) + 1e-6


def test_a_vendor_takes_the_peak_and_its_tiers_are_discounts() -> None:
    plan = solve_here(served(vendors=vendor(4.0)))
    assert 0 < taken(plan) < 24
    assert plan.outsourced[0].share[0] == pytest.approx(0.0, abs=1e-6)
    tiers = [{"above_usd_per_day": 100.0, "discount_share": 0.5}]
    tiered = solve_here(served(vendors=vendor(4.0, tiers=tiers)))
    spent = tiered.cost_terms["outsource"]
    assert tiered.cost_terms["outsource_discount"] == pytest.approx(-0.5 * max(0.0, spent - 100.0))
    assert tiered.cost < plan.cost


def test_a_vendor_s_rate_limit_binds() -> None:
    # a ninth of the peak saves one prefill node; 1,500 of 10,000 tokens/s allow that, 1,000 do not
    plan = solve_here(served(vendors=vendor(0.01, max_tokens_per_s=1500.0)))
    assert 1 / 9 - 1e-6 <= plan.outsourced[0].share[23] <= 0.15 + 1e-6
    assert solve_here(served(vendors=vendor(0.01, max_tokens_per_s=1000.0))).outsourced == ()


def lend(**fields: Any) -> dict[str, Any]:
    return {"t": {"hardware": "node", "price_usd_per_node_hour": 4.0, "max_nodes": 5, **fields}}


@FEW
@given(st.floats(0.5, 9.0), st.floats(1.1, 2.0))
def test_lending_earns_more_at_a_better_price(price: float, factor: float) -> None:
    alone = solve_here(served())
    low, high = (
        solve_here(served(lending=lend(price_usd_per_node_hour=value)))
        for value in (price, min(9.9, price * factor))
    )
    assert high.cost <= low.cost + 1e-6 <= alone.cost + 2e-6
    assert sum(r.nodes for r in high.lent) >= sum(r.nodes for r in low.lent)


def test_lending_takes_the_idle_half_of_the_day_only() -> None:
    plan = solve_here(served(lending=lend()))
    assert plan.cost_terms["lending"] == pytest.approx(-4.0 * 5 * 12)
    assert {record.first for record in plan.lent} == set(range(12))
    ramped = solve_here(served(lending=lend(ramp_nodes_per_hour=2)))
    # 2, 4, 5 x 8, 4, 2 of five nodes: the ramp counts at both ends (the day is cyclic)
    assert ramped.cost_terms["lending"] == pytest.approx(-4.0 * (2 + 4 + 5 * 8 + 4 + 2))


def test_hired_nodes_are_never_lent() -> None:
    hired = {"node": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0}}}
    assert solve_here(served(fleet=hired, lending=lend())).lent == ()


@FEW
@given(st.floats(2.0, 12.0), st.floats(1.05, 2.0))
def test_a_spend_commitment_is_used_less_when_its_rate_is_worse(rate: float, factor: float) -> None:
    def plan(value: float) -> Plan:
        covered = {"kind": "spend_commitment", "plan": "p", "price_usd_per_node_hour": value}
        demand = [float(3 + hour % 7) for hour in range(24)]
        return solve_here(one_node(demand, {**RENT, "covered": covered}, spend_commitments={"p": {}}))

    cheap, dear = plan(rate), plan(rate * factor)
    assert cheap.cost <= dear.cost + 1e-6
    if dear.cost > cheap.cost + 1e-6:
        assert nodes_held(dear, "covered") <= nodes_held(cheap, "covered")


def test_a_spend_commitment_covers_several_kinds_of_hardware() -> None:
    instance = from_dict(
        {
            "version": 1,
            "name": "two",
            "horizon": {"start": "2025-01-06T00:00+00:00", "periods": 2},
            "workloads": {
                name: {"demand": {"requests_per_s": load}} for name, load in (("a", [1, 0]), ("b", [0, 1]))
            },
            "deployments": [
                {
                    "name": name,
                    "role": "request",
                    "nodes": 1,
                    "hardware": f"h{name}",
                    "rate_requests_per_s": {name: 1.0},
                }
                for name in ("a", "b")
            ],
            "hardware": {f"h{name}": {"gpus_per_node": 1} for name in ("a", "b")},
            "fleet": {
                f"h{name}": {
                    "rent": {"kind": "on_demand", "price_usd_per_node_hour": 3.0},
                    "plan": {"kind": "spend_commitment", "plan": "p", "price_usd_per_node_hour": 2.0},
                }
                for name in ("a", "b")
            },
            "spend_commitments": {"p": {"increment_usd_per_hour": 2.0}},
        }
    )
    plan = solve_here(instance)
    assert plan.cost == pytest.approx(4.0)  # 2 USD an hour for two hours, drawn by one kind after the other
    assert {h.hardware for h in plan.holdings} == {"ha", "hb"}


def test_a_spot_scenario_asks_for_firm_nodes() -> None:
    spot = {"kind": "spot", "price_usd_per_node_hour": 1.0, "correlated_loss": {"kept_share": 0.6}}
    plan = solve_here(one_node([10.0] * 4, {**RENT, "spot": spot}))
    assert nodes_held(plan, "rent") == 6 * 4
    assert nodes_held(plan, "spot") == 4 * 4


def test_limits_bind() -> None:
    fleet = {**RENT, "own": {"kind": "purchase", "price_usd_per_node": 1000.0, "life_years": 4, "site": "s"}}
    free = solve_here(one_node([10.0] * 4, fleet))
    assert nodes_held(free, "rent") == 0
    budget = solve_here(one_node([10.0] * 4, fleet, limits={"capex_usd": 4_500.0}))
    assert nodes_held(budget, "own") == 4 * 4
    power = solve_here(one_node([10.0] * 4, fleet, limits={"sites": {"s": {"power_kw": 7.0}}}))
    assert nodes_held(power, "own") >= 3 * 4
    assert max(power.use[0].nodes[0], power.use[-1].nodes[0]) > 0
    assert power.cost > free.cost
