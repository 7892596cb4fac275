"""Contract: nodes for a fixed length, paid throughout; one may begin in any period.

    price[start] = (upfront + price_per_node_hour * hours) * weight[start]

A contract that would outlast the horizon is not offered, or, with `may_outlast_horizon`, is paid in full.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import ConfigDict

from planner.instance.base import Flag, NonNegative, Positive
from planner.instance.channels.base import HourlyPriced
from planner.instance.channels.fixed_length import runs
from planner.instance.channels.offers import Node, Offers

if TYPE_CHECKING:
    from planner.instance.timeline import Timeline


class Contract(HourlyPriced):
    """Nodes hired for a fixed number of hours."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "contract", "hours": 24, "price_usd_per_node_hour": 12}]}
    )

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
        price = self.upfront_usd_per_node + self.node_hour_price(node) * self.hours
        weight = timeline.weight[run[0]]
        offers = self.compiled(timeline, node, "contract", run, price * weight)
        capex = self.upfront_usd_per_node * weight * self.price_factor(timeline, run)
        return replace(offers, capex_usd_per_node=capex)
