"""Azure: capacity reservations, reservations of instances and savings plans, the latter two as orders by their alias.

Read of the Terraform providers hashicorp/azurerm v4 (azurerm_capacity_reservation_group, azurerm_capacity_reservation)
and azure/azapi v2, for Microsoft.BillingBenefits reservationOrderAliases and savingsPlanOrderAliases, API 2022-11-01.
Sizes are those of learn.microsoft.com/azure/virtual-machines/sizes, GPU accelerated, 2026-01.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.exports.terraform.deals import Written

if TYPE_CHECKING:
    from planner.view.exports.terraform.deals import Body, Deal

PROVIDERS = ("azure", "microsoft")
REQUIRED = {
    "azurerm": {"source": "hashicorp/azurerm", "version": "~> 4.0"},
    "azapi": {"source": "azure/azapi", "version": "~> 2.0"},
}
SIZES = {
    ("a100_40gb", 8): "Standard_ND96asr_v4",
    ("a100_80gb", 8): "Standard_ND96amsr_A100_v4",
    ("h100", 8): "Standard_ND96isr_H100_v5",
    ("h200", 8): "Standard_ND96isr_H200_v5",
    ("mi300x", 8): "Standard_ND96isr_MI300X_v5",
    ("gb200_nvl72", 4): "Standard_ND128isr_NDR_GB200_v6",
}
"""By hardware and GPUs of a node."""
TERMS = {1: "P1Y", 3: "P3Y"}
ORDERS = "Microsoft.BillingBenefits"
VERSION = "2022-11-01"


def written(deal: Deal) -> Written:
    """What Azure has for a deal."""
    if not deal.hardware:
        return _savings_plan(deal)
    if not (deal.block or deal.reserves):
        return Written(note="no resource of Azure is such a deal")
    size = SIZES.get((deal.hardware, deal.gpus))
    if size is None:
        return Written(note=f"no size of {deal.gpus} {deal.hardware} is known")
    return _capacity(deal, size) if deal.block else _reservation(deal, size)


def _capacity(deal: Deal, size: str) -> Written:
    """Machines held while the resource stands: Azure sells no length of them."""
    group = {
        "name": deal.name,
        "resource_group_name": deal.variable("resource_group"),
        "location": deal.variable("location"),
        "zones": [deal.variable("zone")],
    }
    body = {
        "name": deal.name,
        "capacity_reservation_group_id": f"${{azurerm_capacity_reservation_group.{deal.name}[0].id}}",
        "zone": deal.variable("zone"),
        "sku": {"name": size, "capacity": deal.machines},
    }
    return Written(
        (("azurerm_capacity_reservation_group", group), ("azurerm_capacity_reservation", body)),
        asks=_asked(deal, "resource_group", "location", "zone"),
        note="paid from when it is made until it is destroyed: make and destroy it at its times",
    )


def _reservation(deal: Deal, size: str) -> Written:
    if deal.years not in TERMS:
        return Written(note="reservations of Azure are of 1 or 3 years: the plan's length is another")
    held = _capacity(deal, size)
    properties: Body = {
        "reservedResourceType": "VirtualMachines",
        "quantity": deal.machines,
        "reservedResourceProperties": {"instanceFlexibility": "Off"},
    }
    order = _order(deal, "reservationOrderAliases", size, properties)
    order["body"]["location"] = deal.variable("location")
    return Written(
        (*held.resources, ("azapi_resource", order)),
        asks={**(held.asks or {}), **_asked(deal, "subscription")},
        note="the reservation gives the price, the capacity reservation holds the machines",
    )


def _savings_plan(deal: Deal) -> Written:
    if deal.years not in TERMS:
        return Written(note="savings plans of Azure are of 1 or 3 years: the plan's length is another")
    commitment = {"grain": "Hourly", "currencyCode": deal.currency, "amount": round(deal.usd_per_hour, 5)}
    order = _order(deal, "savingsPlanOrderAliases", "Compute_Savings_Plan", {"commitment": commitment})
    return Written(
        (("azapi_resource", order),),
        asks=_asked(deal, "subscription"),
        note="a savings plan cannot be cancelled, and begins when it is ordered",
    )


def _order(deal: Deal, kind: str, sku: str, properties: Body) -> Body:
    """An order of the tenant, billed to a subscription by the month."""
    of_all = {
        "displayName": deal.name,
        "billingScopeId": f"/subscriptions/{deal.variable('subscription')}",
        "term": TERMS[deal.years or 0],
        "billingPlan": "P1M",
        "appliedScopeType": "Shared",
        "renew": False,
    }
    return {
        "type": f"{ORDERS}/{kind}@{VERSION}",
        "parent_id": "/",
        "name": deal.name,
        "body": {"sku": {"name": sku}, "properties": {**of_all, **properties}},
    }


def _asked(deal: Deal, *names: str) -> dict[str, str]:
    words = {
        "resource_group": "Resource group",
        "location": "Location",
        "zone": "Zone",
        "subscription": "Subscription that is billed for the order",
    }
    return {f"{deal.name}_{name}": f"{words[name]} of {deal.signature.what}" for name in names}
