"""Prices of hire on demand, which list prices are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from planner.instance import Instance


def hire_prices(instance: Instance | None) -> dict[str, float]:
    """Cheapest price of a node-hour on demand by hardware, for those that can be hired so."""
    if instance is None:
        return {}
    prices: dict[str, float] = {}
    for hardware, channels in instance.fleet.items():
        node = node_of(instance, hardware)
        standard = [one for one in channels.values() if one.traits.billing.pricing == "Standard"]
        hourly = [price for one in standard if (price := one.hourly_price(node)) is not None]
        if hourly:
            prices[hardware] = min(hourly)
    return prices
