"""On demand: nodes by the period, paid only while held.

price[t] = price_per_node_hour * hours[t] * weight[t] * present_value[t]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from planner.instance.channels.hourly import HOURLY_PRICES, HourlyPriced
from planner.instance.channels.offers import Node, Offers, each_period
from planner.instance.channels.traits import Billing, Traits

if TYPE_CHECKING:
    from planner.instance.timeline import Timeline


class OnDemand(HourlyPriced):
    """Nodes hired by the period and given back at its end, when the scenario is known."""

    traits: ClassVar[Traits] = Traits(
        cost_term="hire",
        committed=False,
        fixed_length=False,
        owned=False,
        verb="hire",
        prices=HOURLY_PRICES,
        book_term="on_demand",
        draws_on=None,
        billing=Billing(pricing="Standard", discount=None, reservation=False),
    )

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "on_demand", "price_usd_per_node_hour": 16}]}
    )

    kind: Literal["on_demand"]

    def offers(self, timeline: Timeline, node: Node) -> Offers:
        """One offer a period."""
        run = each_period(timeline, self.lead_time_hours)
        price = self.hourly_price(node) * timeline.discounted_hours[run[0]]
        return self.compiled(timeline, node, run, price)
