"""Contract: nodes for a fixed length, paid throughout; one may begin in any period.

    price[start] = upfront * weight[start] + price_per_node_hour * sum_{t in start..start+length} hours[t] * weight[t]

A contract that would outlast the horizon is not offered, or, with `may_outlast_horizon`, is charged for the
hours inside it (its upfront payment in full).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from planner.instance.base import Flag, NonNegative, Positive
from planner.instance.channels.base import HourlyPriced
from planner.instance.channels.fixed_length import runs, weighted_hours_of
from planner.instance.channels.offers import Node, Offers

if TYPE_CHECKING:
    from planner.instance.timeline import Timeline


class Contract(HourlyPriced):
    """Nodes hired for a fixed number of hours."""

    kind: Literal["contract"]
    hours: Positive
    """Length of the contract."""
    upfront_usd_per_node: NonNegative = 0.0
    """Paid at the start, on top of the hourly price."""
    may_outlast_horizon: Flag = False
    """Whether contracts may begin that end after the horizon."""

    def offers(self, timeline: Timeline, node: Node) -> Offers:
        """One offer for each period a contract may begin in."""
        anywhere = np.ones(timeline.periods, dtype=bool)
        first, last = runs(timeline, self.hours, anywhere, self.may_outlast_horizon)
        hourly = self.node_hour_price(node) * weighted_hours_of(timeline, first, last)
        return Offers(
            term="contract",
            first=first,
            last=last,
            price_usd_per_node=hourly + self.upfront_usd_per_node * timeline.weight[first],
            running_usd_per_node_hour=self.running(timeline, node),
            minimum_nodes=self.min_nodes,
            maximum_nodes=self.max_nodes,
            increment_nodes=self.increment_nodes,
        )
