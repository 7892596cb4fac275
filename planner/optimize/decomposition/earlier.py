"""An earlier plan as the beginning of a search: its fleet, and its units where they still serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.plan_values import values_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model import Sets
    from planner.model.encode import Earlier
    from planner.model.values import Values
    from planner.optimize.decomposition.structure import Structure

SHORT = 1e-9
"""Share of a demand that the units of an earlier plan may miss."""


def fleet_of(structure: Structure, earlier: Earlier) -> NDArray[np.int64]:
    """Nodes held by pool, within what the pools allow now."""
    nodes = []
    for pool in structure.pools:
        increment = dict(zip(pool.offer.tolist(), pool.increment.tolist(), strict=True))
        held = sum(int(earlier.acquire[offer]) * step for offer, step in increment.items())
        nodes.append(min(max(held, pool.minimum), pool.maximum))
    return np.array(nodes, dtype=np.int64)


def values_again(sets: Sets, structure: Structure, earlier: Earlier) -> Values | None:
    """The earlier units on the earlier fleet, with what must be hired beside it; None where demand or supply
    has changed so that they do not serve.
    """
    for role in (0, 1):
        rate = np.where(structure.unit_role == role, structure.unit_rate, 0.0)
        if (rate @ earlier.on < structure.demand[role] * (1 - SHORT)).any():
            return None
    return values_for(sets, structure, fleet_of(structure, earlier), earlier.on)
