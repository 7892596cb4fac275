"""Lending: idle nodes given to training or sublet, in blocks of hours and nodes, at a price.

    credit[start] = price_per_node_hour * sum of weighted hours of the block

Where one block is no whole number of periods, so many follow each other as make one. Only nodes that are
held anyway can be lent: owned, leased or committed ones, not those hired by the hour.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import model_validator

from planner.instance.base import Count, NonNegative, Positive, PositiveCount, Strict, Text
from planner.instance.channels.fixed_length import discounted_hours_of, runs
from planner.instance.channels.offers import SLACK
from planner.instance.day_hours import refuse_empty_window
from planner.instance.name import Name
from planner.instance.token_prices import HourOfDay

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.timeline import Timeline


class Lending(Strict):
    """A taker of idle nodes of one hardware: those that are held anyway (owned, leased, committed), none hired by the
    hour."""

    hardware: Name
    price_usd_per_node_hour: NonNegative
    """What a node earns while lent; its own running cost is still paid."""
    block_hours: Positive = 1.0
    """A node is lent for so long at a time, or for several such times in a row."""
    block_nodes: PositiveCount = 1
    """Nodes are lent in multiples of this."""
    max_nodes: Count
    """At most so many nodes are lent at any time."""
    ramp_nodes_per_hour: Positive | None = None
    """The nodes lent change by at most this in an hour, both ways; before the horizon none are lent."""
    from_hour: HourOfDay = 0.0
    to_hour: HourOfDay = 24.0
    """Blocks begin and end inside this window of the local day; it may run past midnight."""
    source: Text | None = None

    @model_validator(mode="after")
    def _window_has_hours(self) -> Self:
        refuse_empty_window(self.from_hour, self.to_hour)
        return self

    def blocks(self, timeline: Timeline) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and last period of every block on offer."""
        length = self._block_hours(float(timeline.hours[0]))
        window = (self.to_hour - self.from_hour) % 24 or 24.0
        since = np.round((timeline.clock - self.from_hour) % 24, 9) % 24
        fits = since + length + _forward(timeline, length) <= window + SLACK
        return runs(timeline, length, np.asarray(fits) if window < 24 else np.ones_like(fits))

    def _block_hours(self, period_hours: float) -> float:
        """Hours of the shortest block that is whole periods and whole times `block_hours`."""
        finest = Fraction(1, 1_000_000)
        period, block = (
            max(finest, Fraction(hours).limit_denominator(finest.denominator))
            for hours in (period_hours, self.block_hours)
        )
        return float(block * (block / period).denominator)

    def credit_usd_per_node(self, timeline: Timeline) -> NDArray[np.float64]:
        """What one node earns in each block, shape [block]."""
        return self.price_usd_per_node_hour * discounted_hours_of(timeline, *self.blocks(timeline))


def _forward(timeline: Timeline, hours: float) -> NDArray[np.float64]:
    """Hours that the clock goes forward in so many hours from the beginning of each period, shape [period]."""
    last = np.arange(timeline.periods) + round(hours / float(timeline.hours[0])) - 1
    at_end = timeline.shift + timeline.jump
    return np.asarray(at_end[np.minimum(last, timeline.periods - 1)] - timeline.shift)
