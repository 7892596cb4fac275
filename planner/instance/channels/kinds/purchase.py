"""Purchase: the capital recovery of a node over its life, and energy while it is in use.

    capital  = (price - residual / (1 + r)^n) * recovery(r, n)
    price    = (capital + maintenance + colocation) * (sum_t hours[t] * weight[t] * present_value[t] / 8760)
               + capital * rest * (1 - rest_value_share)
    running[t] = power_kw * pue * mean of energy_usd_per_kwh over t   USD per node-hour in use
    idle[t]    = idle_kw * pue * the same                             USD per node-hour held that runs nothing

summed from delivery on. r: cost of capital per year, n: life in years (r = 0: straight line). `recovery` and `rest`,
the years of its life after the last stage, are those of `planner/instance/channels/capital.py`: discounted at r, the
capital of a whole life is the price at delivery less the residual at its end.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from planner.core.units import HOURS_PER_YEAR, MONTHS_PER_YEAR
from planner.instance.base import NonNegative, Number, Positive, Share
from planner.instance.channels.capital import rate_of
from planner.instance.channels.financed import Financed
from planner.instance.channels.fixed_length import discounted_hours_of
from planner.instance.channels.offers import Node, Offers, chance_of, terms
from planner.instance.channels.payments import Payments
from planner.instance.channels.traits import Billing, Traits
from planner.instance.day_hours import mean_over_periods

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.timeline import Timeline

HOURS_OF_DAY = 24

Tariff = Annotated[tuple[Number, ...], Field(min_length=HOURS_OF_DAY, max_length=HOURS_OF_DAY)]


class Purchase(Financed):
    """Nodes bought and run by oneself."""

    traits: ClassVar[Traits] = Traits(
        cost_term="purchase",
        committed=True,
        fixed_length=False,
        owned=True,
        verb="buy",
        prices=("price_usd_per_node",),
        book_term=None,
        draws_on=None,
        billing=Billing(pricing="Committed", discount=None, reservation=True),
    )

    kind: Literal["purchase"]
    price_usd_per_node: NonNegative
    """Purchase price of a node, network included."""
    life_years: Positive
    """Years over which the price is recovered."""
    residual_share: Share = 0.0
    """Share of the price that the node still fetches at the end of its life."""
    rest_value_share: Share = 1.0
    """With stages: share of what a node is still worth after the last of them (its price not yet recovered) that is
    not lost, because the node goes on in use or is sold. 0: the whole price counts, but for what `residual_share` says
    the node fetches at the end of its life."""
    maintenance_share_per_year: NonNegative = 0.0
    """Yearly maintenance as a share of the price."""
    colocation_usd_per_kw_month: NonNegative = 0.0
    """Rent of space and cooling per kW and month."""
    power_kw: Positive | None = None
    """Power of a node in use; absent: that of the hardware."""
    pue: Positive = 1.0
    """Power usage effectiveness of the site."""
    energy_usd_per_kwh: Number | Tariff = 0.0
    """Price of electricity: one figure, or 24 by hour of the local day. Below zero a node in use earns, busy or idle,
    under units that may serve something. Prices by the period are those of a site."""

    @model_validator(mode="after")
    def _energy_once(self) -> Self:
        if self._has_energy() and self.running_usd_per_node_hour > 0:
            raise ValueError("give energy_usd_per_kwh or running_usd_per_node_hour, not both")
        return self

    def needs_power(self) -> bool:
        """Whether it prices power, and does not say how much a node takes."""
        return self.power_kw is None and (self._has_energy() or self.colocation_usd_per_kw_month > 0)

    def ties_up_money(self) -> bool:
        """Its price."""
        return self.price_usd_per_node > 0

    def capital_usd_per_node_year(self, timeline: Timeline) -> float:
        """What recovers the price of a node over its life, in a year."""
        rate = rate_of(timeline, self.cost_of_capital)
        discounted = self.residual_share * math.pow(1.0 + rate, -self.life_years)
        recovery = self.recovery(timeline, self.life_years)
        return self.price_usd_per_node * (1.0 - discounted) * recovery

    def standing_usd_per_node_year(self, node: Node) -> float:
        """Maintenance and colocation of a node in a year."""
        colocation = self.colocation_usd_per_kw_month * MONTHS_PER_YEAR * self.power_kw_of(node)
        return self.maintenance_share_per_year * self.price_usd_per_node + colocation

    def offers(self, timeline: Timeline, node: Node) -> Offers:
        """One offer from the delivery on, in every scenario; with stages one from each, for those within the life.

        What is paid at the start counts in each scenario as often as that occurs.
        """
        run = terms(timeline, self.life_years, self.lead_time_hours)
        years = discounted_hours_of(timeline, *run) / HOURS_PER_YEAR
        rest = self.years_lost(timeline, run, self.life_years)
        capital = self.capital_usd_per_node_year(timeline) * (years + rest)
        capex = self.price_usd_per_node * chance_of(timeline, run)
        price = capital + self.standing_usd_per_node_year(node) * years
        return self.compiled(timeline, node, run, price, capex)

    def payments(self, node: Node) -> Payments:
        """The price at once, upkeep while the node stands, its residual at the end of its life."""
        residual = self.residual_share * self.price_usd_per_node
        upkeep = self.standing_usd_per_node_year(node)
        return Payments(self.price_usd_per_node, upkeep, fetched=residual, life_years=self.life_years)

    def running(self, timeline: Timeline, node: Node) -> NDArray[np.float64]:
        """Energy of a node in use at the mean tariff of each period, or the running cost that was given."""
        if not self._has_energy():
            return super().running(timeline, node)
        return self._usd_per_kw_hour(timeline) * self.power_kw_of(node)

    def idle(self, timeline: Timeline, node: Node) -> NDArray[np.float64]:
        """The same of a node that runs nothing, at its idle draw."""
        return self._usd_per_kw_hour(timeline) * node.idle_kw

    def _usd_per_kw_hour(self, timeline: Timeline) -> NDArray[np.float64]:
        """Mean tariff of each period for a kW of the node, losses of the site included."""
        tariff = np.resize(np.asarray(self.energy_usd_per_kwh, dtype=np.float64), HOURS_OF_DAY)
        usd_per_kwh = mean_over_periods(timeline, np.arange(float(HOURS_OF_DAY)), tariff)
        return np.asarray(usd_per_kwh * self.pue)

    def _has_energy(self) -> bool:
        return bool(np.any(np.asarray(self.energy_usd_per_kwh) != 0))

    def power_kw_of(self, node: Node) -> float:
        """Power of a node in use in kW: the channel's own figure before that of the hardware."""
        return self.power_kw if self.power_kw is not None else super().power_kw_of(node)
