"""When a node that is signed once is paid, kind by kind, in the audit's own arithmetic, from the instance alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.core.units import HOURS_PER_YEAR
from planner.verify.audit.quotes import hour_price, own_power

if TYPE_CHECKING:
    from planner.instance.channels import Node


@dataclass(frozen=True)
class Payment:
    """Money for one node: at the start, a year, and what it fetches at the end, every so many `years`.

    The yearly amount is `owed` until those years are over; else it is paid while the node stands.
    """

    at_start: float = 0.0
    per_year: float = 0.0
    fetched: float = 0.0
    years: float | None = None
    owed: bool = False


def as_used(channel: Any, node: Node) -> None:
    """With what it costs, in the stage in which it is held."""
    return


def reserved(channel: Any, node: Node) -> Payment:
    """A share of the whole term at once, the rest evenly."""
    yearly, upfront = HOURS_PER_YEAR * hour_price(channel, node), channel.upfront_share
    once = upfront * yearly * (channel.term_years or 0.0)
    return Payment(once, (1.0 - upfront) * yearly, years=channel.term_years, owed=True)


def lease(channel: Any, node: Node) -> Payment:
    """Something at once, and the rent until the term is over."""
    rent = 12.0 * channel.price_usd_per_node_month
    return Payment(channel.upfront_usd_per_node, rent, years=channel.term_months / 12.0, owed=True)


def purchase(channel: Any, node: Node) -> Payment:
    """The price, maintenance and colocation while it stands, and what is left of it at the end of its life."""
    price = channel.price_usd_per_node
    upkeep = channel.maintenance_share_per_year * price
    upkeep += 12.0 * channel.colocation_usd_per_kw_month * own_power(channel, node)
    return Payment(price, upkeep, price * channel.residual_share, channel.life_years)


def existing(channel: Any, node: Node) -> Payment:
    """Nothing: what a node would earn elsewhere is not paid."""
    return Payment()
