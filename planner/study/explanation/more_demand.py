"""More demand: the program of a case with more of a work, and what its duals say more would cost.

A vendor takes requests whole and shedding leaves them whole, by a share of the demand: more demand of one phase
changes the share's coefficients and its price as well as the right side. By the envelope theorem, per token/s,

    d cost / d demand[w,t] = y[demand] * (1 - shares)
        + sum_v outsource[v] * (usd[v,t] * (weight[t] - y[spending]) * hours[t] - y[limit] / most[v])
        + shed * shed_usd[w] * 3600 * hours[t] * weight[t]

        + sum_r flow[r] * (y[place(r)] + usd[r] * 3600 * hours[t] * weight[t] - y[link(r)] * share[r])

y: dual of a row; the last line where nodes stand at several sites, usd and share what one token/s on a route pays the
network and takes of its link; where work may wait, the rows of its queue count beside the demand row. usd[v,t] is
what the vendor charges per hour for one token/s of the phase.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.instance import Phase
from planner.model import build
from planner.model.deferral import most_waiting
from planner.optimize.engines import program_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.core.solution import Solution
    from planner.model.sets import Sets
    from planner.model.site_set import SiteSet
    from planner.optimize.engines import IndexedProgram
    from planner.study.explanation.case import ExplainedPlan

TIGHT = 1e-9
PRICE_OF_PHASE = {Phase.PREFILL: 1, Phase.DECODE: 2}  # rows of `Vendor.prices_usd_per_token`


def with_more_demand(case: ExplainedPlan, work: int, period: int, more_per_s: float) -> IndexedProgram:
    """The program of the case with so much more (less where negative) of a work in one period."""
    if not _has_more_than_a_side(case.sets, work):
        return _with_other_side(case, work, period, more_per_s)
    return program_of(build(_sets_with(case, work, period, more_per_s), case.instance.name))


def _with_other_side(case: ExplainedPlan, work: int, period: int, more_per_s: float) -> IndexedProgram:
    lower, upper = case.program.row_lower.copy(), case.program.row_upper.copy()
    lower[case.index.row("demand", work, period)] += more_per_s / case.sets.demand_scale[work, period]
    for unit in case.sets.shared_units:  # of more demand a whole unit is no longer needed for a trace
        trace = case.index.row("throughput", unit, work, period, part="trace")
        if trace is not None:
            upper[trace] = np.inf
    whole = case.index.rows.get(("throughput", "whole"))
    if whole is not None:  # nor is what was rounded up of the demand as it was
        lower[whole.number[whole.at[:, 1] == period]] = -np.inf
    return replace(case.program, row_lower=lower, row_upper=upper)


def demand_prices(case: ExplainedPlan, solution: Solution) -> NDArray[np.float64]:
    """USD for one more token/s of a work throughout a period, shape [work, period]."""
    prices = np.zeros_like(case.sets.demand)
    if solution.row_duals is None or solution.values is None:
        return prices
    duals = _Duals(case, solution.values, solution.row_duals)
    for work, period in np.argwhere(case.sets.demand > 0).tolist():
        prices[work, period] = _price(case, duals, work, period)
    return prices


@dataclass(frozen=True)
class _Duals:
    """Values and duals of a solved program of a case, by the positions of its columns and rows."""

    case: ExplainedPlan
    values: NDArray[np.float64]
    rows: NDArray[np.float64]

    @cached_property
    def reduced(self) -> NDArray[np.float64]:
        """Reduced costs, shape [column]."""
        program = self.case.program
        return np.asarray(program.objective - program.matrix.T @ self.rows)

    def value(self, variable: str, *at: int) -> float:
        """Value of a column, 0 where there is none."""
        column = self.case.index.column(variable, *at)
        return 0.0 if column is None else float(self.values[column])

    def row(self, family: str, *at: int, part: str = "") -> float:
        """USD per unit of the side of a row, 0 where there is none."""
        row = self.case.index.row(family, *at, part=part)
        return 0.0 if row is None else float(self.rows[row])

    def bound(self, variable: str, *at: int) -> float:
        """USD per unit of the upper bound of a column, 0 where it does not bind."""
        column = self.case.index.column(variable, *at)
        if column is None or self.values[column] < self.case.program.upper[column] - TIGHT:
            return 0.0
        return min(0.0, float(self.reduced[column]))


def _has_more_than_a_side(sets: Sets, work: int) -> bool:
    workload = sets.market.workload_of[work]
    sold = any(workload in vendor.takes for vendor in sets.market.vendors)
    waits = sets.deferral is not None and work in sets.deferral.most
    return sold or waits or sets.sites is not None or workload in sets.shed_workloads


def _sets_with(case: ExplainedPlan, work: int, period: int, more_per_s: float) -> Sets:
    sets, workload = case.sets, case.sets.market.workload_of[work]
    demand = sets.demand.copy()
    demand[work, period] += more_per_s
    vendors = []
    for place, vendor in enumerate(sets.market.vendors):
        usd, tokens = vendor.usd_per_hour.copy(), vendor.tokens_per_s.copy()
        if workload in vendor.takes:
            usd[workload, period] += _usd_per_hour(case, place, work, period) * more_per_s
            tokens[workload, period] += more_per_s
        vendors.append(replace(vendor, usd_per_hour=usd, tokens_per_s=tokens))
    deferral = sets.deferral
    if deferral is not None and work in deferral.most:
        most = most_waiting(demand[work], sets.timeline, deferral.periods[work])
        deferral = replace(deferral, most={**deferral.most, work: most})
    market = replace(sets.market, vendors=tuple(vendors))
    sites = None if sets.sites is None else _sites_with(sets, sets.sites, work, period, more_per_s)
    return replace(sets, demand=demand, market=market, deferral=deferral, sites=sites)


def _sites_with(sets: Sets, sites: SiteSet, work: int, period: int, more_per_s: float) -> SiteSet:
    """More of a work is more prompt tokens to carry, or more answers that leave."""
    more = np.zeros_like(sites.prompts)
    more[sets.market.workload_of[work], period] = more_per_s
    if sets.works[work].phase is Phase.PREFILL:
        return replace(sites, prompts=sites.prompts + more)
    return replace(sites, answers=sites.answers + more)


def _usd_per_hour(case: ExplainedPlan, vendor: int, work: int, period: int) -> float:
    """What a vendor charges per hour for one token/s of a work."""
    prices = case.instance.vendors[case.sets.market.vendors[vendor].name].prices_usd_per_token(
        case.sets.timeline
    )
    return float(prices[PRICE_OF_PHASE[case.sets.works[work].phase], period] * SECONDS_PER_HOUR)


def _price(case: ExplainedPlan, duals: _Duals, work: int, period: int) -> float:
    sets, workload = case.sets, case.sets.market.workload_of[work]
    hours, weight = float(sets.timeline.hours[period]), float(sets.timeline.discounted_weight[period])
    day = int(sets.timeline.day[period])
    served, elsewhere = 1.0, 0.0
    for place, vendor in enumerate(sets.market.vendors):
        share = duals.value("outsource", place, workload, period)
        if share:
            spending = weight - duals.row("outsource", place, day, part="spending")
            limit = duals.row("outsource", place, period, part="limit") / vendor.most_tokens_per_s
            elsewhere += share * (_usd_per_hour(case, place, work, period) * spending * hours - limit)
        served -= share
    shed = duals.value("shed", workload, period)
    if shed:
        elsewhere += shed * float(sets.shed_usd[work]) * SECONDS_PER_HOUR * hours * weight
    side = duals.row("demand", work, period) / float(sets.demand_scale[work, period])
    side += _queue_price(case, duals, work, period)
    elsewhere += _route_price(case, duals, work, period)
    return side * (served - shed) + elsewhere


def _route_price(case: ExplainedPlan, duals: _Duals, work: int, period: int) -> float:
    """USD per token/s of what places serve, and of the network, by the shares that take each route."""
    sets, sites = case.sets, case.sets.sites
    if sites is None:
        return 0.0
    workload, phase = sets.market.workload_of[work], sets.works[work].phase
    ends = sites.last if phase is Phase.DECODE else sites.first
    seconds = SECONDS_PER_HOUR * float(sets.timeline.discounted_hours[period])
    usd = sites.prompt_usd if phase is Phase.PREFILL else sites.answer_usd
    total = 0.0
    for route in np.flatnonzero(sites.may[workload]).tolist():
        price = duals.row("site_flow", work, int(ends[route]), period, part="place")
        price = price / float(sets.demand_scale[work, period]) + float(usd[workload, route]) * seconds
        link = int(sites.link[route])
        if link >= 0 and phase is Phase.PREFILL:
            share = float(sites.prompt_share[link, workload])
            price -= duals.row("site_flow", link, period, part="link") * share
        total += duals.value("flow", workload, route, period) * price
    return total


def _queue_price(case: ExplainedPlan, duals: _Duals, work: int, period: int) -> float:
    """USD per token/s of what keeps the arrivals of a period from waiting longer than they may."""
    timeline, deferral = case.sets.timeline, case.sets.deferral
    if deferral is None or work not in deferral.periods:
        return 0.0
    total = duals.row("deferral", work, period) / float(case.sets.demand_scale[work, period])
    following = {before: place for place, before in enumerate(timeline.previous.tolist()) if before >= 0}
    later: int | None = period
    for _ in range(deferral.periods[work]):
        if later is None or deferral.most[work][later] == 0.0:
            break
        due = duals.row("deferral", work, later, part="due") + duals.bound("backlog", work, later)
        total += due * float(timeline.hours[period] / case.sets.work_scale[work])
        later = following.get(later)
    return total
