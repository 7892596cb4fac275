"""Carbon: what the sites of nodes in use ask for the carbon dioxide that they emit.

sum_{u,t} carbon_usd[h(u),t] * nodes[u] * hours[t] * discounted_weight[t] * on[u,t]                        USD
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import PERIOD, UNIT
from planner.model.costs.priced import Priced, cost_term
from planner.model.treatment import dropped
from planner.plan.quantities import in_use

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.plan.plan import Plan


def _nodes_in_use(plan: Plan) -> NDArray[np.float64]:
    """Nodes under running units, shape [period]."""
    used = np.array(list(in_use(plan).values()), dtype=np.float64)
    return np.asarray(used.sum(axis=0)) if used.size else np.zeros(len(plan.periods))


@cost_term(
    dropped("nothing is charged for emissions, so that plans cost no more"), "carbon", activity=_nodes_in_use
)
def usd(sets: Sets) -> dict[str, Priced]:
    """USD per unit that runs in a period."""
    if sets.carbon_usd is None or not sets.carbon_usd.any():
        return {}
    of_unit = sets.carbon_usd[sets.hardware_of] * sets.nodes[:, None]
    return {"carbon": Priced("on", of_unit * sets.timeline.discounted_hours, (UNIT, PERIOD))}
