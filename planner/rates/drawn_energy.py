"""Energy that the nodes of a plan draw, in use and idle, and the carbon dioxide that this emits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.instance.demand_series import series
from planner.plan.quantities import held, in_use
from planner.rates.nodes import node_of
from planner.rates.site_energy import carbon_kg_per_kw_hour, power_by_state, site_where

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan

JOULES_PER_KWH = 3.6e6


def carbon_of(instance: Instance, plan: Plan) -> dict[str, float]:
    """Kilograms of carbon dioxide that nodes emit; nothing where a site of theirs says none, or without a plan.

    carbon = sum_{h, t} kW[h, t] * pue[s] * carbon_g_per_kwh[s, t] / 1000 * hours[t] * weight[t]
    kW     = power_kw[h] * nodes in use[h, t] + idle_kw[h] * (nodes held[h, t] - nodes in use[h, t])
    """
    stated = [site for site in instance.sites.values() if site.carbon_g_per_kwh is not None]
    if not plan.usable or not stated:
        return {}
    hours = instance.timeline.weighted_hours
    emitted = (
        float(carbon_kg_per_kw_hour(instance, hardware) * hours @ (in_use + idle))
        for hardware, (in_use, idle) in _drawn_kw(instance, plan).items()
    )
    return {"carbon_kg": sum(emitted)}


def energy_of(instance: Instance, plan: Plan) -> dict[str, float]:
    """Energy of nodes in use in kWh, losses of sites included, of idle nodes where a hardware says what they draw, and
    joules a token of both: watts per token a second.

    energy = sum_{h, t} power_kw[h] * pue[s] * hours[t] * weight[t] * nodes in use[h, t]
    idle   = sum_{h, t} idle_kw[h] * pue[s] * hours[t] * weight[t] * (nodes held[h, t] - nodes in use[h, t])

    Nothing where the power of a node in use is not known; none a token where others than these nodes serve, or nobody,
    or where demand is not in tokens.
    """
    used = [hardware for hardware, nodes in in_use(plan).items() if any(nodes)]
    if not plan.usable or not used or not all(node_of(instance, hardware).power_kw for hardware in used):
        return {}
    hours, kwh, idle_kwh = instance.timeline.weighted_hours, 0.0, 0.0
    for hardware, (busy, idle) in _drawn_kw(instance, plan).items():
        site = site_where(instance, hardware)
        pue = 1.0 if site is None else site.pue
        kwh, idle_kwh = kwh + pue * float(busy @ hours), idle_kwh + pue * float(idle @ hours)
    tokens = sum(
        float(series(instance, name, key) @ hours) * SECONDS_PER_HOUR
        for name in instance.workloads
        for key in ("input_tokens_per_s", "output_tokens_per_s")
    )
    elsewhere = plan.shed or plan.outsourced or not tokens
    per_token = {} if elsewhere else {"joules_per_token": (kwh + idle_kwh) * JOULES_PER_KWH / tokens}
    stated = any(own.idle_power_kw_per_node is not None for own in instance.hardware.values())
    return {"energy_kwh": kwh} | ({"idle_energy_kwh": idle_kwh} if stated else {}) | per_token


def _drawn_kw(instance: Instance, plan: Plan) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Power of the nodes in use, and of those that are held beside them, in kW, shape [period], by hardware."""
    used, drawn = in_use(plan), {}
    have = {hardware: np.zeros(instance.periods) for hardware in instance.fleet}
    for (hardware, _), nodes in held(plan).items():
        have[hardware] += nodes
    for hardware, nodes_held in have.items():
        idle, added = power_by_state(instance, hardware)
        busy = np.asarray(used.get(hardware, np.zeros(instance.periods)))
        drawn[hardware] = ((idle + added) * busy, idle * (nodes_held - busy))
    return drawn
