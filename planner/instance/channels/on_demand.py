"""On demand: nodes by the period, paid only while held.

price[t] = price_per_node_hour * hours[t] * weight[t]
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from planner.instance.channels.base import HourlyPriced
from planner.instance.channels.offers import Node, Offers, each_period

if TYPE_CHECKING:
    from planner.instance.timeline import Timeline


class OnDemand(HourlyPriced):
    """Nodes hired by the period and given back at its end, when the scenario is known."""

    first_stage: ClassVar[bool] = False

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "on_demand", "price_usd_per_node_hour": 16}]}
    )

    kind: Literal["on_demand"]

    def offers(self, timeline: Timeline, node: Node) -> Offers:
        """One offer a period."""
        price = self.node_hour_price(node) * timeline.weighted_hours
        return replace(self.compiled(timeline, node, "hire", each_period(timeline), price), lendable=False)
