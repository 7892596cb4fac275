"""What the power of a node costs whoever holds it, hour by hour: idle, and what use adds.

idle  = kW idle * (tariff of the channel + price of the site for one's own nodes)             per node-hour held
added = what a node in use costs an hour, by its channel and its site, less idle              per node-hour in use
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.verify.audit.places import site_energy
from planner.verify.audit.sellers import seller_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.instance.channels import Node
    from planner.verify.audit.calendar import Calendar


def idle_usd(instance: Instance, key: tuple[str, str], node: Node, calendar: Calendar) -> NDArray[np.float64]:
    """Money for an hour of a node of a (hardware, channel) that runs nothing, beside its price, shape [period]."""
    channel = instance.fleet[key[0]][key[1]]
    tariff = seller_of(channel).tariff(channel, calendar)
    return np.asarray(node.idle_kw * tariff + _of_the_site(instance, key, node.idle_kw))


def added_usd(
    instance: Instance, key: tuple[str, str], node: Node, calendar: Calendar
) -> NDArray[np.float64]:
    """Money for an hour of use of a node of a (hardware, channel), on top of that, shape [period]."""
    channel = instance.fleet[key[0]][key[1]]
    seller = seller_of(channel)
    energy = _of_the_site(instance, key, seller.power_kw(channel, node))
    whole = seller.running(channel, node, calendar) + energy
    return np.asarray(whole - idle_usd(instance, key, node, calendar))


def _of_the_site(instance: Instance, key: tuple[str, str], power_kw: float) -> NDArray[np.float64]:
    """What the site charges for the energy of a node of one's own in an hour, shape [period]; 0 for others."""
    own = seller_of(instance.fleet[key[0]][key[1]]).owned
    return site_energy(instance, *key, power_kw) if own else np.zeros(instance.periods)
