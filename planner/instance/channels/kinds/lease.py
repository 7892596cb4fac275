"""Lease: nodes for a term of months at a monthly rent, with a payment at the start.

    annual = 12 * rent + upfront * recovery(r, n)          n: term in years
    price  = annual * (sum_t hours[t] * weight[t] * present_value[t] / 8760 + rest * (1 - rest_value_share))

The upfront payment is spread over the term at the cost of capital r (r = 0: evenly). `recovery` and `rest`, the years
of the term after the last stage that it covers, are those of `planner/instance/channels/capital.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from planner.core.units import HOURS_PER_YEAR, MONTHS_PER_YEAR
from planner.instance.base import NonNegative, Positive
from planner.instance.channels.financed import Financed
from planner.instance.channels.fixed_length import discounted_hours_of
from planner.instance.channels.offers import Node, Offers, chance_of, terms
from planner.instance.channels.payments import Payments
from planner.instance.channels.traits import Billing, Traits

if TYPE_CHECKING:
    from planner.instance.timeline import Timeline


class Lease(Financed):
    """Nodes leased throughout the horizon."""

    traits: ClassVar[Traits] = Traits(
        cost_term="lease",
        committed=True,
        fixed_length=False,
        owned=False,
        verb="lease",
        prices=("price_usd_per_node_month", "upfront_usd_per_node"),
        book_term=None,
        draws_on=None,
        billing=Billing(pricing="Committed", discount="Usage", reservation=True),
    )

    kind: Literal["lease"]
    price_usd_per_node_month: NonNegative
    """Rent of a node for a mean month (a twelfth of a year)."""
    term_months: Positive
    """Length of the lease."""
    upfront_usd_per_node: NonNegative = 0.0
    """Paid at the start and not given back."""

    def ties_up_money(self) -> bool:
        """Where something is paid upfront."""
        return self.upfront_usd_per_node > 0

    def annual_usd_per_node(self, timeline: Timeline) -> float:
        """What one node costs in a year."""
        recovery = self.recovery(timeline, self.term_months / MONTHS_PER_YEAR)
        return self.price_usd_per_node_month * MONTHS_PER_YEAR + self.upfront_usd_per_node * recovery

    def payments(self, node: Node) -> Payments:
        """The payment at the start, then the rent."""
        rent = self.price_usd_per_node_month * MONTHS_PER_YEAR
        return Payments(self.upfront_usd_per_node, rent, self.term_months / MONTHS_PER_YEAR)

    def offers(self, timeline: Timeline, node: Node) -> Offers:
        """One offer over the whole horizon; with stages one from each, for those within the term."""
        term_years = self.term_months / MONTHS_PER_YEAR
        run = terms(timeline, term_years, self.lead_time_hours)
        years = discounted_hours_of(timeline, *run) / HOURS_PER_YEAR
        years = years + self.years_lost(timeline, run, term_years)
        price = self.annual_usd_per_node(timeline) * years
        upfront = self.upfront_usd_per_node * chance_of(timeline, run)
        return self.compiled(timeline, node, run, price, upfront)
