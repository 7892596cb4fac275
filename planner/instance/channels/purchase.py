"""Purchase: the capital recovery of a node over its life, and energy while it is in use.

    annual   = (price - residual / (1 + r)^n) * r / (1 - (1 + r)^-n) + maintenance + colocation
    price    = annual * (weighted hours of the horizon / 8760)
    running  = power_kw * pue * energy_usd_per_kwh                    USD per node-hour in use

r: cost of capital per year, n: life in years (r = 0: straight line). The factor is the capital recovery
factor of engineering economics (e.g. Newnan, Eschenbach, Lavelle, *Engineering Economic Analysis*, ch. 4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import model_validator

from planner.instance.base import NonNegative, Positive, Share
from planner.instance.channels.base import Channel
from planner.instance.channels.offers import Node, Offers, whole_horizon

if TYPE_CHECKING:
    from planner.instance.timeline import Timeline

MONTHS_PER_YEAR = 12.0


def capital_recovery(cost_of_capital: float, life_years: float) -> float:
    """Yearly payment that repays 1 over `life_years` at `cost_of_capital` per year."""
    if cost_of_capital == 0.0:
        return 1.0 / life_years
    return cost_of_capital / (1.0 - (1.0 + cost_of_capital) ** -life_years)


class Purchase(Channel):
    """Nodes bought and run by oneself."""

    kind: Literal["purchase"]
    price_usd_per_node: NonNegative
    """Purchase price of a node, network included."""
    life_years: Positive
    """Years over which the price is recovered."""
    residual_share: Share = 0.0
    """Share of the price that the node still fetches at the end of its life."""
    cost_of_capital: NonNegative = 0.0
    """Yearly rate that the money tied up must earn."""
    maintenance_share_per_year: NonNegative = 0.0
    """Yearly maintenance as a share of the price."""
    colocation_usd_per_kw_month: NonNegative = 0.0
    """Rent of space and cooling per kW and month."""
    power_kw: Positive | None = None
    """Power of a node in use; absent: that of the hardware."""
    pue: Positive = 1.0
    """Power usage effectiveness of the site."""
    energy_usd_per_kwh: NonNegative = 0.0
    """Price of electricity."""

    @model_validator(mode="after")
    def _energy_once(self) -> Self:
        if self.energy_usd_per_kwh > 0 and self.running_usd_per_node_hour > 0:
            raise ValueError("give energy_usd_per_kwh or running_usd_per_node_hour, not both")
        return self

    def needs_power(self) -> bool:
        """Whether the arithmetic needs the power of a node."""
        return self.energy_usd_per_kwh > 0 or self.colocation_usd_per_kw_month > 0

    def annual_usd_per_node(self, node: Node) -> float:
        """What holding one node costs in a year, energy excluded."""
        discounted = self.residual_share * (1.0 + self.cost_of_capital) ** -self.life_years
        capital = self.price_usd_per_node * (1.0 - discounted)
        colocation = self.colocation_usd_per_kw_month * MONTHS_PER_YEAR * self._power_kw(node)
        return (
            capital * capital_recovery(self.cost_of_capital, self.life_years)
            + self.maintenance_share_per_year * self.price_usd_per_node
            + colocation
        )

    def offers(self, timeline: Timeline, node: Node) -> Offers:
        """One offer over the whole horizon."""
        first, last = whole_horizon(timeline)
        return Offers(
            term="purchase",
            first=first,
            last=last,
            price_usd_per_node=np.array([self.annual_usd_per_node(node) * timeline.share_of_year]),
            running_usd_per_node_hour=self.running(timeline, node),
            minimum_nodes=self.min_nodes,
            maximum_nodes=self.max_nodes,
            increment_nodes=self.increment_nodes,
        )

    def running(self, timeline: Timeline, node: Node) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Energy of a node in use, or the running cost that was given."""
        energy = self.energy_usd_per_kwh * self.pue * self._power_kw(node) if self.energy_usd_per_kwh else 0.0
        return np.full(timeline.periods, energy + self.running_usd_per_node_hour)

    def _power_kw(self, node: Node) -> float:
        if self.power_kw is not None:
            return self.power_kw
        return node.power_kw if node.power_kw is not None else 0.0
