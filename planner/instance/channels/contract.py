"""Contract: nodes for a fixed length, paid throughout; one may begin in any period.

    price[s] = upfront * weight[s] + price_per_node_hour * sum_{t in s..s+length} hours[t] * weight[t]

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
        run = runs(timeline, self.hours, anywhere, self.may_outlast_horizon)
        hourly = self.node_hour_price(node) * weighted_hours_of(timeline, *run)
        upfront = self.upfront_usd_per_node * timeline.weight[run[0]]
        return self.compiled(timeline, node, "contract", run, hourly + upfront)
