"""Running: what nodes in use cost on top of being held, such as the energy of one's own machines.

sum_{c,t} running[c,t] * hours[t] * discounted_weight[t] * use[c,t]                          USD
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import CHANNEL, PERIOD
from planner.model.costs.priced import Priced, cost_term
from planner.model.treatment import kept
from planner.plan.quantities import in_use

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.plan.plan import Plan


def _nodes_in_use(plan: Plan) -> NDArray[np.float64]:
    """Nodes in use, shape [period], as the plan records them by channel, or those under running units."""
    reported = np.array([record.nodes for record in plan.use], dtype=np.float64)
    if reported.size:
        return np.asarray(reported.sum(axis=0))
    used = np.array(list(in_use(plan).values()), dtype=np.float64)
    return np.asarray(used.sum(axis=0)) if used.size else np.zeros(len(plan.periods))


@cost_term(kept("a node in use costs what its channel says"), "running", activity=_nodes_in_use)
def usd(sets: Sets) -> dict[str, Priced]:
    """USD per node of a channel in use in a period."""
    if not sets.running_usd.any():
        return {}
    usd = sets.running_usd * sets.timeline.discounted_hours
    return {"running": Priced("use", usd, (CHANNEL, PERIOD))}
