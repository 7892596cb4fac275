"""AWS: Capacity Blocks, capacity reservations with a savings plan for their price, and savings plans.

Read of the Terraform provider hashicorp/aws v6: data source aws_ec2_capacity_block_offering, resources
aws_ec2_capacity_block_reservation, aws_ec2_capacity_reservation, aws_savingsplans_savings_plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.loader.catalog.aws_instances import accelerators_of
from planner.view.exports.terraform.deals import Written, one_of, utc

if TYPE_CHECKING:
    from planner.view.exports.terraform.deals import Body, Deal

PROVIDERS = ("aws", "amazon")
REQUIRED = {"aws": {"source": "hashicorp/aws", "version": "~> 6.0"}}
CURRENCY = "USD"
TERMS_YEARS = (1, 3)
PLATFORM = "Linux/UNIX"
MOST_OF_A_BLOCK = 64
"""Instances of one Capacity Block."""


def written(deal: Deal) -> Written:
    """What AWS has for a deal."""
    if deal.currency != CURRENCY:
        return Written(note=f"AWS is committed to in {CURRENCY}, and the plan counts in {deal.currency}")
    if deal.block:
        return _block(deal)
    if deal.reserves:
        return _reservation(deal)
    return Written(note="no resource of AWS is such a deal") if deal.hardware else _savings_plan(deal)


def _block(deal: Deal) -> Written:
    asks, machine = _machine(deal)
    begins, ends = deal.signature.begins, deal.signature.ends
    assert ends is not None, "a block has a length"
    blocks = -(-deal.machines // MOST_OF_A_BLOCK)
    rest = deal.machines - (blocks - 1) * MOST_OF_A_BLOCK
    wanted = {
        "instance_type": machine,
        "instance_count": f"${{count.index < {blocks - 1} ? {MOST_OF_A_BLOCK} : {rest}}}"
        if blocks > 1
        else rest,
        "capacity_duration_hours": round(deal.hours or 0),
        "start_date_range": utc(begins),
        "end_date_range": utc(ends),
    }
    offering = (
        f"${{data.aws_ec2_capacity_block_offering.{deal.name}[count.index].capacity_block_offering_id}}"
    )
    return Written(
        resources=(
            (
                "aws_ec2_capacity_block_reservation",
                {"capacity_block_offering_id": offering, "instance_platform": PLATFORM},
            ),
        ),
        data=(("aws_ec2_capacity_block_offering", wanted),),
        asks=asks,
        note="cannot be cancelled once bought; the offering is looked up when it is planned, and AWS ends its blocks "
        "at 11:30 UTC: widen the dates where none is found",
        times=blocks,
    )


def _reservation(deal: Deal) -> Written:
    asks, machine = _machine(deal)
    ends = deal.signature.ends
    until: Body = {"end_date_type": "unlimited"}
    if ends is not None:
        until = {"end_date_type": "limited", "end_date": utc(ends)}
    reserved: Body = {
        "instance_type": machine,
        "instance_platform": PLATFORM,
        "instance_count": deal.machines,
        "availability_zone": deal.variable("zone"),
        **until,
    }
    plan = _savings_plan(deal)
    return Written(
        resources=(("aws_ec2_capacity_reservation", reserved), *plan.resources),
        asks={
            **asks,
            f"{deal.name}_zone": f"Availability zone of {deal.signature.what}",
            **(plan.asks or {}),
        },
        note=f"the reservation holds the machines from when it is made, the savings plan gives the price; {plan.note}",
    )


def _savings_plan(deal: Deal) -> Written:
    term = f"{deal.years} years" if deal.years in TERMS_YEARS else "a term to be chosen"
    bought = {
        "savings_plan_offering_id": deal.variable("offering"),
        "commitment": f"{deal.usd_per_hour:.5f}",
        "purchase_time": utc(deal.signature.begins),
    }
    odd = (
        ""
        if deal.years in TERMS_YEARS
        else "; savings plans are of 1 or 3 years: the plan's length is another"
    )
    return Written(
        resources=(("aws_savingsplans_savings_plan", bought),),
        asks={f"{deal.name}_offering": f"Offering of the savings plan of {term} for {deal.signature.what}"},
        note=f"a savings plan cannot be cancelled once it is active{odd}",
    )


def _machine(deal: Deal) -> tuple[dict[str, str], str]:
    """What is asked, and the instance type, which is asked for unless there is one alone."""
    fitting = [name for name, holds in accelerators_of().items() if holds == (deal.hardware, deal.gpus)]
    only = one_of(fitting)
    if only is not None:
        return {}, only
    which = f", one of {', '.join(sorted(fitting))}" if fitting else ""
    return {f"{deal.name}_type": f"Instance type of {deal.gpus} {deal.hardware}{which}"}, deal.variable(
        "type"
    )
