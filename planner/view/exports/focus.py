"""FOCUS 1.2: a plan's charges as rows of the FinOps Open Cost and Usage Specification.

Columns as named by the specification (focus.finops.org, version 1.2): every mandatory one, and the
conditional ones on commitments, capacity, pricing and resources. Own columns begin with `x_`. Periods are
half open and in UTC, money is that of its day. BilledCost is what bills say: in a stage it sums to what the plan's
`cash` says is paid there, less what is received; without stages to the cost, but for what is forgone, not served, or
a premium for risk. EffectiveCost is amortised: it sums to the plan's `stage_costs`, and at present value
(`x_PresentValue`) to the cost of the plan. ListCost is the price of hire on demand, once for each node-hour: 0 where a
commitment is billed. Amortisation: a commitment's cost is spread evenly over the hours it covers; capital is in it as
its recovery over the life of the machine. Scenarios cover the same time, each at its probability: a row says whose it
is (`x_Scenario`). A stage is represented by one horizon, which counts for all its time: its rows go by the month
(`x_Stage`).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from planner.instance.channels import traits_of
from planner.view.exports.charge import Charge
from planner.view.exports.charges import charges_of
from planner.view.exports.clock import month_of
from planner.view.exports.text import csv_text

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan

AMORTISATION = "evenly over the hours covered; capital by its recovery factor"
DIGITS = 10


def focus(plan: Plan, instance: Instance | None) -> str:
    """The charges as CSV text."""
    rows = focus_rows(plan, instance)
    someday = datetime(2000, 1, 1, tzinfo=UTC)
    header = list(_row(plan, Charge("Usage", "", someday, someday, 0.0, 0.0, 0.0, 0.0, "", ""), "", None))
    return csv_text(header, (list(row.values()) for row in rows))


def focus_rows(plan: Plan, instance: Instance | None) -> list[dict[str, Any]]:
    """One row for each charge, all with the same columns, by name, own ones last; None is null."""
    providers = _providers(instance)
    return [
        _row(
            plan,
            charge,
            providers.get((charge.hardware, charge.channel), _provider(charge)),
            None if instance is None or not charge.channel else _site(instance, charge),
        )
        for charge in charges_of(plan, instance)
    ]


def _site(instance: Instance, charge: Charge) -> str | None:
    """Where the nodes of a charge stand, where the instance says it."""
    known = charge.channel in instance.fleet.get(charge.hardware, {})
    return instance.site_of(charge.hardware, charge.channel) if known else None


def _row(plan: Plan, charge: Charge, provider: str, site: str | None) -> dict[str, Any]:
    resource = f"{charge.hardware}/{charge.channel}" if charge.hardware else None
    columns = {
        **_account(plan),
        **_times(charge),
        **_charge(charge),
        **_commitment(charge, resource),
        **_amounts(charge),
        "InvoiceIssuerName": provider,
        "ProviderName": provider,
        "PublisherName": provider,
        "RegionId": site,
        **_service(charge, resource),
        "Tags": json.dumps({"planner/instance": plan.instance}),
        **_own_columns(charge),
    }
    return dict(sorted(columns.items()))


def _account(plan: Plan) -> dict[str, Any]:
    return {
        "BillingAccountId": plan.instance,
        "BillingAccountName": plan.instance,
        "BillingCurrency": plan.currency,
    }


def _times(charge: Charge) -> dict[str, Any]:
    begin, end = month_of(charge.start)
    return {
        "BillingPeriodStart": _moment(begin),
        "BillingPeriodEnd": _moment(end),
        "ChargePeriodStart": _moment(charge.start),
        "ChargePeriodEnd": _moment(charge.end),
    }


def _charge(charge: Charge) -> dict[str, Any]:
    return {
        "ChargeCategory": charge.category,
        "ChargeClass": None,
        "ChargeDescription": charge.description,
        "ChargeFrequency": "One-Time"
        if charge.once
        else "Recurring"
        if charge.category == "Purchase"
        else "Usage-Based",
    }


def _amounts(charge: Charge) -> dict[str, Any]:
    """Money, and quantities with their units."""
    consumed = charge.category == "Usage" and charge.status != "Unused" and bool(charge.hardware)
    return {
        "BilledCost": _amount(charge.billed),
        "ContractedCost": _amount(charge.listed),
        "EffectiveCost": _amount(charge.effective),
        "ListCost": _amount(charge.listed),
        "ConsumedQuantity": _amount(charge.quantity) if consumed else None,
        "ConsumedUnit": charge.unit if consumed else None,
        "PricingCategory": _pricing(charge),
        "PricingQuantity": _amount(charge.quantity),
        "PricingUnit": charge.unit,
    }


def _service(charge: Charge, resource: str | None) -> dict[str, Any]:
    return {
        "ResourceId": resource,
        "ResourceType": "Node" if resource else None,
        "ServiceCategory": "Compute" if resource else "AI and Machine Learning",
        "ServiceName": charge.hardware or charge.term,
        "SkuId": charge.hardware or None,
        "SkuPriceId": resource,
    }


def _own_columns(charge: Charge) -> dict[str, Any]:
    return {
        "x_Amortisation": AMORTISATION if charge.status or charge.category == "Purchase" else None,
        "x_Channel": charge.channel or None,
        "x_CostTerm": charge.term,
        "x_Kind": charge.kind or None,
        "x_PresentValue": _amount(charge.effective * charge.value),
        "x_Scenario": charge.scenario or None,
        "x_Stage": charge.stage or None,
    }


def _commitment(charge: Charge, resource: str | None) -> dict[str, Any]:
    name = resource or charge.channel or None
    billing = traits_of(charge.kind).billing if charge.kind else None
    discount = None if billing is None else billing.discount
    reserved = billing is not None and billing.reservation
    return {
        "CapacityReservationId": name if reserved else None,
        "CapacityReservationStatus": (charge.status or None) if reserved else None,
        "CommitmentDiscountCategory": discount,
        "CommitmentDiscountId": name if discount else None,
        "CommitmentDiscountName": name if discount else None,
        "CommitmentDiscountQuantity": _amount(charge.effective if discount == "Spend" else charge.quantity)
        if discount
        else None,
        "CommitmentDiscountStatus": (charge.status or None) if discount else None,
        "CommitmentDiscountType": charge.kind if discount else None,
        "CommitmentDiscountUnit": charge.unit if discount else None,
    }


def _pricing(charge: Charge) -> str | None:
    if charge.category != "Usage":
        return None
    return traits_of(charge.kind).billing.pricing if charge.kind else "Standard"


def _providers(instance: Instance | None) -> dict[tuple[str, str], str]:
    """Provider by channel, where the instance names one."""
    return {
        (hardware, name): channel.provider
        for hardware, channels in (instance.fleet.items() if instance is not None else ())
        for name, channel in channels.items()
        if channel.provider is not None
    }


def _provider(charge: Charge) -> str:
    return "own" if charge.kind and traits_of(charge.kind).owned else "not named"


def _amount(value: float) -> float:
    return round(value, DIGITS) + 0.0


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
