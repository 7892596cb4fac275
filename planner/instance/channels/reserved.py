"""Reserved quantity: nodes held and paid in every hour, used or not.

    price = price_per_node_hour * sum_t hours[t] * weight[t]

The hourly price is the effective one of the whole term, upfront payment included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from planner.instance.base import Positive
from planner.instance.channels.base import HourlyPriced
from planner.instance.channels.offers import Node, Offers, whole_horizon

if TYPE_CHECKING:
    from planner.instance.timeline import Timeline


class Reserved(HourlyPriced):
    """Nodes committed for a term that is longer than the horizon."""

    kind: Literal["reserved"]
    term_years: Positive | None = None
    """Length of the commitment, for the reader; the price is the effective one of that term."""

    def offers(self, timeline: Timeline, node: Node) -> Offers:
        """One offer over the whole horizon."""
        first, last = whole_horizon(timeline)
        price = self.node_hour_price(node) * timeline.weighted_hours.sum()
        return Offers(
            term="commitment",
            first=first,
            last=last,
            price_usd_per_node=np.array([price]),
            running_usd_per_node_hour=self.running(timeline, node),
            minimum_nodes=self.min_nodes,
            maximum_nodes=self.max_nodes,
            increment_nodes=self.increment_nodes,
        )
