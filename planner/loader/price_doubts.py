"""Prices of an instance that may be of another unit: of a node where a GPU's is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.loader.catalog.check import above_known
from planner.loader.validate_prices import units_per_usd
from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance


def price_doubts(instance: Instance) -> Iterator[str]:
    """Prices per GPU-hour above every list price of the shipped books, one sentence each."""
    _, most_per_usd = units_per_usd(instance)
    for hardware, channels in instance.fleet.items():
        own = instance.hardware.get(hardware)
        known_as = own.like if own is not None and own.like is not None else hardware
        gpus = node_of(instance, hardware).gpus
        for name, channel in channels.items():
            price = channel.prices().get("price_usd_per_gpu_hour")
            if price is None:
                continue
            doubt = above_known(known_as, price / most_per_usd, gpus, "price_usd_per_node_hour")
            if doubt is not None:
                yield f"fleet.{hardware}.{name}: {doubt}"
