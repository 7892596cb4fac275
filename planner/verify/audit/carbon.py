"""What nodes in use emit, and what their sites ask for it, hour by hour, in the audit's own arithmetic.

kg per node-hour = kW of the hardware * pue of its site * g per kWh / 1,000
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.verify.audit.places import site as site_of_hardware

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.verify.audit.facts import Facts


def _per_node_hour(facts: Facts, hardware: str) -> NDArray[np.float64]:
    """Kilograms, shape [period]; 0 where the site says none."""
    here = facts.instance.sites.get(site_of_hardware(facts.instance, hardware))
    if here is None or here.carbon_g_per_kwh is None:
        return np.zeros(facts.periods)
    grams = np.zeros(facts.instance.horizon.periods) + np.asarray(here.carbon_g_per_kwh)
    kilowatts = (facts.nodes[hardware].power_kw or 0.0) * here.pue
    return np.asarray(np.resize(grams, facts.periods) * kilowatts / 1000.0)


def emitted_kg(facts: Facts) -> float:
    """Kilograms over the plan, as often as periods occur."""
    return sum(
        float((_per_node_hour(facts, hardware) * nodes) @ facts.calendar.counted_hours)
        for hardware, nodes in facts.nodes_in_use.items()
    )


def carbon_cost(facts: Facts) -> dict[str, float]:
    """Money for it, at the price per metric ton of each site."""
    total = 0.0
    for hardware, nodes in facts.nodes_in_use.items():
        here = facts.instance.sites.get(site_of_hardware(facts.instance, hardware))
        price = 0.0 if here is None else here.carbon_usd_per_t / 1000.0
        total += price * float((_per_node_hour(facts, hardware) * nodes) @ facts.calendar.cost_hours)
    return {"carbon": total} if total else {}
