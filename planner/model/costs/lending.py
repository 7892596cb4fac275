"""Lending: what nodes lent earn, a credit.

- sum_{l,b} credit[l,b] * block_nodes[l] * lend[l,b]                                             USD
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import BLOCK, LENDING, shape_of
from planner.model.costs.priced import Priced, cost_term
from planner.model.treatment import refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.plan.plan import Plan


def _nodes_lent(plan: Plan) -> NDArray[np.float64]:
    """Nodes lent, shape [period]."""
    total = np.zeros(len(plan.periods))
    for record in plan.lent:
        total[record.first : record.last + 1] += record.nodes
    return total


@cost_term(refused("nodes may be lent"), "lending", activity=_nodes_lent, received=True)
def usd(sets: Sets) -> dict[str, Priced]:
    """USD per block lent, negative."""
    if not sets.market.lendings:
        return {}
    credit = np.zeros(shape_of(sets, (LENDING, BLOCK)))
    for place, taker in enumerate(sets.market.lendings):
        credit[place, : len(taker.first)] = -taker.credit_usd_per_node * taker.block_nodes
    return {"lending": Priced("lend", credit, (LENDING, BLOCK))}
