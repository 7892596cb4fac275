"""What each kind of channel sells and at what price, in the audit's own arithmetic, from the instance alone.

A quote answers for one span of periods: whether the channel sells it, and what one node then costs.

    by the period (on demand, spot)     price * hours * weight
    out of a commitment to spend        nothing by itself
    contract                            (upfront + price * hours) * weight of the first period
    capacity block                      price * weighted hours of the block
    reserved                            8760 * price * (1 - u + u * n * a(r, n)) * (years + lost); u: share paid upfront
    lease                               (12 * rent + upfront * a(r, n)) * (years + lost)
    purchase                            (P - residual / (1 + r)^n) * a(r, n) * (years + lost) + upkeep * years
    existing                            forgone * weighted hours

all times (1 + change per year)^(years until the span begins). Weights are those of the cost, at present value; years
are weighted hours / 8760. a(r, n) = r / (1 - (1 + r)^-n) repays 1 over n years at the yearly rate r, at each year's
end; where the plan has a discount rate it is that rate, and the payments are even: ln(1 + r) / (1 - (1 + r)^-n); 1 / n
where r is 0. lost: with stages, the years after the span until the term or life ends, at present value, times the share
that is lost then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.units import HOURS_PER_DAY, HOURS_PER_YEAR
from planner.verify.audit.calendar import SLACK

if TYPE_CHECKING:
    from planner.instance.channels import Node
    from planner.verify.audit.calendar import Calendar


@dataclass(frozen=True)
class NodePrice:
    """Price of one node over a span, and what of it is capital paid at its start."""

    price: float
    capex: float = 0.0


def hour_price(channel: Any, node: Node) -> float:
    """Price of one node for one hour."""
    if channel.price_usd_per_node_hour is not None:
        return float(channel.price_usd_per_node_hour)
    return float(channel.price_usd_per_gpu_hour) * node.gpus


def annuity(rate: float, years: float) -> float:
    """Yearly payment that repays 1 over so many years."""
    return 1.0 / years if rate == 0.0 else float(rate / -np.expm1(-years * np.log1p(rate)))


def repaid(calendar: Calendar, own_rate: float | None, years: float) -> float:
    """Yearly payment that repays 1 over so many years, by the rate of the plan or else of the channel."""
    if calendar.rate is None:
        return annuity(own_rate or 0.0, years)
    return 1.0 / calendar.years_at_value(0.0, years)


def by_the_period(channel: Any, node: Node, calendar: Calendar, first: int, last: int) -> NodePrice | None:
    """Any single period."""
    if first != last or not _arrived(calendar, channel, first):
        return None
    return NodePrice(hour_price(channel, node) * calendar.period_hours * float(calendar.cost_weight[first]))


def out_of_a_commitment(
    channel: Any, node: Node, calendar: Calendar, first: int, last: int
) -> NodePrice | None:
    """Any period, at no price of its own."""
    return NodePrice(0.0) if first == last and _arrived(calendar, channel, first) else None


def contract(channel: Any, node: Node, calendar: Calendar, first: int, last: int) -> NodePrice | None:
    """From any period on, over its length."""
    ends = calendar.last_of(first, channel.hours, channel.may_outlast_horizon)
    if ends != last or not _arrived(calendar, channel, first):
        return None
    once = channel.upfront_usd_per_node + hour_price(channel, node) * channel.hours
    weight = float(calendar.weight[first])
    return NodePrice(once * float(calendar.cost_weight[first]), capex=channel.upfront_usd_per_node * weight)


def capacity_block(channel: Any, node: Node, calendar: Calendar, first: int, last: int) -> NodePrice | None:
    """From a start on sale, over one of the lengths on sale."""
    since = float(calendar.into_block[first]) - channel.first_start_hours
    steps = since / channel.start_every_hours
    window = np.inf if channel.start_window_hours is None else channel.start_window_hours
    if since < -SLACK or since > window + SLACK or abs(steps - round(steps)) > SLACK:
        return None
    days = channel.days if isinstance(channel.days, tuple) else (channel.days,)
    ends = [calendar.last_of(first, HOURS_PER_DAY * one) for one in days]
    if last not in ends or not _arrived(calendar, channel, first):
        return None
    return NodePrice(hour_price(channel, node) * _counted(calendar, first, last))


def reserved(channel: Any, node: Node, calendar: Calendar, first: int, last: int) -> NodePrice | None:
    """From a stage on, over the term."""
    if not _stands(calendar, first, last, channel.term_years, channel.lead_time_hours):
        return None
    price, upfront, years = hour_price(channel, node), channel.upfront_share, channel.term_years
    chance = _chance(calendar, first, last)
    span = _years(calendar, first, last) + _lost(calendar, channel, first, last, years) * chance
    if not upfront:
        return NodePrice(price * HOURS_PER_YEAR * span)
    paid = price * upfront * HOURS_PER_YEAR * years
    yearly = price * (1.0 - upfront) * HOURS_PER_YEAR + paid * repaid(
        calendar, channel.cost_of_capital, years
    )
    return NodePrice(yearly * span, capex=paid * chance)


def lease(channel: Any, node: Node, calendar: Calendar, first: int, last: int) -> NodePrice | None:
    """From a stage on, over the term, the payment at its start spread over it."""
    years = channel.term_months / 12.0
    if not _stands(calendar, first, last, years, channel.lead_time_hours):
        return None
    chance = _chance(calendar, first, last)
    spread = channel.upfront_usd_per_node * repaid(calendar, channel.cost_of_capital, years)
    yearly = 12.0 * channel.price_usd_per_node_month + spread
    span = _years(calendar, first, last) + _lost(calendar, channel, first, last, years) * chance
    return NodePrice(yearly * span, capex=channel.upfront_usd_per_node * chance)


def purchase(channel: Any, node: Node, calendar: Calendar, first: int, last: int) -> NodePrice | None:
    """From the stage of its delivery on, over its life."""
    if not _stands(calendar, first, last, channel.life_years, channel.lead_time_hours):
        return None
    price, years = channel.price_usd_per_node, channel.life_years
    rate = (channel.cost_of_capital or 0.0) if calendar.rate is None else calendar.rate
    left = price * channel.residual_share / (1.0 + rate) ** years
    upkeep = channel.maintenance_share_per_year * price
    upkeep += 12.0 * channel.colocation_usd_per_kw_month * own_power(channel, node)
    capital = (price - left) * repaid(calendar, rate, years)
    chance = _chance(calendar, first, last)
    span = _years(calendar, first, last)
    lost = _lost(calendar, channel, first, last, years) * chance
    return NodePrice(capital * (span + lost) + upkeep * span, capex=price * chance)


def existing(channel: Any, node: Node, calendar: Calendar, first: int, last: int) -> NodePrice | None:
    """From when the nodes come on, until they retire."""
    if len(calendar.stage_years) == 1:
        stands = _stands(calendar, first, last, None, channel.lead_time_hours)
    else:
        retires = np.inf if channel.retires_after_years is None else channel.retires_after_years
        here = (calendar.opens >= channel.lead_time_hours / HOURS_PER_YEAR - SLACK) & (
            calendar.closes <= retires + SLACK
        )
        periods = np.flatnonzero(here[calendar.stage])
        stands = bool(periods.size) and (first, last) == (periods[0], periods[-1])
    if not stands:
        return None
    return NodePrice(channel.forgone_usd_per_node_hour * _counted(calendar, first, last))


def node_power(channel: Any, node: Node) -> float:
    """Power of a node in use in kW as the hardware states it, 0 where unknown."""
    return float(node.power_kw or 0.0)


def own_power(channel: Any, node: Node) -> float:
    """What the channel says of it before what the hardware says."""
    return float(channel.power_kw) if channel.power_kw is not None else node_power(channel, node)


def _arrived(calendar: Calendar, channel: Any, first: int) -> bool:
    """Whether the lead time is over when a period begins: in the hours of its scenario, with stages in their years."""
    if len(calendar.stage_years) == 1:
        return bool(calendar.into_block[first] >= channel.lead_time_hours - SLACK)
    return bool(calendar.opens[calendar.stage[first]] >= channel.lead_time_hours / HOURS_PER_YEAR - SLACK)


def _chance(calendar: Calendar, first: int, last: int) -> float:
    """Probability of the scenario that a span lies in; 1 where it lies in several blocks."""
    alone = calendar.block[first] == calendar.block[last]
    return float(calendar.probabilities[int(calendar.scenario[first])]) if alone else 1.0


def _stands(calendar: Calendar, first: int, last: int, years: float | None, lead_hours: float = 0.0) -> bool:
    """Whether nodes signed at the beginning of some stage stand over the span.

    They come with the first stage that begins after their lead time and stay for the stages that end within
    `years` of it, for one at least. With a single stage the lead time counts in the hours of every scenario, and
    they stay.
    """
    stages, per_stage = len(calendar.stage_years), calendar.each * calendar.scenarios
    if stages == 1:
        if lead_hours <= SLACK:
            return (first, last) == (0, calendar.periods - 1)
        hours = np.arange(calendar.each) * calendar.period_hours
        arrived = np.flatnonzero(hours >= lead_hours - SLACK)
        return (
            bool(arrived.size)
            and first % calendar.each == arrived[0]
            and last == (first // calendar.each + 1) * calendar.each - 1
        )
    here, until = int(calendar.stage[first]), int(calendar.stage[last])
    if first != here * per_stage or last != (until + 1) * per_stage - 1:
        return False
    lead_years = lead_hours / HOURS_PER_YEAR
    comes = [int(np.argmax(calendar.opens >= signed + lead_years - SLACK)) for signed in calendar.opens]
    late = [signed + lead_years - SLACK > calendar.opens[-1] for signed in calendar.opens]
    if here not in [stage for stage, never in zip(comes, late, strict=True) if not never]:
        return False
    term = np.inf if years is None else years
    kept = np.flatnonzero(calendar.closes <= calendar.opens[here] + term + SLACK)
    return until == max([here, *kept.tolist()])


def _lost(calendar: Calendar, channel: Any, first: int, last: int, years: float | None) -> float:
    """Years after a span, at present value, that are owed and of no use any more."""
    if not calendar.has_stages or years is None:
        return 0.0
    begins, ends = float(calendar.opens[calendar.stage[first]]), float(calendar.closes[calendar.stage[last]])
    over = begins + years
    while over < ends - SLACK:  # what ends within a stage is taken anew
        over += years
    left = calendar.years_at_value(ends, over)
    return (left if left > SLACK else 0.0) * (1.0 - float(channel.rest_value_share))


def _counted(calendar: Calendar, first: int, last: int) -> float:
    """Hours of a span that count in the cost."""
    return float(calendar.cost_hours[first : last + 1].sum())


def _years(calendar: Calendar, first: int, last: int) -> float:
    return _counted(calendar, first, last) / HOURS_PER_YEAR
