"""Break-even: from which load on a commitment is cheaper than paying by the period.

    load = held_per_hour / (hourly_per_hour + hourly_running - held_running)

The share of the time in which a node must be in use. `held_per_hour` is what the commitment costs per hour
whether used or not, `hourly_per_hour` the price of the cheapest channel of the same hardware that is paid by
the period; running costs fall on use alone. Beyond 1 the commitment never pays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.instance.channels import Offers
    from planner.instance.timeline import Timeline


@dataclass(frozen=True)
class BreakEven:
    """A commitment, what it is compared with, and the load at which they cost the same (None: never)."""

    hardware: str
    commitment: str
    instead_of: str
    committed_usd_per_node_hour: float
    hourly_usd_per_node_hour: float
    load: float | None


def break_even_loads(instance: Instance) -> tuple[BreakEven, ...]:
    """Every channel that covers more than one period, against the cheapest hourly one of its hardware."""
    timeline = instance.timeline
    rows: list[BreakEven] = []
    for hardware, channels in instance.fleet.items():
        offers = {
            name: channel.offers(timeline, node_of(instance, hardware)) for name, channel in channels.items()
        }
        hourly = {name: one for name, one in offers.items() if _by_the_period(one) and one.draws_on is None}
        if not hourly:
            continue
        cheapest = min(hourly, key=lambda name: _per_hour(hourly[name], timeline))
        rent = hourly[cheapest]
        price = _per_hour(rent, timeline) / rent.available_share
        for name, held in offers.items():
            if _by_the_period(held) or not len(held.first):
                continue
            saved = price + _running(rent, timeline) - _running(held, timeline)
            cost = _per_hour(held, timeline)
            load = cost / saved if saved > 0 else None
            rows.append(BreakEven(hardware, name, cheapest, cost, price, load))
    return tuple(rows)


def _by_the_period(offers: Offers) -> bool:
    return not offers.lendable


def _per_hour(offers: Offers, timeline: Timeline) -> float:
    """Lowest USD per node and weighted hour over all offers of a channel."""
    total = np.concatenate([[0.0], np.cumsum(timeline.weighted_hours)])
    hours = total[offers.last + 1] - total[offers.first]
    return float((offers.price_usd_per_node / hours).min())


def _running(offers: Offers, timeline: Timeline) -> float:
    """Mean USD per node-hour in use."""
    return float(offers.running_usd_per_node_hour @ timeline.weighted_hours / timeline.weighted_hours.sum())
