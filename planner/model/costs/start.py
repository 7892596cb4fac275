"""Start: what switching units on costs.

sum_{u,t} start_usd[u] * weight[t] * start[u,t]                                   USD
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.model.costs.priced import Priced, cost_term
from planner.model.treatment import kept

if TYPE_CHECKING:
    from planner.model.sets import Sets


@cost_term(kept("a start costs what its unit says"))
def usd(sets: Sets) -> dict[str, Priced]:
    """USD per start of a unit in a period."""
    if not sets.start_usd.any():
        return {}
    return {"start": Priced("start", sets.start_usd[:, None] * sets.timeline.weight[None, :])}
