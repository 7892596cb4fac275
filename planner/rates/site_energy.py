"""Energy of nodes that one owns, at the price of their site, and what nodes emit.

    energy[c, t] = power_kw[c] * pue[s] * energy_usd_per_kwh[s, t]                         USD per node-hour in use
    idle[c, t]   = idle_kw[h]  * pue[s] * energy_usd_per_kwh[s, t]                         USD per node-hour held, idle

What is hired has its energy in its price. A channel that states its own energy or running cost says it instead: the
loader refuses both. Nodes that a hardware gives no idle draw are off while they run nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.instance.channels import Offers
    from planner.instance.sites import Site

GRAMS = 1e3
"""Of a kilogram."""
KILOGRAMS = 1e3
"""Of a metric ton."""


def site_energy_usd(instance: Instance, hardware: str, channel: str) -> NDArray[np.float64]:
    """USD per kW of one's own nodes and hour at the price of their site, shape [period]; 0 where it prices none."""
    name, own = instance.site_of(hardware, channel), instance.fleet[hardware][channel]
    site = None if name is None else instance.sites.get(name)
    if site is None or not own.traits.owned:
        return np.zeros(instance.periods)
    blocks = instance.periods // instance.horizon.periods
    return np.tile(site.energy(instance.horizon.periods), blocks)


def offers_of(instance: Instance, hardware: str, channel: str) -> Offers:
    """What a channel offers, with the energy of its site: of use in what that costs, of idle nodes in the price."""
    own, node, timeline = instance.fleet[hardware][channel], node_of(instance, hardware), instance.timeline
    made, site_usd = own.offers(timeline, node), site_energy_usd(instance, hardware, channel)
    running = made.running_usd_per_node_hour + own.power_kw_of(node) * site_usd
    idle = own.idle(timeline, node) + node.idle_kw * site_usd
    if not idle.any():
        return replace(made, running_usd_per_node_hour=running)
    made = replace(made, running_usd_per_node_hour=running - idle, idle_usd_per_node_hour=idle)
    price = made.price_usd_per_node + made.idle_usd_per_node(timeline.discounted_hours)
    return replace(made, price_usd_per_node=price)


def carbon_kg_per_kw_hour(instance: Instance, hardware: str) -> NDArray[np.float64]:
    """Kilograms of carbon dioxide for a kW of a node and hour, shape [period]; 0 where its site says none."""
    site = site_where(instance, hardware)
    if site is None:
        return np.zeros(instance.periods)
    blocks = instance.periods // instance.horizon.periods
    return np.asarray(np.tile(site.carbon(instance.horizon.periods), blocks) / GRAMS)


def carbon_usd_per_kg(instance: Instance, hardware: str) -> float:
    """What the site of a hardware asks for a kilogram of it."""
    site = site_where(instance, hardware)
    return 0.0 if site is None else site.carbon_usd_per_t / KILOGRAMS


def power_by_state(instance: Instance, hardware: str) -> tuple[float, float]:
    """Power of a node idle, and what use adds to that, in kW; 0 where nobody knows it."""
    node = node_of(instance, hardware)
    return node.idle_kw, max(0.0, (node.power_kw or 0.0) - node.idle_kw)


def site_where(instance: Instance, hardware: str) -> Site | None:
    """Where nodes of a hardware stand, all of its channels at one place."""
    return instance.sites.get(instance.site_of(hardware, next(iter(instance.fleet[hardware]))) or "")


def earning_hardware(instance: Instance) -> frozenset[str]:
    """Hardware of which nodes in use earn in some period, as their site or its tariff pays for energy."""
    return frozenset(
        hardware
        for hardware, channels in instance.fleet.items()
        if any((_running_usd(instance, hardware, name) < 0).any() for name in channels)
    )


def _running_usd(instance: Instance, hardware: str, channel: str) -> NDArray[np.float64]:
    """USD per node-hour in use of a channel, the energy of its site included, shape [period]."""
    own, node = instance.fleet[hardware][channel], node_of(instance, hardware)
    site_usd = site_energy_usd(instance, hardware, channel)
    return np.asarray(own.running(instance.timeline, node) + own.power_kw_of(node) * site_usd)
