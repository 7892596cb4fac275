"""Outsource: what vendors take stays within their rate limit, and daily discounts come in order.

    sum_v outsource[v,w,t] + shed[w,t] <= 1                                              all w, t
    sum_w tokens_per_s[w,t] * outsource[v,w,t] <= most[v]                                all v with a limit, t
    sum_{w, t in d} usd_per_hour[v,w,t] * hours[t] * outsource[v,w,t] = sum_k tier[v,d,k] v with tiers, d
    width[k] * reached[v,d,k+1] <= tier[v,d,k] <= width[k] * reached[v,d,k]            all v with tiers, d, k

width[k] = from[k+1] - from[k]; the last tier is as wide as the day's whole spending. Duals: USD per further
token/s of the limit, USD per dollar of list spending.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import DAY, PERIOD, TIER, VENDOR, WORKLOAD
from planner.model.decision import DecisionVariable, Domain, domain
from planner.model.relaxable import RelaxableLimit, every_period
from planner.model.treatment import Treatment, refused
from planner.model.variables import Term, Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.market import VendorSet
    from planner.model.sets import Sets
    from planner.model.variables import Row


def _outsource(sets: Sets) -> Domain:
    taken = [(place, w) for place, vendor in enumerate(sets.market.vendors) for w in vendor.takes]
    return domain([(*pair, period) for pair in taken for period in range(sets.periods)], 3, upper=1)


def _tiers_of(sets: Sets) -> list[tuple[int, int, int]]:
    return [
        (place, day, tier)
        for place, vendor in enumerate(sets.market.vendors)
        for day in range(DAY.length(sets))
        for tier in range(len(vendor.tier_from))
    ]


def _tier(sets: Sets) -> Domain:
    widths = [_width(sets, sets.market.vendors[place], day, tier) for place, day, tier in _tiers_of(sets)]
    return domain(_tiers_of(sets), 3, upper=np.array(widths))


def _width(sets: Sets, vendor: VendorSet, day: int, tier: int) -> float:
    """USD of a day's list spending that a tier can hold: the last one all of it."""
    if tier < len(vendor.tier_from) - 1:
        return vendor.tier_from[tier + 1] - vendor.tier_from[tier]
    of_day = sets.timeline.day == day
    return float((vendor.usd_per_hour * sets.timeline.hours)[:, of_day].sum())


def _reached(sets: Sets) -> Domain:
    return domain(_tiers_of(sets), 3, upper=1)


VARIABLES = (
    DecisionVariable(
        "outsource",
        (VENDOR, WORKLOAD, PERIOD),
        _outsource,
        "share",
        "of the demand that the vendor takes, every phase of it",
    ),
    DecisionVariable(
        "tier", (VENDOR, DAY, TIER), _tier, "USD", "of the day's list spending that fall into a tier"
    ),
    DecisionVariable(
        "reached",
        (VENDOR, DAY, TIER),
        _reached,
        "0 or 1",
        "whether the day's spending fills every tier below",
        whole=True,
    ),
)

AUDITED_BY = ("outsourcing", "cost terms")


def applies(sets: Sets) -> bool:
    """Where there are vendors."""
    return bool(sets.market.vendors)


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return refused("token vendors may take demand")


def taken(sets: Sets, variables: Variables, work: int, period: int) -> list[Term]:
    """Terms of what vendors take of a work, in multiples of demand_scale."""
    if not sets.market.vendors:
        return []
    workload = sets.market.workload_of[work]
    scaled = float(sets.demand[work, period] / sets.demand_scale[work, period])
    return [
        (variables["outsource"][place, workload, period], scaled)
        for place, vendor in enumerate(sets.market.vendors)
        if workload in vendor.takes
    ]


def relaxable(sets: Sets) -> Iterator[RelaxableLimit]:
    """Limits that a user can move."""
    for place, vendor in enumerate(sets.market.vendors):
        limit, key = vendor.most_tokens_per_s, f"vendors.{vendor.name}.max_tokens_per_s"
        if np.isfinite(limit):
            rows = every_period(sets, "limit", place, coefficient=-1.0 / limit)
            yield RelaxableLimit(key, "tokens/s", limit, rows, np.inf, by_period=True)


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """Rows per workload and period, per limited vendor and period, per tier and day."""
    outsource = variables["outsource"]
    for workload in range(len(sets.market.workloads)):
        vendors = [place for place, vendor in enumerate(sets.market.vendors) if workload in vendor.takes]
        for period in range(sets.periods) if vendors else ():
            terms = [(outsource[place, workload, period], 1.0) for place in vendors]
            if (workload, period) in variables["shed"]:
                terms.append((variables["shed"][workload, period], 1.0))
            if len(terms) > 1:
                yield "", (workload, period), affine(terms) <= 1
    for place, vendor in enumerate(sets.market.vendors):
        if np.isfinite(vendor.most_tokens_per_s):
            for period in range(sets.periods):
                share = vendor.tokens_per_s[:, period] / vendor.most_tokens_per_s
                terms = [(outsource[place, w, period], float(share[w])) for w in vendor.takes]
                yield "limit", (place, period), affine(terms) <= 1
        if vendor.tier_from:
            yield from _tier_rows(sets, variables, place, vendor)


def _tier_rows(sets: Sets, variables: Variables, place: int, vendor: VendorSet) -> Iterator[Row]:
    tier, reached = variables["tier"], variables["reached"]
    usd = vendor.usd_per_hour * sets.timeline.hours
    last = len(vendor.tier_from) - 1
    for day in range(DAY.length(sets)):
        periods = np.flatnonzero(sets.timeline.day == day).tolist()
        spent: list[Term] = [
            (variables["outsource"][place, w, t], float(usd[w, t])) for w in vendor.takes for t in periods
        ]
        filled = [(tier[place, day, k], -1.0) for k in range(last + 1)]
        yield "spending", (place, day), affine([*spent, *filled]) == 0
        for k in range(last + 1):
            width = _width(sets, vendor, day, k)
            high = affine([(tier[place, day, k], 1.0), (reached[place, day, k], -width)])
            yield "tier", (place, day, k), high <= 0
            if k < last:
                low = affine([(reached[place, day, k + 1], width), (tier[place, day, k], -1.0)])
                yield "order", (place, day, k), low <= 0
