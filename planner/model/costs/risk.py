"""Risk premium: what the objective adds to the expected cost, so that bad scenarios weigh more.

premium                                                                           USD
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import PLAN
from planner.model.costs.priced import Priced, cost_term
from planner.model.treatment import kept

if TYPE_CHECKING:
    from planner.model.sets import Sets


@cost_term(kept("scenarios weigh as the measure asks in its place"), "risk_premium", billed=False)
def usd(sets: Sets) -> dict[str, Priced]:
    """One USD per USD of premium."""
    return {} if sets.risk is None else {"risk_premium": Priced("premium", np.ones(1), (PLAN,))}
