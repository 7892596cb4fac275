"""Egress: what sites and links charge for what leaves them: answers to users, KV caches to another site.

sum_{w,r,t} usd_per_hour[w,r,t] * hours[t] * discounted_weight[t] * flow[w,r,t]                         USD
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.model.axes import PERIOD, ROUTE, WORKLOAD
from planner.model.costs.priced import Priced, cost_term
from planner.model.treatment import dropped

if TYPE_CHECKING:
    from planner.model.sets import Sets


@cost_term(dropped("nothing is charged for the network, so that plans cost no more"), "egress")
def usd(sets: Sets) -> dict[str, Priced]:
    """USD per share of a workload that takes a route."""
    if sets.sites is None or not sets.sites.usd_per_hour.any():
        return {}
    usd = sets.sites.usd_per_hour * sets.timeline.discounted_hours
    return {"egress": Priced("flow", usd, (WORKLOAD, ROUTE, PERIOD))}
