"""Idle: the energy of one's own nodes at the draw that they have while they run nothing, whether they do or not.

sum_o sum_{t of o} idle_usd[c(o),t] * hours[t] * discounted_weight[t] * increment[o] * acquire[o]               USD

What use adds to that draw is in the line `running`. Nothing where idle nodes are off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import OFFER
from planner.model.costs.priced import Priced, cost_term
from planner.model.treatment import kept
from planner.plan.quantities import held

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.plan.plan import Plan


def nodes_held(plan: Plan) -> NDArray[np.float64]:
    """Nodes held, shape [period]."""
    have = np.array(list(held(plan).values()), dtype=np.float64)
    return np.asarray(have.sum(axis=0)) if have.size else np.zeros(len(plan.periods))


@cost_term(kept("it is in the price of nodes held or hired"), "idle_energy", activity=nodes_held)
def usd(sets: Sets) -> dict[str, Priced]:
    """USD per increment of each offer."""
    if sets.offer_idle is None:
        return {}
    return {"idle_energy": Priced("acquire", sets.offer_idle * sets.offer_increment, (OFFER,))}
