"""Payments by month against sheets calculated by hand (`cash/`, one for each case), their value against the cost."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

import planner
from planner.view.exports.cash import cash_csv, cash_months
from tests.market.one_node import one_node

SHEETS = Path(__file__).parent / "cash"
RENT = {"kind": "on_demand", "price_usd_per_node_hour": 10.0}


def staged(stages: dict[str, Any], channels: dict[str, Any], rate: float = 0.1) -> planner.Instance:
    """Ten nodes, of 10 kW each."""
    node = {"node": {"gpus_per_node": 1, "power_kw_per_node": 10}}
    first_of_a_month = {"start": "2026-01-01T00:00+00:00", "periods": 1}
    more = {"horizon": first_of_a_month, "hardware": node, "discount_rate_per_year": rate}
    return one_node([10.0], channels, stages=stages, **more)


YEARS = {"first": {"years": 1}, "second": {"years": 1}, "third": {"years": 1}}
CASES = {
    "rent_that_falls": staged(YEARS, {"rent": RENT | {"price_change_per_year": -0.2}}),
    "bought_with_residual": staged(
        YEARS,
        {
            "buy": {
                "kind": "purchase",
                "price_usd_per_node": 200_000,
                "life_years": 3,
                "residual_share": 0.1,
                "maintenance_share_per_year": 0.03,
                "energy_usd_per_kwh": 0.1,
            }
        },
    ),
    "reserved_half_upfront": staged(
        {"small": {"years": 1, "demand_scale": 0.1}, "large": {"years": 1}},
        {
            "res": {
                "kind": "reserved",
                "price_usd_per_node_hour": 8,
                "term_years": 3,
                "upfront_share": 0.5,
            }
        },
        rate=0.08,
    ),
    "lease": staged(
        {"only": {"years": 2}},
        {
            "lease": {
                "kind": "lease",
                "price_usd_per_node_month": 5000,
                "upfront_usd_per_node": 30_000,
                "term_months": 36,
            }
        },
        rate=0.12,
    ),
    "bought_twice": staged(
        {"only": {"years": 2}},
        {
            "buy": {
                "kind": "purchase",
                "price_usd_per_node": 20_000,
                "life_years": 1.5,
                "residual_share": 0.1,
                "rest_value_share": 0,
            }
        },
    ),
    "bought_late_and_hired": staged(
        {"first": {"years": 0.5}, "second": {"years": 2, "demand_scale": 2}},
        {
            "buy": {
                "kind": "purchase",
                "price_usd_per_node": 100_000,
                "life_years": 2,
                "lead_time_hours": 4380,
                "rest_value_share": 0,
            },
            "rent": RENT,
        },
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_payments_and_their_value_are_those_of_the_sheet(case: str) -> None:
    instance = CASES[case]
    plan = planner.solve(instance, planner.SolveOptions(solver="highs", relative_gap=0.0, threads=1))
    assert not planner.check(instance, plan).violations
    months = cash_months(plan, instance)
    with (SHEETS / f"{case}.csv").open(encoding="utf-8") as file:
        sheet = list(csv.DictReader(file))
    for column in ("paid_at_start", "paid_over_time", "received"):
        stated = sum(float(row["usd"]) for row in sheet if row["column"] == column)
        assert sum(getattr(month, column) for month in months) == pytest.approx(stated, abs=0.005)
    value = sum(float(row["present_value_usd"]) for row in sheet)
    assert sum(month.present_value for month in months) == pytest.approx(value, abs=0.005)
    assert plan.cost == pytest.approx(value, abs=0.005)
    after = sum(month.total for month in months if month.after_plan)
    assert after == pytest.approx(sum(float(row["usd_after_plan"]) for row in sheet), abs=0.005)


def test_a_horizon_without_stages_pays_its_start_whole_and_the_rest_for_its_hours() -> None:
    instance = planner.load(
        Path(__file__).parents[3] / "instances" / "tiny.yaml",
        overrides={
            "fleet.h800.own": {"kind": "purchase", "price_usd_per_node": 100.0, "life_years": 1.0},
            "discount_rate_per_year": 0.0,
        },
    )
    plan = planner.solve(instance, planner.SolveOptions(solver="highs", threads=1))
    bought = sum(holding.nodes for holding in plan.holdings if holding.channel == "own")
    assert bought > 0
    (month,) = cash_months(plan, instance)
    assert month.paid_at_start == pytest.approx(100.0 * bought)
    hired = sum(holding.cost for holding in plan.holdings if holding.channel != "own")
    assert month.paid_over_time == pytest.approx(hired)


def test_the_file_adds_up_what_has_been_paid() -> None:
    instance = CASES["lease"]
    plan = planner.solve(instance, planner.SolveOptions(solver="highs", relative_gap=0.0, threads=1))
    rows = list(csv.DictReader(cash_csv(plan, instance).splitlines()))
    assert [row["part"] for row in rows] == ["plan"] * 24 + ["after the plan"] * 12
    assert rows[0]["paid_at_start"] == "300000.0"
    assert float(rows[-1]["paid_so_far"]) == pytest.approx(300_000 + 36 * 50_000, abs=0.01)
