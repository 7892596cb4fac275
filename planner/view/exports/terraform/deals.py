"""Deals: what a plan asks to sign with a cloud, in the terms of clouds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from planner.core.units import HOURS_PER_YEAR, SECONDS_PER_HOUR
from planner.rates.accelerators import accelerator_of
from planner.rates.nodes import node_of
from planner.study.signatures import signatures
from planner.view.exports.kubernetes.dns_names import dns_labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.study.signatures import Signature

Body = dict[str, Any]


@dataclass(frozen=True)
class Deal:
    """One signature. `machines` of `gpus` GPUs each are held at `usd_per_hour` together; of spending there are none.

    `hardware` is the name of the catalog, `block` whether it is a length bought as a whole, `reserves` whether it is
    nodes held in every hour of a term at the price of one.
    """

    name: str
    signature: Signature
    hardware: str
    gpus: int
    machines: int
    usd_per_hour: float
    currency: str
    block: bool
    reserves: bool

    def variable(self, what: str) -> str:
        """The reference to a variable of its own."""
        return f"${{var.{self.name}_{what}}}"

    @property
    def hours(self) -> float | None:
        """Length, None where no end is stated."""
        ends, begins = self.signature.ends, self.signature.begins
        return None if ends is None else (ends - begins).total_seconds() / SECONDS_PER_HOUR

    @property
    def years(self) -> int | None:
        """Length in whole years, to a percent; None of any other."""
        years = (self.hours or 0.0) / HOURS_PER_YEAR
        whole = round(years)
        return whole if whole and abs(years - whole) <= 0.01 * whole else None


@dataclass(frozen=True)
class Written:
    """What a cloud has for a deal: resources and data by type, each of one body, made so many `times`; what it leaves
    to be said, by the name of the variable; and what is to be known of it. Without resources the deal is no matter of
    Terraform."""

    resources: tuple[tuple[str, Body], ...] = ()
    data: tuple[tuple[str, Body], ...] = ()
    asks: Mapping[str, str] | None = None
    note: str = ""
    times: int = 1


def deals(plan: Plan, instance: Instance) -> list[Deal]:
    """Every signature of a plan as a deal, in the order in which it begins."""
    signed = signatures(plan, instance)
    names = dns_labels(
        f"deal.{place}.{one.hardware or 'spend'}.{one.channel}" for place, one in enumerate(signed)
    )
    return [
        _deal(plan, instance, one, name.replace("-", "_"))
        for one, name in zip(signed, names.values(), strict=True)
    ]


def _deal(plan: Plan, instance: Instance, one: Signature, name: str) -> Deal:
    if one.hardware is None:
        return Deal(name, one, "", 0, 0, one.amount, plan.currency, block=False, reserves=False)
    channel, node = instance.fleet[one.hardware][one.channel], node_of(instance, one.hardware)
    accelerator = accelerator_of(instance, one.hardware)
    billing, hourly = channel.traits.billing, channel.hourly_price(node)
    machines = math.ceil(one.amount - 1e-6)
    return Deal(
        name=name,
        signature=one,
        hardware=one.hardware if accelerator is None else accelerator.name,
        gpus=round(node.gpus),
        machines=machines,
        usd_per_hour=0.0 if hourly is None else machines * hourly,
        currency=plan.currency,
        block=channel.traits.fixed_length and billing.reservation,
        reserves=billing.discount == "Usage" and not channel.traits.fixed_length,
    )


def utc(moment: datetime) -> str:
    """A moment as resources take it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def one_of(names: Iterable[str]) -> str | None:
    """The only name; None where there is none, or a choice."""
    found = sorted(set(names))
    return found[0] if len(found) == 1 else None
