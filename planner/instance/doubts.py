"""Doubts: what an instance acknowledges or takes for granted, and what of it can never happen.

A plan carries them among its warnings, so that whoever reads the plan alone knows what it rests on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.units import HOURS_PER_DAY
from planner.instance.channels import CapacityBlock, Contract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance.channels import Channel
    from planner.instance.instance import Instance
    from planner.instance.vendor import Vendor
    from planner.instance.workload import Workload

_SLACK_HOURS = 1e-6


def doubts(instance: Instance) -> Iterator[str]:
    """One sentence each."""
    yield from instance.assumed
    for hardware, channels in instance.fleet.items():
        for name, channel in channels.items():
            yield from _channel(f"fleet.{hardware}.{name}", channel, instance.horizon.hours)
    priced: dict[str, Vendor | Workload] = {f"vendors.{name}": one for name, one in instance.vendors.items()}
    priced |= {f"workloads.{name}": one for name, one in instance.workloads.items()}
    for path, record in priced.items():
        if record.free:
            yield f"{path}: prices of 0 are acknowledged (free: true)"
        if record.unusual_price:
            yield f"{path}: prices far outside those of any vendor are acknowledged (unusual_price: true)"


def _channel(path: str, channel: Channel, hours: float) -> Iterator[str]:
    if channel.free:
        yield f"{path}: its nodes cost nothing to hold (free: true)"
    if (
        isinstance(channel, Contract)
        and not channel.may_outlast_horizon
        and channel.hours > hours + _SLACK_HOURS
    ):
        yield f"{path}: never starts: a contract of {channel.hours:g} h outlasts the horizon of {hours:g} h"
    if isinstance(channel, CapacityBlock):
        lengths = channel.days if isinstance(channel.days, tuple) else (channel.days,)
        never = sorted({days for days in lengths if days * HOURS_PER_DAY > hours + _SLACK_HOURS})
        if never:
            yield f"{path}: blocks of {', '.join(map(str, never))} days never start: they outlast the horizon"
