"""Carbon at a price and within a limit, by hand: at either of two sites, in plans, schedules, bills and the audit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import planner
from planner.core.errors import InstanceError
from planner.view.exports.focus import focus_rows
from tests.market.one_node import one_node
from tests.model.listing import listing, program_for
from tests.sites.two import two_sites

EXACT = planner.SolveOptions(solver="highs", relative_gap=0.0, threads=1)
DIRTY = {"sites.north": {"carbon_g_per_kwh": [800.0]}, "sites.south": {"carbon_g_per_kwh": 0.0}}
"""A node of 10 kW emits 8 kg in an hour in the north, where it costs 10 USD, and nothing in the south, at 13 USD."""


def solved(changes: dict[str, Any]) -> tuple[planner.Instance, planner.Plan]:
    instance = two_sites(changes)
    plan = planner.solve(instance, EXACT)
    assert planner.check(instance, plan).violations == ()
    return instance, plan


@pytest.mark.parametrize(
    ("usd_per_t", "cost", "carbon"), [(0.0, 40.0, 0.0), (300.0, 49.6, 9.6), (500.0, 52.0, 0.0)]
)
def test_a_price_moves_work_to_where_energy_is_clean(usd_per_t: float, cost: float, carbon: float) -> None:
    _, plan = solved({**DIRTY, "sites.north": {"carbon_g_per_kwh": [800.0], "carbon_usd_per_t": usd_per_t}})
    assert plan.cost == pytest.approx(cost)
    assert plan.cost_terms.get("carbon", 0.0) == pytest.approx(carbon)


def test_a_limit_does_too_and_says_what_would_be_needed() -> None:
    _, plan = solved({**DIRTY, "limits": {"carbon_kg": 20.0}})
    assert (plan.cost, plan.summary["carbon_kg"]) == pytest.approx((2 * 10 + 2 * 13, 16.0))
    tight = two_sites({**DIRTY, "limits": {"carbon_kg": 20.0}, "fleet.hs.rent.max_nodes": 0})
    refused = planner.solve(tight, EXACT)
    assert refused.status == "infeasible"
    assert any("raise limits.carbon_kg by 12" in reason for reason in refused.reasons)


def test_losses_of_the_site_and_years_count() -> None:
    north = {"carbon_g_per_kwh": 800.0, "carbon_usd_per_t": 100.0, "pue": 1.25}
    years = {"first": {"years": 1}, "second": {"years": 1}}
    instance, plan = solved(
        {"sites.north": north, "fleet.hs.rent.max_nodes": 0, "stages": years, "discount_rate_per_year": 0.1}
    )
    tons_a_year = 4 * 10 * 1.25 * 0.8 * 8760 / 1000
    assert plan.summary["carbon_kg"] == pytest.approx(2 * 1000 * tons_a_year)
    worth = sum(instance.timeline.present_value)
    assert plan.cost_terms["carbon"] == pytest.approx(100 * tons_a_year * worth)
    billed = [row["BilledCost"] for row in focus_rows(plan, instance) if row["x_CostTerm"] == "carbon"]
    assert sum(billed) == pytest.approx(2 * 100 * tons_a_year)
    assert plan.cash[0].paid_over_time == pytest.approx(100 * tons_a_year + 4 * 10 * 8760)


def test_a_plan_that_hides_its_carbon_is_refused() -> None:
    instance, plan = solved({"sites.north": {"carbon_g_per_kwh": 800.0, "carbon_usd_per_t": 100.0}})
    terms = {name: usd for name, usd in plan.cost_terms.items() if name != "carbon"}
    hidden = replace(plan, cost_terms=terms, cost=sum(terms.values()), bound=sum(terms.values()))
    assert {"cost terms", "total cost"} <= {one.rule for one in planner.check(instance, hidden).violations}
    limited = two_sites({**DIRTY, "limits": {"carbon_kg": 20.0}})
    _, free = solved(DIRTY)
    tampered = replace(free, question=limited.model_dump(mode="json", exclude_unset=True))
    assert {one.rule for one in planner.check(limited, tampered).violations} == {"plan limits"}


def test_rows_by_hand() -> None:
    rows = listing(program_for(two_sites({**DIRTY, "limits": {"carbon_kg": 20.0}})))
    # 10 kW at 800 g/kWh: 8 kg an hour of a unit of one node in the north, in thousands
    units = [name for name in rows["limits_carbon"][1] if name.startswith("on_")]
    assert len(units) == 2
    assert rows["limits_carbon"] == (-np.inf, pytest.approx(dict.fromkeys(units, 0.008)), 0.02)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sites.north": {"carbon_usd_per_t": 5.0}}, "sites.north.carbon_usd_per_t: needs carbon_g_per_kwh"),
        (
            {"sites.north": {"carbon_g_per_kwh": 5.0}, "limits": {"carbon_kg": 1.0}},
            "sites.south: limits.carbon_kg counts what all nodes emit",
        ),
    ],
)
def test_what_nobody_counts_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InstanceError, match=message):
        two_sites(changes)
    with pytest.raises(InstanceError, match=r"limits.carbon_kg: needs sites"):
        one_node(
            [1.0], {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1}}, limits={"carbon_kg": 1}
        )


def test_the_bound_of_the_decomposition_leaves_carbon_out() -> None:
    changes = {"sites.north": {"carbon_g_per_kwh": 800.0, "carbon_usd_per_t": 300.0}}
    instance = two_sites(changes)
    plan = planner.solve(instance, planner.SolveOptions(method="decompose", time_limit_s=5.0, threads=1))
    assert plan.bound <= 49.6 + 1e-6
    assert not plan.usable or plan.cost >= 49.6 - 1e-6


def test_energy_of_a_token_by_hand() -> None:
    """Four nodes of 10 kW, drawn 1.25 times, for 2,400 tokens a second."""
    instance, plan = solved({"sites.north": {"pue": 1.25}})
    assert plan.summary["energy_kwh"] == pytest.approx(50.0)
    assert plan.summary["joules_per_token"] == pytest.approx(50_000 / 2_400)
    lied = replace(plan, summary={**plan.summary, "joules_per_token": 1.0})
    assert {one.rule for one in planner.check(instance, lied).violations} == {"summary"}
    shed = {"workloads.chat.shed_usd_per_million_tokens": 99.0, "fleet.hs.rent.max_nodes": 0}
    _, less = solved({**shed, "fleet.hn.rent.max_nodes": 2})
    assert less.summary["energy_kwh"] == pytest.approx(20.0)
    assert "joules_per_token" not in less.summary
    unknown = {f"hardware.{name}.power_kw_per_node": None for name in ("hn", "hs")}
    assert not {"energy_kwh", "joules_per_token"} & set(solved(unknown)[1].summary)
