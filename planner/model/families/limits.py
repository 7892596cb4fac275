"""Limits: on money paid at the start and by the month, on power by site, on providers, on kinds of hardware.

    sum_o capex[o] * increment[o] * acquire[o] <= capex_usd
    sum_{o that begin in year y} capex[o] * increment[o] * acquire[o] <= capex_usd_per_year  all y
    cost of the plan * 730 / weighted hours <= usd_per_month
    sum_{c at s} power_kw[c] * use[c,t] <= power_kw[s]                                       all s, t
    minimum[p] <= sum_{c of p} held[c,t] <= maximum[p]                                       all p, t
    acquire[o] <= most[o] * kind[h(o)],  sum_h kind[h] <= hardware_types                     all o

Duals: what one more dollar, kilowatt or node of the limit is worth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_MONTH
from planner.model.costs import priced_terms
from planner.model.treatment import Treatment, dropped
from planner.model.variables import Term, Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pulp

    from planner.instance.limits import ProviderLimit
    from planner.model.sets import Sets

THOUSAND = 1e3
SLACK = 1e-9


def applies(sets: Sets) -> bool:
    """Where any limit is given."""
    limits = sets.market.limits
    return limits != type(limits)()


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("constraints, no part of the cost")


def rows(sets: Sets, variables: Variables) -> Iterator[tuple[str, pulp.LpConstraint]]:
    """Rows of every limit that is given."""
    limits = sets.market.limits
    if limits.capex_usd is not None:
        paid = (sets.offer_capex * sets.offer_increment / THOUSAND).tolist()
        terms = [(variable, usd) for variable, usd in zip(variables.acquire, paid, strict=True) if usd]
        yield "limits_capex", affine(terms) <= limits.capex_usd / THOUSAND
    if limits.capex_usd_per_year is not None:
        for year, offers in offers_by_year(sets):
            usd = sets.offer_capex[offers] * sets.offer_increment[offers] / THOUSAND
            terms = [(variables.acquire[o], float(u)) for o, u in zip(offers, usd, strict=True) if u]
            yield f"limits_capex_{year}", affine(terms) <= limits.capex_usd_per_year / THOUSAND
    if limits.usd_per_month is not None:
        months = float(sets.timeline.weighted_hours.sum()) / HOURS_PER_MONTH
        yield "limits_month", affine(_cost(sets, variables)) <= limits.usd_per_month * months / THOUSAND
    for number, (site, limit) in enumerate(limits.sites.items()):
        for name, row in _power_rows(sets, variables, site, limit.power_kw):
            yield f"limits_power_{number}_{name}", row
    for number, (provider, nodes) in enumerate(limits.providers.items()):
        for name, row in _provider_rows(sets, variables, provider, nodes):
            yield f"limits_provider_{number}_{name}", row
    if limits.hardware_types is not None:
        yield from _kind_rows(sets, variables, limits.hardware_types)


def offers_by_year(sets: Sets) -> Iterator[tuple[int, list[int]]]:
    """Offers with something to pay at the start, by the year of the plan they begin in."""
    year = np.floor(sets.timeline.year_from[sets.first] + SLACK).astype(np.int64)
    paid = sets.offer_capex > 0
    for number in np.unique(year[paid]).tolist():
        yield number, np.flatnonzero(paid & (year == number)).tolist()


def _cost(sets: Sets, variables: Variables) -> Iterator[Term]:
    for priced in priced_terms(sets).values():
        for position in zip(*np.nonzero(priced.usd), strict=True):
            yield (
                variables.at(priced.variable, tuple(map(int, position))),
                float(priced.usd[position]) / THOUSAND,
            )


def _power_rows(
    sets: Sets, variables: Variables, site: str, most: float
) -> Iterator[tuple[str, pulp.LpConstraint]]:
    here = [place for place, channel in enumerate(sets.channels) if channel.site == site]
    for period in range(sets.periods):
        terms = [(variables.use[place, period], sets.market.channel_power_kw[place]) for place in here]
        yield str(period), affine(terms) <= most


def _provider_rows(
    sets: Sets, variables: Variables, provider: str, limit: ProviderLimit
) -> Iterator[tuple[str, pulp.LpConstraint]]:
    theirs = [place for place, channel in enumerate(sets.channels) if channel.provider == provider]
    for period in range(sets.periods):
        held = [term for place in theirs for term in variables.held(sets, place, period)]
        if limit.max_nodes is not None:
            yield f"max_{period}", affine(held) <= limit.max_nodes
        if limit.min_nodes:
            yield f"min_{period}", affine(held) >= limit.min_nodes


def _kind_rows(sets: Sets, variables: Variables, most: int) -> Iterator[tuple[str, pulp.LpConstraint]]:
    kind = variables.market["kind"]
    for offer, variable in enumerate(variables.acquire):
        hardware = sets.channels[sets.offer_channel[offer]].hardware
        row = affine([(variable, 1.0), (kind[hardware,], -float(variable.upBound))]) <= 0
        yield f"limits_kind_{offer}", row
    yield "limits_kinds", affine((variable, 1.0) for variable in kind.values()) <= most
