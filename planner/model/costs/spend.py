"""Spend: what commitments to spend cost, used or not.

sum_{p,s} price[p,s] * increment[p] * commit[p,s]                                                USD
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import COMMITMENT, SPAN, shape_of
from planner.model.costs.priced import Priced, cost_term
from planner.model.treatment import refused

if TYPE_CHECKING:
    from planner.model.sets import Sets


@cost_term(refused("spending may be committed"), "spend_commitment")
def usd(sets: Sets) -> dict[str, Priced]:
    """USD per increment committed."""
    if not sets.market.commitments:
        return {}
    price = np.zeros(shape_of(sets, (COMMITMENT, SPAN)))
    for place, plan in enumerate(sets.market.commitments):
        price[place, : len(plan.first)] = plan.price_usd * plan.increment_usd_per_hour
    return {"spend_commitment": Priced("commit", price, (COMMITMENT, SPAN))}
