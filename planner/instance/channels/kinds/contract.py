"""Contract: nodes for a fixed length, paid throughout; one may begin in any period.

    price[start] = (upfront + price_per_node_hour * hours) * weight[start] * present_value[start]

A contract that would outlast the horizon is not offered, or, with `may_outlast_horizon`, is paid in full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from planner.instance.base import Flag, NonNegative, Positive
from planner.instance.channels.fixed_length import SLACK_HOURS, runs
from planner.instance.channels.hourly import HOURLY_PRICES, HourlyPriced
from planner.instance.channels.offers import Node, Offers, standing
from planner.instance.channels.payments import Signing
from planner.instance.channels.traits import Billing, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance.horizon import Horizon
    from planner.instance.timeline import Timeline


class Contract(HourlyPriced):
    """Nodes hired for a fixed number of hours."""

    traits: ClassVar[Traits] = Traits(
        cost_term="contract",
        committed=True,
        fixed_length=True,
        owned=False,
        verb="contract",
        prices=(*HOURLY_PRICES, "upfront_usd_per_node"),
        book_term=None,
        draws_on=None,
        billing=Billing(pricing="Committed", discount="Usage", reservation=True),
    )

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
        starts = standing(timeline, self.lead_time_hours)
        run = runs(timeline, self.hours, starts, self.may_outlast_horizon)
        price = self.upfront_usd_per_node + self.hourly_price(node) * self.hours
        weight, value = timeline.weight[run[0]], timeline.present_value[run[0]]
        return self.compiled(timeline, node, run, price * weight * value, self.upfront_usd_per_node * weight)

    def signing(self, node: Node, hours: float) -> Signing:
        """The whole contract, also where it outlasts the horizon."""
        total = self.upfront_usd_per_node + self.hourly_price(node) * self.hours
        return Signing(total, self.upfront_usd_per_node, self.hours, self.hours)

    def doubts(self, horizon: Horizon) -> Iterator[str]:
        """A contract that outlasts the horizon and may not."""
        if not self.may_outlast_horizon and self.hours > horizon.hours + SLACK_HOURS:
            yield f"never starts: a contract of {self.hours:g} h outlasts the horizon of {horizon.hours:g} h"

    def never_held(self, horizon: Horizon) -> str:
        """It is too long."""
        return f"a contract of {self.hours:g} h cannot start in a horizon of {horizon.hours:g} h"
