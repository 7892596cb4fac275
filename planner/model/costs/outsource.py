"""Outsource: what vendors charge at their list prices, and what their daily discounts take off.

outsource          sum_{v,w,t} usd_per_hour[v,w,t] * hours[t] * discounted_weight[t] * outsource[v,w,t]     USD
outsource_discount - sum_{v,d,k} discount[v,k] * discounted_weight[d] * tier[v,d,k]                         USD
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import DAY, PERIOD, TIER, VENDOR, WORKLOAD, shape_of
from planner.model.costs.priced import Priced, cost_term
from planner.model.treatment import refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.plan.plan import Plan


def _list_cost(plan: Plan) -> NDArray[np.float64]:
    """What vendors charge at list prices, shape [period]."""
    total = np.zeros(len(plan.periods))
    for record in plan.outsourced:
        share = np.asarray(record.share)
        total += share * record.list_cost / share.sum() if share.sum() > 0 else 0.0
    return total


@cost_term(refused("token vendors may take demand"), "outsource", "outsource_discount", activity=_list_cost)
def usd(sets: Sets) -> dict[str, Priced]:
    """USD per share taken and per dollar in a tier."""
    vendors = sets.market.vendors
    if not vendors:
        return {}
    charged = np.array([vendor.usd_per_hour for vendor in vendors]) * sets.timeline.discounted_hours
    terms = {"outsource": Priced("outsource", charged, (VENDOR, WORKLOAD, PERIOD))}
    discount = np.zeros(shape_of(sets, (VENDOR, DAY, TIER)))
    by_period, of_day = sets.timeline.discounted_weight, sets.timeline.day
    weight = np.array([by_period[of_day == day][0] for day in range(discount.shape[1])])
    for place, vendor in enumerate(vendors):
        discount[place, :, : len(vendor.tier_discount)] = -np.outer(weight, vendor.tier_discount)
    if discount.any():
        terms["outsource_discount"] = Priced("tier", discount, (VENDOR, DAY, TIER))
    return terms
