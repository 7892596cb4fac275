"""Limits: on money paid at the start and by the month, on carbon, on power by site, on providers, on kinds of hardware.

    sum_o capex[o] * increment[o] * acquire[o] <= capex_usd
    sum_{o that begin in year y} capex[o] * increment[o] * acquire[o] <= capex_usd_per_year  all y
    expected cost of the plan * 730 / weighted hours <= usd_per_month    both discounted; without risk premium
    sum_{u,t} kg[h(u),t] * added_kw[h(u)] * nodes[u] * on[u,t]
        + sum_o sum_{t of o} kg[h(o),t] * idle_kw[h(o)] * increment[o] * acquire[o] <= carbon_kg
    sum_{c at s} (power_kw[c] - idle_kw[c]) * use[c,t] + idle_kw[c] * held[c,t] <= power_kw[s]    all s, t
    minimum[p] <= sum_{c of p} held[c,t] <= maximum[p]                                       all p, t
    acquire[o] <= most[o] * kind[h(o)],  sum_h kind[h] <= hardware_types                     all o

kg: of a kW, as often as its period occurs. A node that is held draws what it draws idle, and one in use the rest.
Duals: USD saved by one more dollar, kilogram, kilowatt or node of the limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_MONTH
from planner.model.axes import HARDWARE
from planner.model.costs import priced_terms
from planner.model.decision import DecisionVariable, Domain, domain, everywhere
from planner.model.relaxable import RelaxableLimit, every_period, least_nodes, rows_of
from planner.model.risk import RISK_VARIABLES
from planner.model.treatment import Treatment, dropped
from planner.model.variables import Term, Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance.limits import ProviderLimit
    from planner.model.sets import Sets
    from planner.model.variables import Row

THOUSAND = 1e3
SLACK = 1e-9


def _kind(sets: Sets) -> Domain:
    limited = sets.market.limits.hardware_types is not None
    return domain(everywhere((len(sets.hardware),)) if limited else (), 1, upper=1)


VARIABLES = (
    DecisionVariable("kind", (HARDWARE,), _kind, "0 or 1", "whether a hardware is held at all", whole=True),
)

AUDITED_BY = ("plan limits",)


def applies(sets: Sets) -> bool:
    """Where any limit is given."""
    limits = sets.market.limits
    return limits != type(limits)()


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("constraints, no part of the cost")


def relaxable(sets: Sets) -> Iterator[RelaxableLimit]:
    """Limits that a user can move."""
    yield from _relaxable_money(sets)
    limits = sets.market.limits
    if limits.carbon_kg is not None:
        rows = rows_of("carbon", [()], -1.0 / THOUSAND)
        yield RelaxableLimit("limits.carbon_kg", "kg", limits.carbon_kg, rows, np.inf)
    for number, (site, power) in enumerate(limits.sites.items()):
        rows = every_period(sets, "power", number)
        yield RelaxableLimit(
            f"limits.sites.{site}.power_kw", "kW", power.power_kw, rows, np.inf, by_period=True
        )
    for number, (provider, nodes) in enumerate(limits.providers.items()):
        key = f"limits.providers.{provider}"
        if nodes.max_nodes is not None:
            yield RelaxableLimit(
                key=f"{key}.max_nodes",
                unit="nodes",
                limit=nodes.max_nodes,
                rows=every_period(sets, "provider_max", number),
                most=float(sets.node_limit.sum()),
                whole=True,
                by_period=True,
            )
        if nodes.min_nodes:
            yield least_nodes(sets, key, nodes.min_nodes, "provider_min", number)
    kinds = limits.hardware_types
    if kinds is not None:
        more = float(max(0, len(sets.hardware) - kinds))
        yield RelaxableLimit(
            "limits.hardware_types", "kinds", kinds, rows_of("kinds", [()]), more, whole=True
        )


def _relaxable_money(sets: Sets) -> Iterator[RelaxableLimit]:
    limits = sets.market.limits
    if limits.capex_usd is not None:
        rows = rows_of("capex", [()], -1.0 / THOUSAND)
        yield RelaxableLimit("limits.capex_usd", "USD", limits.capex_usd, rows, np.inf)
    if limits.capex_usd_per_year is not None:
        rows = rows_of("capex_year", ((year,) for year, _ in offers_by_year(sets)), -1.0 / THOUSAND)
        yield RelaxableLimit("limits.capex_usd_per_year", "USD", limits.capex_usd_per_year, rows, np.inf)
    if limits.usd_per_month is not None:
        rows = rows_of("month", [()], -_months(sets) / THOUSAND)
        yield RelaxableLimit(
            "limits.usd_per_month", "USD a month", limits.usd_per_month, rows, np.inf, usd=_months(sets)
        )


def _months(sets: Sets) -> float:
    return float(sets.timeline.discounted_hours.sum()) / HOURS_PER_MONTH


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """Rows of every limit that is given."""
    limits = sets.market.limits
    if limits.capex_usd is not None:
        paid = (sets.offer_capex * sets.offer_increment / THOUSAND).tolist()
        acquire = variables["acquire"].values()
        terms = [(variable, usd) for variable, usd in zip(acquire, paid, strict=True) if usd]
        yield "capex", (), affine(terms) <= limits.capex_usd / THOUSAND
    if limits.capex_usd_per_year is not None:
        for year, offers in offers_by_year(sets):
            usd = sets.offer_capex[offers] * sets.offer_increment[offers] / THOUSAND
            terms = [(variables["acquire"][o,], float(u)) for o, u in zip(offers, usd, strict=True) if u]
            yield "capex_year", (year,), affine(terms) <= limits.capex_usd_per_year / THOUSAND
    if limits.usd_per_month is not None:
        most = limits.usd_per_month * _months(sets) / THOUSAND
        yield "month", (), affine(_cost(sets, variables)) <= most
    if limits.carbon_kg is not None:
        yield "carbon", (), affine(_carbon(sets, variables)) <= limits.carbon_kg / THOUSAND
    for number, (site, limit) in enumerate(limits.sites.items()):
        yield from _power_rows(sets, variables, number, site, limit.power_kw)
    for number, (provider, nodes) in enumerate(limits.providers.items()):
        yield from _provider_rows(sets, variables, number, provider, nodes)
    if limits.hardware_types is not None:
        yield from _kind_rows(sets, variables, limits.hardware_types)


def offers_by_year(sets: Sets) -> Iterator[tuple[int, list[int]]]:
    """Offers with something to pay at the start, by the year of the plan they begin in."""
    year = np.floor(sets.timeline.year_from[sets.first] + SLACK).astype(np.int64)
    paid = sets.offer_capex > 0
    for number in np.unique(year[paid]).tolist():
        yield number, np.flatnonzero(paid & (year == number)).tolist()


def _cost(sets: Sets, variables: Variables) -> Iterator[Term]:
    """Terms of what the plan is expected to cost, the premium of an aversion to risk left out: nobody is paid it."""
    for priced in priced_terms(sets).values():
        if priced.variable in RISK_VARIABLES:
            continue
        for position, usd in priced.entries():
            yield variables[priced.variable][position], usd / THOUSAND


def _carbon(sets: Sets, variables: Variables) -> Iterator[Term]:
    """Metric tons of all that runs, and of all that is held beside what use adds."""
    assert sets.power is not None
    hours = sets.timeline.weighted_hours / THOUSAND
    tons = (sets.power.added_kg * hours)[sets.hardware_of] * sets.nodes[:, None]
    for unit, period in np.argwhere(tons).tolist():
        yield variables["on"][unit, period], float(tons[unit, period])
    idle = sets.over_offers(sets.power.idle_kg * hours) * sets.offer_increment
    for offer in np.flatnonzero(idle).tolist():
        yield variables["acquire"][offer,], float(idle[offer])


def _power_rows(sets: Sets, variables: Variables, number: int, site: str, most: float) -> Iterator[Row]:
    here = [place for place, channel in enumerate(sets.channels) if channel.site == site]
    for period in range(sets.periods):
        terms: list[Term] = []
        for place in here:
            idle = sets.market.channel_idle_kw[place]
            added = sets.market.channel_power_kw[place] - idle
            terms.append((variables["use"][place, period], added))
            terms += [(node, idle * nodes) for node, nodes in variables.held(sets, place, period) if idle]
        yield "power", (number, period), affine(terms) <= most


def _provider_rows(
    sets: Sets, variables: Variables, number: int, provider: str, limit: ProviderLimit
) -> Iterator[Row]:
    theirs = [place for place, channel in enumerate(sets.channels) if channel.provider == provider]
    for period in range(sets.periods):
        held = [term for place in theirs for term in variables.held(sets, place, period)]
        if limit.max_nodes is not None:
            yield "provider_max", (number, period), affine(held) <= limit.max_nodes
        if limit.min_nodes:
            yield "provider_min", (number, period), affine(held) >= limit.min_nodes


def _kind_rows(sets: Sets, variables: Variables, most: int) -> Iterator[Row]:
    kind = variables["kind"]
    for (offer,), variable in variables["acquire"].items():
        hardware = sets.channels[sets.offer_channel[offer]].hardware
        row = affine([(variable, 1.0), (kind[hardware,], -float(variable.upBound))]) <= 0
        yield "kind", (offer,), row
    yield "kinds", (), affine((variable, 1.0) for variable in kind.values()) <= most
