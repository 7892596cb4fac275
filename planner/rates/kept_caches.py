"""Caches that stay where they were read: who reads and answers does both for a workload, or neither.

A link that takes the workload carries caches away from the site that it begins at, and to the one that it ends at, as
many as take its routes (the family `colocation`). Elsewhere nothing does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase, Role
from planner.instance.demand_series import phases_of
from planner.rates.places import place_of

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.rates.rates import Rates


def caches_stay(instance: Instance, workload: str, hardware: str) -> bool:
    """Whether nothing carries caches of a workload from units of a hardware that read and answer, or to them."""
    both = {Phase.PREFILL, Phase.DECODE} <= set(phases_of(instance.workloads[workload]))
    here = place_of(instance, hardware).site
    return both and not any(
        link.takes(workload) and here in (link.from_site, link.to_site) for link in instance.links.values()
    )


def drop_halves(instance: Instance, rates: Rates) -> dict[int, str]:
    """Set the rates of co-located units for workloads that they can only read, or only answer, to 0.

    One that is too slow for the promised first token would answer what no cache of its own is there for. Returns the
    reason by unit.
    """
    reasons: dict[int, str] = {}
    co_located = np.array([unit.role is Role.COLOCATED for unit in rates.units], dtype=bool)
    for name in instance.workloads:
        staying = {hardware for hardware in instance.fleet if caches_stay(instance, name, hardware)}
        kept = co_located & [unit.hardware in staying for unit in rates.units]
        mine = [place for place, work in enumerate(rates.works) if work.workload == name]
        able = rates.rate[:, mine] > 0
        for unit in np.flatnonzero(kept & able.any(axis=1) & ~able.all(axis=1)).tolist():
            rates.rate[unit, mine] = 0.0
            reasons[unit] = (
                f"does one phase of {name} alone, and no link carries its KV caches from or to there"
            )
    return reasons
