"""FOCUS rows: totals, columns, periods, and what stays idle."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

import planner
from planner.view.exports.charges import charges_of
from planner.view.exports.focus import focus, focus_rows
from tests.examples import small
from tests.market.one_node import one_node
from tests.view.exports.plans import CHANGES, solved

MANDATORY = [
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
]
NEVER_NULL = [name for name in MANDATORY if name != "ChargeClass"]


@pytest.mark.parametrize("name", CHANGES)
def test_totals_are_the_cost_of_the_plan_to_the_cent(name: str) -> None:
    instance, plan = solved(name)
    rows = list(csv.DictReader(io.StringIO(focus(plan, instance))))
    unserved = plan.cost_terms.get("shed", 0.0)
    assert (unserved > 0) == (name == "shed")
    sums = {"BilledCost": plan.cost - unserved, "EffectiveCost": plan.cost, "x_PresentValue": plan.cost}
    for column, total in sums.items():
        assert sum(float(row[column]) for row in rows) == pytest.approx(total, abs=0.005)


def test_a_plan_without_charges_has_its_columns_all_the_same() -> None:
    instance = small({"workloads.chat.demand": {"input_tokens_per_s": 0.0, "output_tokens_per_s": 0.0}})
    plan = planner.solve(instance, planner.SolveOptions(solver="highs", threads=1))
    assert (plan.status, plan.cost) == ("optimal", 0.0)
    header, *rows = csv.reader(io.StringIO(focus(plan, instance)))
    assert rows == []
    assert header == list(focus_rows(solved("shed")[1], solved("shed")[0])[0])


YEARS: dict[str, Any] = {
    "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 2},
    "stages": {"first": {"years": 1}, "second": {"years": 1, "demand_scale": 1.5}},
    "discount_rate_per_year": 0.1,
    "lending": {"night": {"hardware": "node", "price_usd_per_node_hour": 2, "max_nodes": 3}},
    "start_up": {"usd_per_node": 3.0},
}
SIGNED = {
    "rent": {"kind": "on_demand", "price_usd_per_node_hour": 10, "price_change_per_year": -0.3},
    "buy": {
        **{"kind": "purchase", "price_usd_per_node": 60_000, "life_years": 1.5, "residual_share": 0.2},
        **{
            "maintenance_share_per_year": 0.05,
            "energy_usd_per_kwh": 0.1,
            "max_nodes": 4,
            "rest_value_share": 0.5,
        },
    },
    "res": {
        **{"kind": "reserved", "price_usd_per_node_hour": 7, "term_years": 3, "upfront_share": 0.4},
        **{"min_nodes": 2, "max_nodes": 2},
    },
    "own": {"kind": "existing", "nodes": 2, "forgone_usd_per_node_hour": 1},
}


def test_totals_by_column_agree_with_the_file_of_a_plan_with_stages() -> None:
    instance = one_node([6.0, 9.0], SIGNED, **YEARS)
    plan = planner.solve(instance, planner.SolveOptions(solver="highs", relative_gap=0.0, threads=1))
    assert plan.status == "optimal"
    assert planner.check(instance, plan).violations == ()
    assert {one.channel for one in plan.holdings} == set(SIGNED)
    told = json.loads(json.dumps(plan.to_dict()))
    rows = list(csv.DictReader(io.StringIO(focus(plan, instance))))

    def total(column: str, **where: str) -> float:
        return sum(float(row[column]) for row in rows if all(row[key] == one for key, one in where.items()))

    for stage in told["cash"]:
        paid = stage["paid_at_start"] + stage["paid_over_time"] - stage["received"]
        assert total("BilledCost", x_Stage=stage["stage"]) == pytest.approx(paid, abs=0.005)
    for one in told["stage_costs"]:
        amount = total("EffectiveCost", x_Stage=one["stage"], x_CostTerm=one["term"])
        assert amount == pytest.approx(one["cost"], abs=0.005)
    assert total("x_PresentValue") == pytest.approx(told["cost"], abs=0.005)
    hours = dict.fromkeys(("first", "second"), 0.0)
    for holding in told["holdings"]:
        for period in range(holding["first"], holding["last"] + 1):
            hours[told["periods"][period].split()[0]] += holding["nodes"] * told["period_weights"][period]
    on_demand = hours["first"] * 10 + hours["second"] * 7
    beside = sum(one["cost"] for one in told["stage_costs"] if one["term"] in ("running", "start", "lending"))
    assert total("ListCost") == pytest.approx(on_demand + beside, abs=0.005)
    once = [row for row in rows if row["ChargeFrequency"] == "One-Time" and float(row["BilledCost"]) > 0]
    assert {row["ChargePeriodStart"][:10] for row in once} == {"2026-01-01", "2027-01-01"}


@pytest.mark.parametrize("name", CHANGES)
def test_every_term_is_accounted_for(name: str) -> None:
    instance, plan = solved(name)
    for term, cost in plan.cost_terms.items():
        told = sum(one.effective for one in charges_of(plan, instance) if one.term == term)
        assert told == pytest.approx(cost, abs=0.005)


@pytest.mark.parametrize("name", CHANGES)
def test_rows_are_as_the_specification_has_them(name: str) -> None:
    instance, plan = solved(name)
    for row in focus_rows(plan, instance):
        assert set(MANDATORY) <= set(row)
        assert all(row[column] is not None for column in NEVER_NULL)
        own = [column for column in row if not column[0].isupper()]
        assert all(column.startswith("x_") for column in own)
        begin, end = _moment(row["ChargePeriodStart"]), _moment(row["ChargePeriodEnd"])
        assert _moment(row["BillingPeriodStart"]) <= begin < end <= _moment(row["BillingPeriodEnd"])
        if row["ChargeCategory"] == "Purchase":
            assert row["EffectiveCost"] == 0.0


def test_what_is_idle_is_a_row_of_its_own() -> None:
    """What is reserved beyond the nodes in use idles, at 10 USD a node-hour."""
    instance, plan = solved("reserved and hired")
    reserved = sum(one.nodes for one in plan.holdings if one.channel == "reserve")
    in_use = [sum(unit.on[hour] * unit.nodes for unit in plan.units) for hour in range(3)]
    idle = [max(0, reserved - used) for used in in_use]
    rows = [row for row in focus_rows(plan, instance) if row["CommitmentDiscountStatus"] == "Unused"]
    assert sum(row["PricingQuantity"] for row in rows) == sum(idle)
    assert sum(row["EffectiveCost"] for row in rows) == pytest.approx(10.0 * sum(idle))
    assert sum(idle) > 0


def test_a_month_gets_its_own_bill() -> None:
    instance, plan = solved("two months")
    bills = [row for row in focus_rows(plan, instance) if row["ChargeCategory"] == "Purchase"]
    months = {row["BillingPeriodStart"] for row in bills}
    assert months == {"2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"}
    january = sum(row["BilledCost"] for row in bills if row["BillingPeriodStart"].startswith("2025-01"))
    assert january == pytest.approx(sum(row["BilledCost"] for row in bills) * 28 / 60)


def test_spend_that_is_not_drawn_is_reported() -> None:
    instance, plan = solved("spend commitment")
    rows = focus_rows(plan, instance)
    spend = [row for row in rows if row["x_CostTerm"] == "spend_commitment"]
    assert {row["CommitmentDiscountCategory"] for row in spend} == {"Spend"}
    drawn = sum(row["PricingQuantity"] for row in spend if row["CommitmentDiscountStatus"] == "Used") * 9.0
    lost = sum(row["EffectiveCost"] for row in spend if row["CommitmentDiscountStatus"] == "Unused")
    assert drawn + lost == pytest.approx(sum(one.cost for one in plan.committed))


def test_what_is_lent_is_a_credit() -> None:
    instance, plan = solved("lent")
    credits = [row for row in focus_rows(plan, instance) if row["ChargeCategory"] == "Credit"]
    assert sum(row["BilledCost"] for row in credits) == pytest.approx(-sum(one.credit for one in plan.lent))
    assert credits


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
