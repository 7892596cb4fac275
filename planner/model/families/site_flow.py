"""Site flow: what is read at a site is answered there, or at the end of a link that carries its KV caches.

    sum_r flow[w,r,t] + sum_v outsource[v,w,t] + shed[w,t] >= 1                                all w, t
    sum_{u at s} served[u,p,t] >= demand[p,t] * sum_{r with its end for p at s} flow[workload(p),r,t]
                                                                                    all works p, places s, t
    sum_{w, r over l} link_share[l,w,t] * flow[w,r,t] <= 1                                     all links l, t
    flow[w,r,t] <= taken[w,r,t],   sum_r taken[w,r,t] <= 1                                     w routed whole, t

share of the requests of a workload. A route r begins at the place where prompts are read and ends at the one where
they are answered, the same without a link. Units that keep the time of links have a place of their own to read at
(`planner.rates.places`). `served` is as in the family `demand`, both in multiples of demand_scale.
Where waits or availability are promised, all requests of a workload take one route in a period, so that units of a
place have the headroom of its whole demand. Duals: USD per workload more; USD per token/s more at a place; USD per
further link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase
from planner.model.axes import PERIOD, ROUTE, WORKLOAD
from planner.model.decision import DecisionVariable, Domain, domain
from planner.model.families.demand import served
from planner.model.relaxable import RelaxableLimit, every_period
from planner.model.treatment import Treatment, dropped
from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.sets import Sets
    from planner.model.site_set import SiteSet
    from planner.model.variables import Row, Term


def _ways(sets: Sets) -> list[tuple[int, int]]:
    return [] if sets.sites is None else [(w, r) for w, r in np.argwhere(sets.sites.may).tolist()]


def _flow(sets: Sets) -> Domain:
    return domain([(*way, period) for way in _ways(sets) for period in range(sets.periods)], 3, upper=1)


def _taken(sets: Sets) -> Domain:
    ways = [way for way in _ways(sets) if sets.sites is not None and _is_split(sets.sites, way[0])]
    return domain([(*way, period) for way in ways for period in range(sets.periods)], 3, upper=1)


VARIABLES = (
    DecisionVariable(
        "flow", (WORKLOAD, ROUTE, PERIOD), _flow, "share", "of the requests of a workload that take a route"
    ),
    DecisionVariable(
        "taken",
        (WORKLOAD, ROUTE, PERIOD),
        _taken,
        "0 or 1",
        "whether a workload that is routed whole takes a route",
        whole=True,
    ),
)

AUDITED_BY = ("site flow",)


def applies(sets: Sets) -> bool:
    """Where nodes stand at several places."""
    return sets.sites is not None


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("requests may go anywhere: a plan that sends them where they may serves them all the same")


def relaxable(sets: Sets) -> Iterator[RelaxableLimit]:
    """Limits that a user can move."""
    links = [] if sets.sites is None else zip(sets.sites.links, sets.sites.gbit_per_s, strict=True)
    for place, (link, gbit) in enumerate(links):
        rows = every_period(sets, "link", place, coefficient=-1.0 / gbit)
        yield RelaxableLimit(
            f"links.{link}.bandwidth_gbit_per_s", "Gbit/s", gbit, rows, np.inf, by_period=True
        )


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """Rows per workload, per work and place, per link, and per route of a workload that is routed whole."""
    sites = sets.sites
    assert sites is not None
    asks = np.zeros((len(sets.market.workloads), sets.periods), dtype=bool)
    for work, workload in enumerate(sets.market.workload_of):
        asks[workload] |= sets.servable[work] > 0
    for workload, period in np.argwhere(asks).tolist():
        yield "", (workload, period), affine(_sent(sets, variables, workload, period)) >= 1
    for work in range(len(sets.works)):
        for place in range(len(sites.places)):
            yield from _place_rows(sets, sites, variables, work, place)
    yield from _link_rows(sets, sites, variables)
    for workload in np.flatnonzero(sites.whole).tolist():
        if _is_split(sites, workload):
            yield from _whole_rows(sets, sites, variables, workload)


def _is_split(sites: SiteSet, workload: int) -> bool:
    """Whether a workload must be routed whole, and could be otherwise."""
    return bool(sites.whole[workload] and sites.may[workload].sum() > 1)


def _sent(sets: Sets, variables: Variables, workload: int, period: int) -> list[Term]:
    """Terms of what becomes of the requests of a workload, as shares of them."""
    flow, shed = variables["flow"], variables["shed"]
    routes = range(ROUTE.length(sets))
    terms = [(flow[workload, r, period], 1.0) for r in routes if (workload, r, period) in flow]
    terms += [
        (variables["outsource"][place, workload, period], 1.0)
        for place, vendor in enumerate(sets.market.vendors)
        if workload in vendor.takes
    ]
    return [*terms, (shed[workload, period], 1.0)] if (workload, period) in shed else terms


def _place_rows(sets: Sets, sites: SiteSet, variables: Variables, work: int, place: int) -> Iterator[Row]:
    """What is sent to a place is served by its units."""
    workload = sets.market.workload_of[work]
    ends = sites.last if sets.works[work].phase is Phase.DECODE else sites.first
    routes = np.flatnonzero(sites.may[workload] & (ends == place)).tolist()
    units = set(np.flatnonzero(sites.place_of == place).tolist())
    for period in np.flatnonzero(sets.servable[work] > 0).tolist() if routes else ():
        demand = float(sets.demand[work, period] / sets.demand_scale[work, period])
        sent = [(variables["flow"][workload, r, period], -demand) for r in routes]
        done = served(sets, variables, work, period, units)
        yield "place", (work, place, period), affine([*done, *sent]) >= 0


def _link_rows(sets: Sets, sites: SiteSet, variables: Variables) -> Iterator[Row]:
    """A link carries no more than it can."""
    shares = sites.link_share
    for link in range(len(sites.links)):
        ways = [(w, r) for w, r in np.argwhere(sites.may & (sites.link == link)[None, :]).tolist()]
        for period in range(sets.periods) if ways else ():
            share = shares[link, :, period].tolist()
            terms = [(variables["flow"][w, r, period], share[w]) for w, r in ways]
            yield "link", (link, period), affine(terms) <= 1


def _whole_rows(sets: Sets, sites: SiteSet, variables: Variables, workload: int) -> Iterator[Row]:
    """All requests of a workload take one route in a period."""
    flow, taken = variables["flow"], variables["taken"]
    routes = np.flatnonzero(sites.may[workload]).tolist()
    for period in range(sets.periods):
        for r in routes:
            row = affine([(flow[workload, r, period], 1.0), (taken[workload, r, period], -1.0)]) <= 0
            yield "taken", (workload, r, period), row
        chosen = affine((taken[workload, r, period], 1.0) for r in routes)
        yield "one", (workload, period), chosen <= 1
