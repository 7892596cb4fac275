"""Reserved quantity: nodes held and paid in every hour of a term, used or not.

    effective = price * (1 - upfront_share) + price * upfront_share * n * recovery(r, n)
    price     = effective * (sum_t hours[t] * weight[t] * present_value[t] + 8760 * rest * (1 - rest_value_share))

per node-hour. The share paid upfront buys n years of hours at once; it is spread over the term of n years at
the cost of capital r, so with r = 0 the effective price is the price itself, whenever it is paid. `recovery` and
`rest`, the years of the term after the last stage that it covers, are those of `planner/instance/channels/capital.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import ConfigDict, model_validator

from planner.core.units import HOURS_PER_YEAR
from planner.instance.base import Positive, Share
from planner.instance.channels.financed import Financed
from planner.instance.channels.fixed_length import discounted_hours_of
from planner.instance.channels.hourly import HOURLY_PRICES, HourlyPriced
from planner.instance.channels.offers import Node, Offers, chance_of, terms
from planner.instance.channels.payments import Payments
from planner.instance.channels.traits import Billing, Traits

if TYPE_CHECKING:
    from planner.instance.timeline import Timeline


class Reserved(HourlyPriced, Financed):
    """Nodes committed for a term that is longer than the horizon."""

    traits: ClassVar[Traits] = Traits(
        cost_term="commitment",
        committed=True,
        fixed_length=False,
        owned=False,
        verb="reserve",
        prices=HOURLY_PRICES,
        book_term=None,
        draws_on=None,
        billing=Billing(pricing="Committed", discount="Usage", reservation=False),
    )

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "reserved", "price_usd_per_node_hour": 10}]}
    )

    kind: Literal["reserved"]
    term_years: Positive | None = None
    """Length of the commitment."""
    upfront_share: Share = 0.0
    """Share of the whole term's price that is paid at its start."""

    @model_validator(mode="after")
    def _upfront_needs_a_term(self) -> Self:
        if self.upfront_share > 0 and self.term_years is None:
            raise ValueError("upfront_share needs term_years: over which time is it spread?")
        return self

    def ties_up_money(self) -> bool:
        """Where a share is paid upfront."""
        return self.upfront_share > 0

    def effective_usd_per_node_hour(self, node: Node, timeline: Timeline) -> float:
        """Price of a node-hour with the cost of the money paid upfront."""
        price = self.hourly_price(node)
        if not self.upfront_share or self.term_years is None:
            return price
        recovery = self.recovery(timeline, self.term_years)
        return price * (1.0 - self.upfront_share + self.upfront_share * self.term_years * recovery)

    def upfront_usd_per_node(self, node: Node) -> float:
        """What a node costs at the start of the term."""
        if self.term_years is None:
            return 0.0
        return self.upfront_share * self.hourly_price(node) * HOURS_PER_YEAR * self.term_years

    def payments(self, node: Node) -> Payments:
        """The share paid upfront at once, the rest evenly over the term."""
        yearly = self.hourly_price(node) * HOURS_PER_YEAR * (1.0 - self.upfront_share)
        return Payments(self.upfront_usd_per_node(node), yearly, self.term_years)

    def offers(self, timeline: Timeline, node: Node) -> Offers:
        """One offer over the whole horizon; with stages one from each, for those within the term."""
        run = terms(timeline, self.term_years, self.lead_time_hours)
        rest = HOURS_PER_YEAR * self.years_lost(timeline, run, self.term_years)
        hours = discounted_hours_of(timeline, *run) + rest
        price = self.effective_usd_per_node_hour(node, timeline) * hours
        capex = self.upfront_usd_per_node(node) * chance_of(timeline, run)
        return self.compiled(timeline, node, run, price, capex)
