"""A plan that the search begins from: its fleet, and its units where they still serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.heuristic.plan_values import values_for
from planner.optimize.decomposition.tolerances import UNSERVED_SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model import Sets
    from planner.model.encode import WarmStart
    from planner.model.values import Values
    from planner.optimize.decomposition.problem.structure import Structure


def warm_start_fleet(structure: Structure, warm_start: WarmStart) -> NDArray[np.int64]:
    """Nodes held by pool, within what the pools allow now."""
    nodes = []
    for pool in structure.pools:
        increment = dict(zip(pool.offer.tolist(), pool.increment.tolist(), strict=True))
        held = sum(int(warm_start.acquire[offer]) * step for offer, step in increment.items())
        nodes.append(min(max(held, pool.minimum), pool.maximum))
    return np.array(nodes, dtype=np.int64)


def warm_start_values(sets: Sets, structure: Structure, warm_start: WarmStart) -> Values | None:
    """Its units on its fleet, with what must be hired beside it; None where demand or supply
    has changed so that they do not serve.
    """
    for role in (0, 1):
        rate = np.where((structure.unit_role == role)[:, None], structure.rates.most, 0.0)
        served = (rate[:, structure.rates.of] * warm_start.on).sum(axis=0)
        if (served < structure.demand[role] * (1 - UNSERVED_SHARE)).any():
            return None
    return values_for(sets, structure, warm_start_fleet(structure, warm_start), warm_start.on)
