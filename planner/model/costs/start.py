"""Start: what switching units on costs.

sum_{u,t} start_usd[u] * discounted_weight[t] * start[u,t]                                   USD
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import PERIOD, UNIT
from planner.model.costs.priced import Priced, cost_term
from planner.model.treatment import kept
from planner.plan.period_names import blocks_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.plan.plan import Plan


def _nodes_started(plan: Plan) -> NDArray[np.float64]:
    """Nodes of units switched on, shape [period]; a block of periods counts as a cycle."""
    starts = np.zeros(len(plan.periods))
    for run in blocks_of(plan.periods):
        for unit in plan.units:
            on = unit.on[run.start : run.stop]
            starts[run.start : run.stop] += np.maximum(np.diff(on, prepend=on[-1]), 0) * unit.nodes
    return starts


@cost_term(kept("a start costs what its unit says"), "start", activity=_nodes_started)
def usd(sets: Sets) -> dict[str, Priced]:
    """USD per start of a unit in a period."""
    if not sets.start_usd.any():
        return {}
    usd = np.outer(sets.start_usd, sets.timeline.discounted_weight)
    return {"start": Priced("start", usd, (UNIT, PERIOD))}
