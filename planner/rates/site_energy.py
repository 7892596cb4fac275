"""Energy of nodes that one owns, at the price of their site, and what nodes in use emit.

    energy[c, t] = power_kw[c] * pue[s] * energy_usd_per_kwh[s, t]                         USD per node-hour in use

What is hired has its energy in its price. A channel that states its own energy or running cost says it instead: the
loader refuses both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.instance.demand_series import series
from planner.plan.quantities import in_use
from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.instance.channels import Offers
    from planner.instance.sites import Site
    from planner.plan.plan import Plan

JOULES_PER_KWH = 3.6e6
GRAMS = 1e3
"""Of a kilogram."""
KILOGRAMS = 1e3
"""Of a metric ton."""


def site_energy_usd(instance: Instance, hardware: str, channel: str) -> NDArray[np.float64]:
    """USD per node-hour in use, shape [period]; 0 where the site prices none."""
    name, own = instance.site_of(hardware, channel), instance.fleet[hardware][channel]
    site = None if name is None else instance.sites.get(name)
    if site is None or not own.traits.owned:
        return np.zeros(instance.periods)
    blocks = instance.periods // instance.horizon.periods
    usd_per_kw = np.tile(site.energy(instance.horizon.periods), blocks)
    return np.asarray(own.power_kw_of(node_of(instance, hardware)) * usd_per_kw)


def offers_of(instance: Instance, hardware: str, channel: str) -> Offers:
    """What a channel offers, the energy of its site in what a node in use costs."""
    made = instance.fleet[hardware][channel].offers(instance.timeline, node_of(instance, hardware))
    running = made.running_usd_per_node_hour + site_energy_usd(instance, hardware, channel)
    return replace(made, running_usd_per_node_hour=running)


def carbon_kg_per_node_hour(instance: Instance, hardware: str) -> NDArray[np.float64]:
    """Kilograms of carbon dioxide that a node in use emits, shape [period]; 0 where its site says none."""
    site = _site_of(instance, hardware)
    if site is None:
        return np.zeros(instance.periods)
    blocks = instance.periods // instance.horizon.periods
    power = node_of(instance, hardware).power_kw or 0.0
    return np.asarray(power * np.tile(site.carbon(instance.horizon.periods), blocks) / GRAMS)


def carbon_usd_per_node_hour(instance: Instance, hardware: str) -> NDArray[np.float64]:
    """What the site of a hardware asks for that, in USD, shape [period]."""
    site = _site_of(instance, hardware)
    price = 0.0 if site is None else site.carbon_usd_per_t
    return carbon_kg_per_node_hour(instance, hardware) * (price / KILOGRAMS)


def _site_of(instance: Instance, hardware: str) -> Site | None:
    """Where nodes of a hardware stand, all of its channels at one place."""
    return instance.sites.get(instance.site_of(hardware, next(iter(instance.fleet[hardware]))) or "")


def carbon_of(instance: Instance, plan: Plan) -> dict[str, float]:
    """Kilograms of carbon dioxide that nodes in use emit; nothing where a site of theirs says none, or without a plan.

    carbon = sum_{h, t} power_kw[h] * pue[s] * carbon_g_per_kwh[s, t] * hours[t] * weight[t] * nodes in use[h, t]
    """
    stated = [site for site in instance.sites.values() if site.carbon_g_per_kwh is not None]
    if not plan.usable or not stated:
        return {}
    hours = instance.timeline.weighted_hours
    emitted = (
        float(carbon_kg_per_node_hour(instance, hardware) * hours @ np.asarray(nodes))
        for hardware, nodes in in_use(plan).items()
    )
    return {"carbon_kg": sum(emitted)}


def energy_of(instance: Instance, plan: Plan) -> dict[str, float]:
    """Energy of nodes in use in kWh, losses of sites included, and joules a token: watts per token a second.

    energy = sum_{h, t} power_kw[h] * pue[s] * hours[t] * weight[t] * nodes in use[h, t]

    Nothing where the power of a node in use is not known; none a token where others than these nodes serve, or nobody,
    or where demand is not in tokens.
    """
    used = {hardware: np.asarray(nodes) for hardware, nodes in in_use(plan).items() if any(nodes)}
    power = {hardware: node_of(instance, hardware).power_kw for hardware in used}
    if not plan.usable or not used or not all(power.values()):
        return {}
    hours, kwh = instance.timeline.weighted_hours, 0.0
    for hardware, nodes in used.items():
        site = _site_of(instance, hardware)
        kwh += (power[hardware] or 0.0) * (1.0 if site is None else site.pue) * float(nodes @ hours)
    tokens = sum(
        float(series(instance, name, key) @ hours) * SECONDS_PER_HOUR
        for name in instance.workloads
        for key in ("input_tokens_per_s", "output_tokens_per_s")
    )
    elsewhere = plan.shed or plan.outsourced or not tokens
    return {"energy_kwh": kwh} | ({} if elsewhere else {"joules_per_token": kwh * JOULES_PER_KWH / tokens})


def earning_hardware(instance: Instance) -> frozenset[str]:
    """Hardware of which nodes in use earn in some period, as their site or its tariff pays for energy."""
    return frozenset(
        hardware
        for hardware, channels in instance.fleet.items()
        if any((_running_usd(instance, hardware, name) < 0).any() for name in channels)
    )


def _running_usd(instance: Instance, hardware: str, channel: str) -> NDArray[np.float64]:
    """USD per node-hour in use of a channel, the energy of its site included, shape [period]."""
    own = instance.fleet[hardware][channel].running(instance.timeline, node_of(instance, hardware))
    return np.asarray(own + site_energy_usd(instance, hardware, channel))
