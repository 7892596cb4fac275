"""Doubts: what an instance acknowledges or takes for granted, and what of it can never happen.

A plan carries them among its warnings, so that whoever reads the plan alone knows what it rests on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.instance.channels.financed import Financed
from planner.instance.channels.offers import standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance.channels import Channel
    from planner.instance.horizon import Horizon
    from planner.instance.instance import Instance
    from planner.instance.vendor import Vendor
    from planner.instance.workload import Workload


def doubts(instance: Instance) -> Iterator[str]:
    """One sentence each."""
    yield from instance.assumed
    yield from _discounting(instance)
    for hardware, channels in instance.fleet.items():
        for name, channel in channels.items():
            path = f"fleet.{hardware}.{name}"
            yield from _channel(path, channel, instance.horizon)
            if not any(standing(instance.timeline, channel.lead_time_hours)):
                yield f"{path}: none of its nodes stands in time, with lead_time_hours {channel.lead_time_hours:g}"
            if isinstance(channel, Financed):
                found = channel.doubts_of_rate(instance.discount_rate_per_year)
                yield from (f"{path}: {doubt}" for doubt in found)
    for name, commitment in instance.spend_commitments.items():
        found = commitment.doubts(instance.horizon)
        yield from (f"spend_commitments.{name}: {doubt}" for doubt in found)
    priced: dict[str, Vendor | Workload] = {f"vendors.{name}": one for name, one in instance.vendors.items()}
    priced |= {f"workloads.{name}": one for name, one in instance.workloads.items()}
    for path, record in priced.items():
        if record.free:
            yield f"{path}: prices of 0 are acknowledged (free: true)"
        if record.unusual_price:
            yield f"{path}: prices far outside those of any vendor are acknowledged (unusual_price: true)"


def _discounting(instance: Instance) -> Iterator[str]:
    rate = instance.discount_rate_per_year
    if not instance.stages:
        return
    if rate is None:
        yield "money of all years counts alike: give discount_rate_per_year (0 where that is meant)"
    elif rate:
        yield f"costs are present values at the beginning of the plan, at {rate:.4g} a year"


def _channel(path: str, channel: Channel, horizon: Horizon) -> Iterator[str]:
    if channel.free:
        yield f"{path}: its nodes cost nothing to hold (free: true)"
    yield from (f"{path}: {doubt}" for doubt in channel.doubts(horizon))
