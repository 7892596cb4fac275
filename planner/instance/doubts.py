"""Doubts: what an instance acknowledges or takes for granted, and what of it can never happen.

A plan carries them among its warnings, so that whoever reads the plan alone knows what it rests on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    for hardware, channels in instance.fleet.items():
        for name, channel in channels.items():
            yield from _channel(f"fleet.{hardware}.{name}", channel, instance.horizon)
    priced: dict[str, Vendor | Workload] = {f"vendors.{name}": one for name, one in instance.vendors.items()}
    priced |= {f"workloads.{name}": one for name, one in instance.workloads.items()}
    for path, record in priced.items():
        if record.free:
            yield f"{path}: prices of 0 are acknowledged (free: true)"
        if record.unusual_price:
            yield f"{path}: prices far outside those of any vendor are acknowledged (unusual_price: true)"


def _channel(path: str, channel: Channel, horizon: Horizon) -> Iterator[str]:
    if channel.free:
        yield f"{path}: its nodes cost nothing to hold (free: true)"
    yield from (f"{path}: {doubt}" for doubt in channel.doubts(horizon))
