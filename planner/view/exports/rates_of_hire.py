"""Prices of hire on demand, which list prices are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance


def hire_prices(instance: Instance | None) -> dict[str, NDArray[np.float64]]:
    """Cheapest price of a node-hour on demand by hardware, for those that can be hired so, shape [period]."""
    if instance is None:
        return {}
    timeline, each = instance.timeline, np.arange(instance.periods)
    prices: dict[str, NDArray[np.float64]] = {}
    for hardware, channels in instance.fleet.items():
        node = node_of(instance, hardware)
        for channel in channels.values():
            hourly = channel.hourly_price(node)
            if channel.traits.billing.pricing == "Standard" and hourly is not None:
                price = hourly * channel.price_factor(timeline, (each, each))
                prices[hardware] = np.minimum(price, prices.get(hardware, price))
    return prices
