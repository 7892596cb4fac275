"""Break-even: from which load on a commitment is cheaper than paying by the period.

    load = held_per_hour / (hourly_per_hour + hourly_running - held_running)

The share of the time in which a node must be in use. `held_per_hour` is what the commitment costs per hour
whether used or not, `hourly_per_hour` the price of the cheapest channel of the same hardware that is paid by
the period, the mean where it changes over the day; running costs fall on use alone. Beyond 1 the commitment
never pays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.rates.site_energy import offers_of

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.instance.channels import Offers
    from planner.instance.timeline import Timeline
    from planner.model.data import ChannelOffers


@dataclass(frozen=True)
class BreakEvenLoad:
    """A commitment, what it is compared with, and the load at which they cost the same (None: never)."""

    hardware: str
    commitment: str
    instead_of: str
    committed_usd_per_node_hour: float
    hourly_usd_per_node_hour: float
    load: float | None


def break_even_loads(instance: Instance) -> tuple[BreakEvenLoad, ...]:
    """Every commitment with a price, against the cheapest channel of its hardware that is paid by the period.

    Hardware that cannot be had by the period has no entry.
    """
    timeline = instance.timeline
    rows: list[BreakEvenLoad] = []
    for hardware, channels in instance.fleet.items():
        offers = {name: offers_of(instance, hardware, name) for name in channels}
        hourly = {
            name: _mean_per_hour(one, timeline) + _running(one, timeline)
            for name, one in offers.items()
            if not is_commitment(one) and one.draws_on is None and len(one.first)
        }
        if not hourly:
            continue
        cheapest = min(hourly, key=hourly.__getitem__)
        price = _mean_per_hour(offers[cheapest], timeline)
        for name, held in offers.items():
            if (
                not is_commitment(held) or not (held.price_usd_per_node > 0).any()
            ):  # nothing sold, or for nothing
                continue
            saved = hourly[cheapest] - _running(held, timeline)
            cost = _lowest_per_hour(held, timeline)
            load = cost / saved if saved > 0 else None
            rows.append(BreakEvenLoad(hardware, name, cheapest, cost, price, load))
    return tuple(rows)


def is_commitment(offers: Offers | ChannelOffers) -> bool:
    """Whether nodes are held whether used or not, rather than paid by the period."""
    return offers.lendable


def _mean_per_hour(offers: Offers, timeline: Timeline) -> float:
    """Mean USD per node and weighted hour that serves, over all offers of a channel paid by the period."""
    hours = timeline.discounted_hours[offers.first].sum()
    return float(offers.price_usd_per_node.sum() / hours / offers.available_share)


def _lowest_per_hour(offers: Offers, timeline: Timeline) -> float:
    """Lowest USD per node and weighted hour over all offers of a commitment."""
    total = np.concatenate([[0.0], np.cumsum(timeline.discounted_hours)])
    hours = total[offers.last + 1] - total[offers.first]
    return float((offers.price_usd_per_node / hours).min())


def _running(offers: Offers, timeline: Timeline) -> float:
    """Mean USD per node-hour in use."""
    return float(
        offers.running_usd_per_node_hour @ timeline.discounted_hours / timeline.discounted_hours.sum()
    )
