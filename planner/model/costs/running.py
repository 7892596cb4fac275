"""Running: what nodes in use cost on top, such as the energy of one's own machines.

sum_{c,t} running[c,t] * hours[t] * weight[t] * use[c,t]                          USD
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.model.costs.priced import Priced, cost_term
from planner.model.treatment import kept

if TYPE_CHECKING:
    from planner.model.sets import Sets


@cost_term(kept("a node in use costs what its channel says"))
def usd(sets: Sets) -> dict[str, Priced]:
    """USD per node of a channel in use in a period."""
    if not sets.running_usd.any():
        return {}
    return {"running": Priced("use", sets.running_usd * sets.timeline.weighted_hours)}
