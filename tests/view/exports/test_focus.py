"""FOCUS rows: totals, columns, periods, and what stays idle."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from planner.view.exports.charges import charges_of
from planner.view.exports.focus import focus, focus_rows
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
def test_both_totals_are_the_cost_of_the_plan_to_the_cent(name: str) -> None:
    instance, plan = solved(name)
    rows = list(csv.DictReader(io.StringIO(focus(plan, instance))))
    for column in ("BilledCost", "EffectiveCost"):
        assert sum(float(row[column]) for row in rows) == pytest.approx(plan.cost, abs=0.005)


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
