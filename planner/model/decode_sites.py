"""Decode the routes: shares of workloads by route, and what is served at each place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase
from planner.model.values import NEGLIGIBLE
from planner.plan.contents import Routed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.model.site_set import SiteSet
    from planner.model.values import Values


def settled_flow(sets: Sets, values: Values) -> NDArray[np.float64]:
    """Shares by route, shape [workload, route, period], that sum to what is neither shed nor sold; none where
    nothing is asked for.
    """
    flow = np.clip(values.market["flow"], 0.0, 1.0)
    if sets.sites is None:
        return flow
    flow = np.where(flow > NEGLIGIBLE, flow, 0.0)
    largest = flow == flow.max(axis=1, keepdims=True)
    flow = np.where(sets.sites.whole[:, None, None] & ~largest, 0.0, flow)
    asked = np.zeros((len(sets.market.workloads), sets.periods))
    np.maximum.at(asked, np.array(sets.market.workload_of), sets.demand)
    kept = np.where(asked > 0, 1.0 - values.shed - values.market["outsource"].sum(axis=0), 0.0)
    total = flow.sum(axis=1)
    share = np.divide(np.clip(kept, 0.0, 1.0), total, out=np.zeros_like(total), where=total > 0)
    return np.asarray(np.minimum(flow * share[:, None, :], 1.0))


def sent_to(sets: Sets, sites: SiteSet, flow: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tokens/s (requests/s) of each work that come to each place, shape [work, place, period]."""
    sent = np.zeros((len(sets.works), len(sites.places), sets.periods))
    for work, kind in enumerate(sets.works):
        ends = sites.last if kind.phase is Phase.DECODE else sites.first
        np.add.at(sent[work], ends, flow[sets.market.workload_of[work]])
    return np.asarray(sent * sets.demand[:, None, :])


def routed_of(sets: Sets, values: Values) -> tuple[Routed, ...]:
    """Workloads that take a route in some period."""
    if sets.sites is None:
        return ()
    flow, links = values.market["flow"], ("", *sets.sites.links)
    return tuple(
        Routed(
            workload=sets.market.workloads[workload],
            read_at=sets.sites.routes[route][0],
            answered_at=sets.sites.routes[route][1],
            link=links[int(sets.sites.link[route]) + 1],
            share=tuple(flow[workload, route].tolist()),
        )
        for workload, route in np.argwhere(flow.any(axis=2)).tolist()
    )
