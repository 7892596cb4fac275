"""Carbon: what sites ask for the carbon dioxide that their nodes emit, in use and idle.

sum_{u,t} usd[h(u),t] * added_kw[h(u)] * nodes[u] * hours[t] * discounted_weight[t] * on[u,t]                USD
+ sum_o sum_{t of o} usd[h(o),t] * idle_kw[h(o)] * hours[t] * discounted_weight[t] * increment[o] * acquire[o]

usd = carbon_kg * carbon_usd, for a kW and hour. The second line is that of nodes held, at the draw that they have while
they run nothing; the first what use adds to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import OFFER, PERIOD, UNIT
from planner.model.costs.idle import nodes_held
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
    if sets.power is None or not sets.power.carbon_usd.any():
        return {}
    of_node = sets.power.added_kg * sets.power.carbon_usd[:, None] * sets.timeline.discounted_hours
    return {"carbon": Priced("on", of_node[sets.hardware_of] * sets.nodes[:, None], (UNIT, PERIOD))}


@cost_term(
    dropped("nothing is charged for emissions, so that plans cost no more"),
    "idle_carbon",
    activity=nodes_held,
)
def idle_usd(sets: Sets) -> dict[str, Priced]:
    """USD per increment of each offer."""
    if sets.power is None or not (sets.power.carbon_usd * sets.power.idle_kw).any():
        return {}
    of_node = sets.power.idle_kg * sets.power.carbon_usd[:, None] * sets.timeline.discounted_hours
    return {"idle_carbon": Priced("acquire", sets.over_offers(of_node) * sets.offer_increment, (OFFER,))}
