"""Spot: nodes by the period at a market price, which the vendor may take back at any time.

    price[t]        = price_per_node_hour * hours[t] * weight[t]
    available_share = 1 / (1 + interruptions_per_node_month / 730 * restart_hours)

A replacement is paid while it restarts, so of the hours paid only the available share serves. That is the
expected loss; losses also come together, and `correlated_loss` states how much of the fleet must survive one.
A unit of several nodes stands still when one of them is taken: give such units a longer `restart_hours`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict

from planner.instance.base import NonNegative, Share, Strict
from planner.instance.channels.hourly import HOURLY_PRICES, HourlyPriced
from planner.instance.channels.offers import Interruption, Node, Offers, SpotLoss, each_period
from planner.instance.channels.traits import Billing, Traits

if TYPE_CHECKING:
    from planner.instance.timeline import Timeline


class CorrelatedLoss(Strict):
    """A scenario in which many nodes of the channel are taken at once."""

    lost_share: Share = 1.0
    """Share of the channel's nodes that vanish."""
    kept_share: Share
    """Share of the nodes in use that must remain, in every period."""


class Spot(HourlyPriced):
    """Nodes of the spot market, taken when the scenario is known."""

    traits: ClassVar[Traits] = Traits(
        cost_term="spot",
        committed=False,
        fixed_length=False,
        owned=False,
        verb="take from the spot market",
        prices=HOURLY_PRICES,
        book_term="spot",
        draws_on=None,
        billing=Billing(pricing="Dynamic", discount=None, reservation=False),
    )

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "spot", "price_usd_per_node_hour": 8}]}
    )

    kind: Literal["spot"]
    interruptions_per_node_month: NonNegative = 0.0
    """Expected interruptions of a node in a month of 730 hours."""
    restart_hours: NonNegative = 0.0
    """Paid time until the replacement serves."""
    correlated_loss: CorrelatedLoss | None = None
    """What must remain when many nodes are taken at once; absent: they go one by one."""

    def offers(self, timeline: Timeline, node: Node) -> Offers:
        """One offer a period."""
        run = each_period(timeline, self.lead_time_hours)
        price = self.hourly_price(node) * timeline.discounted_hours[run[0]]
        return self.compiled(timeline, node, run, price)

    def interruption(self) -> Interruption:
        """How often a node is taken back, for how long, and how many at once."""
        scenario = self.correlated_loss
        together = None if scenario is None else SpotLoss(scenario.lost_share, scenario.kept_share)
        return Interruption(self.interruptions_per_node_month, self.restart_hours, together)
