"""What nodes emit, in use and idle, and what their sites ask for it, hour by hour, in the audit's own arithmetic.

kg per kW and hour = pue of the site of the hardware * g per kWh / 1,000
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.verify.audit.places import site as site_of_hardware

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.verify.audit.facts import Facts


def _per_kw_hour(facts: Facts, hardware: str) -> NDArray[np.float64]:
    """Kilograms, shape [period]; 0 where the site says none."""
    here = facts.instance.sites.get(site_of_hardware(facts.instance, hardware))
    if here is None or here.carbon_g_per_kwh is None:
        return np.zeros(facts.periods)
    grams = np.zeros(facts.instance.horizon.periods) + np.asarray(here.carbon_g_per_kwh)
    return np.asarray(np.resize(grams, facts.periods) * here.pue / 1000.0)


def nodes_held(facts: Facts, hardware: str) -> NDArray[np.float64]:
    """Nodes of all channels of a hardware, shape [period]."""
    mine = (nodes for key, nodes in facts.held.items() if key[0] == hardware)
    return sum(mine, np.zeros(facts.periods))


def kilowatts(facts: Facts, hardware: str) -> NDArray[np.float64]:
    """Power of the nodes under running units, and of those held beside them, shape [period]."""
    node, busy = facts.nodes[hardware], facts.nodes_in_use[hardware]
    beside = np.maximum(0.0, nodes_held(facts, hardware) - busy)
    return np.asarray((node.power_kw or 0.0) * busy + node.idle_kw * beside)


def emitted_kg(facts: Facts) -> float:
    """Kilograms over the plan, as often as periods occur."""
    return sum(
        float((_per_kw_hour(facts, hardware) * kilowatts(facts, hardware)) @ facts.calendar.counted_hours)
        for hardware in facts.instance.fleet
    )


def carbon_cost(facts: Facts) -> dict[str, float]:
    """Money for it, at the price per metric ton of each site: of what all nodes draw idle, and of what use adds."""
    use, idle = 0.0, 0.0
    for hardware in facts.instance.fleet:
        here = facts.instance.sites.get(site_of_hardware(facts.instance, hardware))
        price = 0.0 if here is None else here.carbon_usd_per_t / 1000.0
        per_kw = price * _per_kw_hour(facts, hardware) * facts.calendar.cost_hours
        drawn = facts.nodes[hardware].idle_kw * nodes_held(facts, hardware)
        idle += float(per_kw @ drawn)
        use += float(per_kw @ (kilowatts(facts, hardware) - drawn))
    return {name: money for name, money in (("carbon", use), ("idle_carbon", idle)) if money}
