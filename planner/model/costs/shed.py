"""Shed: what unserved demand costs.

sum_{w,t} shed_usd[w] * 3600 * hours[t] * weight[t] * work_scale[w] * shed[w,t]   USD
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.costs.priced import Priced, cost_term
from planner.model.treatment import refused

if TYPE_CHECKING:
    from planner.model.sets import Sets

SECONDS_PER_HOUR = 3600.0


@cost_term(refused("demand may be shed"))
def usd(sets: Sets) -> dict[str, Priced]:
    """USD per multiple of work_scale left unserved throughout a period."""
    if not sets.shed_works:
        return {}
    price = np.where(np.isfinite(sets.shed_usd), sets.shed_usd, 0.0) * sets.work_scale
    return {"shed": Priced("shed", price[:, None] * SECONDS_PER_HOUR * sets.timeline.weighted_hours[None, :])}
