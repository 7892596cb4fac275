"""Offers: what one node of each channel costs, over which slots, and when it is decided.

Nodes hired by the hour are decided when the scenario is known; everything that is signed is decided before,
so such an offer covers its periods in every scenario and is paid once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from tests.reference.timeline import HOURS_PER_YEAR, TINY, Slot, Timeline

HOURS_PER_MONTH = 730.0
BY_THE_HOUR = ("on_demand", "spot", "spend_commitment")


@dataclass(frozen=True)
class Offer:
    """Nodes over `covers` (slot indices) at `price` a node, `capital` of it paid at the start."""

    stage: int
    period: int
    scenario: int | None
    covers: tuple[int, ...]
    price: float
    capital: float = 0.0


def offers_of(channel: dict[str, Any], gpus: int, power_kw: float | None, timeline: Timeline) -> list[Offer]:
    """Every offer of a channel."""
    kind = channel["kind"]
    if kind in BY_THE_HOUR:
        return _by_the_hour(channel, node_hour_price(channel, gpus), timeline)
    if kind in ("contract", "capacity_block"):
        return _of_fixed_length(channel, node_hour_price(channel, gpus), timeline)
    return _over_stages(channel, gpus, power_kw, timeline)


def node_hour_price(channel: dict[str, Any], gpus: int) -> float:
    """Price of a node for an hour."""
    if channel.get("price_usd_per_node_hour") is not None:
        return float(channel["price_usd_per_node_hour"])
    return float(channel["price_usd_per_gpu_hour"]) * gpus


def capital_recovery(rate: float, years: float) -> float:
    """Yearly payment that repays 1 over some years."""
    return rate / (1 - (1 + rate) ** -years) if rate else 1 / years


def available_share(channel: dict[str, Any]) -> float:
    """Share of the nodes held that serve: spot nodes are paid while a replacement restarts."""
    lost = (
        channel.get("interruptions_per_node_month", 0.0) / HOURS_PER_MONTH * channel.get("restart_hours", 0.0)
    )
    return 1 / (1 + lost)


def grain_of(channel: dict[str, Any], nodes_per_domain: int) -> str:
    """What a channel sells one by one: a gpu, a node or a domain."""
    if channel.get("sold_by") is not None:
        return str(channel["sold_by"])
    per_gpu = channel["kind"] in BY_THE_HOUR and channel.get("price_usd_per_gpu_hour") is not None
    if per_gpu and "increment_nodes" not in channel:
        return "gpu"
    whole = nodes_per_domain > 1 and channel.get("increment_nodes", 1) % nodes_per_domain == 0
    return "domain" if whole else "node"


def increment_of(channel: dict[str, Any], lot: float, nodes_per_domain: int) -> float:
    """Nodes that are sold together; of what is sold by the GPU the part of a node that is the smallest `lot`."""
    grain, nodes = grain_of(channel, nodes_per_domain), int(channel.get("increment_nodes", 1))
    if grain == "gpu":
        return lot
    return float(math.lcm(nodes, nodes_per_domain) if grain == "domain" else nodes)


def serving_share(channel: dict[str, Any], nodes_per_domain: int, usable: int) -> float:
    """Share of the nodes held that serve: of a domain sold as a whole some stand by."""
    domain = grain_of(channel, nodes_per_domain) == "domain"
    return available_share(channel) * (usable / nodes_per_domain if domain else 1.0)


def price_factor(channel: dict[str, Any], timeline: Timeline, stage: int) -> float:
    """Price in a stage relative to today's."""
    return dearer(channel, timeline, timeline.begins[stage] if timeline.staged else 0.0)


def dearer(channel: dict[str, Any], timeline: Timeline, years: float) -> float:
    """What is paid some years after the beginning, taxes included, relative to the price at the beginning."""
    taxed = 1 + channel.get("tax_share", 0.0)
    if "price_index" not in channel:
        return float(taxed * (1 + channel.get("price_change_per_year", 0.0)) ** years)
    index = timeline.price_indices[channel["price_index"]]
    points = list(zip(index["after_years"], index["level"], strict=True))
    return float(taxed * _level(points, years) / _level(points, 0.0))


def _level(points: list[tuple[float, float]], years: float) -> float:
    earlier = [point for point in points if point[0] <= years] or points[:1]
    later = [point for point in points if point[0] > years] or points[-1:]
    (begin, low), (end, high) = earlier[-1], later[0]
    inside = begin <= years < end
    return (
        low + (high - low) * (years - begin) / (end - begin) if inside else (high if years < begin else low)
    )


def running_price(channel: dict[str, Any], power_kw: float | None, timeline: Timeline, slot: Slot) -> float:
    """What a node costs for an hour in use, on top of holding it."""
    power = channel.get("power_kw") or power_kw
    if not channel.get("energy_usd_per_kwh") or power is None:
        return float(channel.get("running_usd_per_node_hour", 0.0))
    return float(power * tariff(channel, timeline, slot))


def tariff(channel: dict[str, Any], timeline: Timeline, slot: Slot) -> float:
    """What a channel asks for the energy of a kilowatt of its node in an hour, losses of the site included."""
    energy = channel.get("energy_usd_per_kwh", 0.0)
    per_kwh = timeline.mean_of_day(slot, list(energy)) if isinstance(energy, list | tuple) else float(energy)
    return float(channel.get("pue", 1.0) * per_kwh)


def _by_the_hour(channel: dict[str, Any], price: float, timeline: Timeline) -> list[Offer]:
    drawn = channel["kind"] == "spend_commitment"  # the commitment bears the cost
    return [
        Offer(
            stage=slot.stage,
            period=slot.period,
            scenario=slot.scenario,
            covers=(slot.index,),
            price=0.0
            if drawn
            else price * price_factor(channel, timeline, slot.stage) * timeline.hours * slot.repeats,
        )
        for slot in timeline.slots
        if _has_come(channel, timeline, slot.stage, slot.period)
    ]


def _has_come(channel: dict[str, Any], timeline: Timeline, stage: int, period: int) -> bool:
    """Whether nodes that come a while after the beginning of the plan are there: with several stages, in whole ones."""
    lead = channel.get("lead_time_hours", 0.0)
    if len(timeline.years) > 1:
        return timeline.begins[stage] * HOURS_PER_YEAR > lead - 1e-6
    return period * timeline.hours > lead - 1e-6


def fixed_spans(timeline: Timeline, hours: float, may_outlast: bool) -> list[tuple[int, int]]:
    """First and last periods of what lasts so long and may begin in any period."""
    length = timeline.whole_periods(hours)
    ends = [(first, first + length - 1) for first in range(timeline.periods)]
    if may_outlast:
        return [(first, min(last, timeline.periods - 1)) for first, last in ends]
    return [(first, last) for first, last in ends if last < timeline.periods]


def _of_fixed_length(channel: dict[str, Any], price: float, timeline: Timeline) -> list[Offer]:
    found = []
    for stage in range(len(timeline.years)):
        factor = price_factor(channel, timeline, stage)
        repeats, paid = factor * timeline.repeats(stage), factor * timeline.paid(stage)
        if channel["kind"] == "contract":
            hours, upfront = channel["hours"], channel.get("upfront_usd_per_node", 0.0)
            spans = fixed_spans(timeline, hours, channel.get("may_outlast_horizon", False))
            sales = [(span, upfront + price * hours, upfront) for span in spans]
        else:
            days = channel["days"] if isinstance(channel["days"], list | tuple) else [channel["days"]]
            sales = [
                (span, price * 24 * length, 0.0)
                for length in days
                for span in fixed_spans(timeline, 24.0 * length, may_outlast=False)
                if _on_sale(channel, span[0] * timeline.hours)
            ]
        found += [
            Offer(stage, first, None, _slots(timeline, [stage], first, last), cost * paid, capital * repeats)
            for (first, last), cost, capital in sales
            if _has_come(channel, timeline, stage, first)
        ]
    return found


def _on_sale(channel: dict[str, Any], begins: float) -> bool:
    """Whether a capacity block may begin so many hours after the horizon."""
    since = begins - channel.get("first_start_hours", 0.0)
    every = channel.get("start_every_hours", 24.0)
    window = channel.get("start_window_hours")
    on_grid = abs(since / every - round(since / every)) < TINY
    return since > -TINY and on_grid and (window is None or since < window + TINY)


def _over_stages(
    channel: dict[str, Any], gpus: int, power_kw: float | None, timeline: Timeline
) -> list[Offer]:
    lead = channel.get("lead_time_hours", 0.0)
    found = []
    for signed in range(1 if channel["kind"] == "existing" else len(timeline.years)):
        stages, first = _standing(channel, signed, lead, timeline)
        if not stages or first >= timeline.periods:
            continue
        hours = sum((timeline.periods - first) * timeline.hours * timeline.paid(stage) for stage in stages)
        factor = price_factor(channel, timeline, stages[0])
        owed, upkeep, capital = _long_price(channel, gpus, power_kw, timeline)
        lost = HOURS_PER_YEAR * _years_lost(channel, stages, timeline)
        price = owed * (hours + lost) + upkeep * hours
        covers = _slots(timeline, stages, first, timeline.periods - 1)
        found.append(Offer(stages[0], first, None, covers, price * factor, capital * factor))
    return found


def _standing(channel: dict[str, Any], signed: int, lead: float, timeline: Timeline) -> tuple[list[int], int]:
    """Stages in which nodes stand that are signed at the beginning of one, and their first period in each."""
    years = _length(channel)
    if len(timeline.years) == 1:
        return [0], timeline.whole_periods(lead)
    ready = timeline.begins[signed] + lead / HOURS_PER_YEAR
    later = [stage for stage, begins in enumerate(timeline.begins) if begins >= ready - TINY]
    if not later or years is None:
        return later, 0
    over = years if channel["kind"] == "existing" else timeline.begins[later[0]] + years
    within = [stage for stage in later if timeline.begins[stage] + timeline.years[stage] <= over + TINY]
    return within or ([] if channel["kind"] == "existing" else later[:1]), 0


def _length(channel: dict[str, Any]) -> float | None:
    """Years that nodes stand from when they come; None: to the end."""
    years: dict[str, float | None] = {
        "reserved": channel.get("term_years"),
        "lease": channel.get("term_months", 0.0) / 12,
        "purchase": channel.get("life_years"),
        "existing": channel.get("retires_after_years"),
    }
    return years[channel["kind"]]


def _years_lost(channel: dict[str, Any], stages: list[int], timeline: Timeline) -> float:
    """Years after the last stage for which there is still to pay, and nothing to be had for it."""
    length = _length(channel)
    if not timeline.staged or channel["kind"] == "existing" or length is None:
        return 0.0
    end = timeline.begins[stages[-1]] + timeline.years[stages[-1]]
    kept = channel.get("rest_value_share", 1.0 if channel["kind"] == "purchase" else 0.0)
    begins = timeline.begins[stages[0]]
    times = max(1, math.ceil((end - begins) / length - TINY))
    return (1 - kept) * timeline.years_paid(end, begins + times * length)


def _long_price(
    channel: dict[str, Any], gpus: int, power_kw: float | None, timeline: Timeline
) -> tuple[float, float, float]:
    """For an hour: what is owed for a node, and its upkeep while it stands. What of it all is paid at the start."""
    kind, rate = channel["kind"], channel.get("cost_of_capital") or 0.0
    recovery = capital_recovery
    if timeline.rate is not None:
        rate, recovery = timeline.rate, lambda _, years: 1 / timeline.years_paid(0.0, years)
    if kind == "existing":
        return 0.0, channel.get("forgone_usd_per_node_hour", 0.0), 0.0
    if kind == "reserved":
        price, share, years = (
            node_hour_price(channel, gpus),
            channel.get("upfront_share", 0.0),
            channel.get("term_years"),
        )
        if not share:
            return price, 0.0, 0.0
        spread = years * recovery(rate, years)
        return price * (1 - share) + price * share * spread, 0.0, price * share * years * HOURS_PER_YEAR
    if kind == "lease":
        upfront = channel.get("upfront_usd_per_node", 0.0)
        annual = 12 * channel["price_usd_per_node_month"] + upfront * recovery(
            rate, channel["term_months"] / 12
        )
        return annual / HOURS_PER_YEAR, 0.0, upfront
    price, life = channel["price_usd_per_node"], channel["life_years"]
    residual = channel.get("residual_share", 0.0) * price / (1 + rate) ** life
    owed = (price - residual) * recovery(rate, life)
    upkeep = channel.get("maintenance_share_per_year", 0.0) * price
    upkeep += (
        12 * channel.get("colocation_usd_per_kw_month", 0.0) * (channel.get("power_kw") or power_kw or 0.0)
    )
    return owed / HOURS_PER_YEAR, upkeep / HOURS_PER_YEAR, price


def _slots(timeline: Timeline, stages: list[int], first: int, last: int) -> tuple[int, ...]:
    """Those periods of those stages, in every scenario."""
    return tuple(
        timeline.at(stage, scenario, period)
        for stage in stages
        for scenario in range(len(timeline.probabilities))
        for period in range(first, last + 1)
    )
