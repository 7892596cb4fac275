"""How the audit judges each kind of channel: what it sells at what price, what serves, what is lost, what is drawn.

The only place in the audit that knows kinds, and all of it is the audit's own: the traits and the arithmetic of
`planner.instance.channels` are what it judges, so neither is read here. Whoever adds a kind states its prices twice.
A kind without a seller sells nothing and serves nothing: every plan that holds its nodes is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.units import HOURS_PER_DAY, HOURS_PER_MONTH
from planner.verify.audit import payment, quotes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.instance.channels import Channel, Node
    from planner.verify.audit.calendar import Calendar
    from planner.verify.audit.payment import Payment
    from planner.verify.audit.quotes import NodePrice


@dataclass(frozen=True, kw_only=True)
class Seller:
    """The rules for a kind of channel. Nothing has a default; `replace` states how a kind differs from another."""

    term: str
    """Line of the cost breakdown that its price goes to."""
    by_the_period: bool
    """Hired when the scenario is known and given back after the period, so never lent; else signed beforehand."""
    owned: bool
    """Whether whoever holds its nodes runs them, and pays the energy of their site."""
    quote: Callable[[Any, Node, Calendar, int, int], NodePrice | None]
    """Price of a node over a span of periods; None where no such span is sold."""
    running: Callable[[Any, Node, Calendar], NDArray[np.float64]]
    """What a node in use costs in an hour of each period, shape [period]."""
    tariff: Callable[[Any, Calendar], NDArray[np.float64]]
    """What the channel itself charges for a kW of a node and hour, shape [period]."""
    power_kw: Callable[[Any, Node], float]
    """Power of a node in use; 0 where unknown."""
    most: Callable[[Any], int | None]
    """Nodes that can be held at most at any time."""
    serving: Callable[[Any], float]
    """Share of the hours paid in which a node serves."""
    lost: Callable[[Any], tuple[float, float] | None]
    """Share of the nodes that may vanish at once, and share of those in use that must remain."""
    draws: Callable[[Any, Node], tuple[str, float] | None]
    """Commitment to spend that a node draws on, and money drawn in an hour."""
    paid: Callable[[Any, Node], Payment | None]
    """When a node is paid that is signed once; None where it is paid with what it costs, as it is held."""


def seller_of(channel: Channel) -> Seller:
    """The rules for a channel."""
    return SELLERS.get(channel.kind, UNKNOWN)


def quote_of(channel: Channel, node: Node, calendar: Calendar, first: int, last: int) -> NodePrice | None:
    """The quote of a channel for the periods `first`..`last`, None where it sells no such span."""
    if not 0 <= first <= last < calendar.periods:
        return None
    quote = seller_of(channel).quote(channel, node, calendar, first, last)
    if quote is None:
        return None
    growth = price_growth(channel, calendar, float(calendar.opens[calendar.stage[first]]))
    return quotes.NodePrice(quote.price * growth, quote.capex * growth)


def price_growth(channel: Channel, calendar: Calendar, years: float) -> float:
    """What is paid, with taxes, for what is signed some years after the beginning, relative to the price stated."""
    taxed = 1.0 + channel.tax_share
    if channel.price_index is not None:
        return taxed * calendar.dearer(channel.price_index, years)
    return float(taxed * (1.0 + channel.price_change_per_year) ** years)


def _as_stated(channel: Any, node: Node, calendar: Calendar) -> NDArray[np.float64]:
    return np.full(calendar.periods, float(channel.running_usd_per_node_hour))


def _with_energy(channel: Any, node: Node, calendar: Calendar) -> NDArray[np.float64]:
    """Energy at the mean tariff of each period, where there is a tariff."""
    if not np.any(np.asarray(channel.energy_usd_per_kwh)):
        return _as_stated(channel, node, calendar)
    return _by_hour(channel, calendar) * quotes.own_power(channel, node)


def _by_hour(channel: Any, calendar: Calendar) -> NDArray[np.float64]:
    """Mean of a tariff by hour of the day over each period, losses of the site included."""
    by_hour = np.broadcast_to(np.asarray(channel.energy_usd_per_kwh, dtype=np.float64), (int(HOURS_PER_DAY),))
    shares = [calendar.share_of_window(float(hour), hour + 1.0) for hour in range(int(HOURS_PER_DAY))]
    return np.asarray(by_hour @ np.array(shares) * channel.pue)


def _restarting(channel: Any) -> float:
    """Spot nodes are paid while they restart."""
    return 1.0 / (1.0 + float(channel.interruptions_per_node_month * channel.restart_hours) / HOURS_PER_MONTH)


def _together(channel: Any) -> tuple[float, float] | None:
    loss = channel.correlated_loss
    return None if loss is None else (float(loss.lost_share), float(loss.kept_share))


def _owned(channel: Any) -> int:
    """No more than there are."""
    return int(channel.nodes if channel.max_nodes is None else min(channel.max_nodes, channel.nodes))


_HIRE = Seller(
    term="hire",
    by_the_period=True,
    owned=False,
    quote=quotes.by_the_period,
    running=_as_stated,
    tariff=lambda channel, calendar: np.zeros(calendar.periods),
    power_kw=quotes.node_power,
    most=lambda channel: channel.max_nodes,
    serving=lambda channel: 1.0,
    lost=lambda channel: None,
    draws=lambda channel, node: None,
    paid=payment.as_used,
)
_SIGNED = replace(_HIRE, by_the_period=False)

SELLERS = {
    "on_demand": _HIRE,
    "spot": replace(_HIRE, term="spot", serving=_restarting, lost=_together),
    "spend_commitment": replace(
        _HIRE,
        term="spend_commitment",
        quote=quotes.out_of_a_commitment,
        draws=lambda channel, node: (channel.plan, quotes.hour_price(channel, node)),
    ),
    "contract": replace(_SIGNED, term="contract", quote=quotes.contract),
    "capacity_block": replace(_SIGNED, term="capacity_block", quote=quotes.capacity_block),
    "reserved": replace(_SIGNED, term="commitment", quote=quotes.reserved, paid=payment.reserved),
    "lease": replace(_SIGNED, term="lease", quote=quotes.lease, paid=payment.lease),
    "purchase": replace(
        _SIGNED,
        term="purchase",
        owned=True,
        quote=quotes.purchase,
        running=_with_energy,
        tariff=_by_hour,
        power_kw=quotes.own_power,
        paid=payment.purchase,
    ),
    "existing": replace(
        _SIGNED, term="forgone", owned=True, quote=quotes.existing, most=_owned, paid=payment.existing
    ),
}
UNKNOWN = replace(
    _HIRE, term="", quote=lambda *asked: None, most=lambda channel: 0, serving=lambda channel: 0.0
)
"""Of a kind without audit rules."""
