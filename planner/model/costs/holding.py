"""Holding: what offers cost, whether used or not; one line of the breakdown per term of the channels.

sum_o price[o] * increment[o] * acquire[o]                                        USD

The energy of nodes that run nothing is in no price here: it has a line of its own (`planner/model/costs/idle.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import OFFER
from planner.model.costs.priced import Priced, cost_term
from planner.model.treatment import kept

if TYPE_CHECKING:
    from planner.model.sets import Sets


@cost_term(kept("nodes held or hired at their price, whole increments forgotten"))
def usd(sets: Sets) -> dict[str, Priced]:
    """USD per increment of each offer, by term (purchase, commitment, hire, ...)."""
    price = sets.offer_bare * sets.offer_increment
    term = np.array([channel.term for channel in sets.channels])[sets.offer_channel]
    names = dict.fromkeys(term)
    return {str(name): Priced("acquire", np.where(term == name, price, 0.0), (OFFER,)) for name in names}
