"""Shed: what unserved requests cost, every phase of them: tokens computed and generated, not those that are cached.

sum_{w,t} shed_usd[w] * 3600 * hours[t] * discounted_weight[t] * demand[w,t] * shed[workload(w),t]   USD
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.model.axes import PERIOD, WORKLOAD
from planner.model.costs.priced import Priced, cost_term
from planner.model.treatment import refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.plan.plan import Plan


def _unserved(plan: Plan) -> NDArray[np.float64]:
    """Tokens/s (requests/s) unserved, shape [period]."""
    return (
        np.sum([record.per_s for record in plan.shed], axis=0) if plan.shed else np.zeros(len(plan.periods))
    )


@cost_term(refused("demand may be shed"), "shed", activity=_unserved, billed=False)
def usd(sets: Sets) -> dict[str, Priced]:
    """USD of leaving all requests of a workload unserved throughout a period."""
    if not sets.shed_works:
        return {}
    price = np.where(np.isfinite(sets.shed_usd), sets.shed_usd, 0.0)
    by_work = price[:, None] * sets.demand * SECONDS_PER_HOUR * sets.timeline.discounted_hours
    usd = np.zeros((len(sets.market.workloads), sets.periods))
    np.add.at(usd, list(sets.market.workload_of), by_work)
    return {"shed": Priced("shed", usd, (WORKLOAD, PERIOD))}
