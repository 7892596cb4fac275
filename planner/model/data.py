"""Data of the model, as arrays: the only reader of Instance and Rates in this package.

Axes, each the position in a tuple of this class: `period`, `work`, `unit`, `hardware`, `offer`. The metadata of a
field say what the hourly problem of the decomposition does with it; a field without is not covered there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels import Grain
from planner.model.market import Market
from planner.model.treatment import BY_OTHERS, NAME, READ, known

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Timeline
    from planner.instance.channels import SpotLoss
    from planner.model.cash_set import CashSet
    from planner.model.change import ChangeSet
    from planner.model.deferral import DeferralSet
    from planner.model.power_set import PowerSet
    from planner.model.risk_set import RiskSet
    from planner.model.signed import Signed
    from planner.model.site_set import SiteSet
    from planner.model.standing import StandingSet
    from planner.rates import Unit, Work


WHOLE = 1e-9
"""So near to a whole number is one: parts of nodes are fractions."""


@dataclass(frozen=True)
class ChannelOffers:
    """One channel of one hardware, with its offers as a slice of the offer axis.

    Its increment is a part of a node where it is sold by the GPU, as small as the smallest unit can use.
    """

    hardware: int = field(metadata=READ)
    name: str = field(metadata=NAME)
    kind: str = field(metadata=NAME)
    term: str = field(metadata=NAME)
    offers: slice = field(metadata=READ)
    minimum_nodes: int = field(metadata=READ)
    maximum_nodes: int | None = field(metadata=READ)
    increment_nodes: float = field(metadata=READ)
    overlap: bool = field(metadata=known("nodes held over spans are a pool for each"))
    maximum_new_nodes: int | None = field(default=None, metadata=BY_OTHERS)
    maximum_new_nodes_per_week: int | None = field(default=None, metadata=BY_OTHERS)
    grain: Grain = field(default=Grain.NODE, metadata=BY_OTHERS)
    available_share: float = field(default=1.0, metadata=READ)
    loss: SpotLoss | None = field(default=None, metadata=BY_OTHERS)
    lendable: bool = field(default=True, metadata=BY_OTHERS)
    draws_on: str | None = field(default=None, metadata=BY_OTHERS)
    draw_usd_per_node_hour: float = field(default=0.0, metadata=BY_OTHERS)
    site: str | None = field(default=None, metadata=BY_OTHERS)
    provider: str | None = field(default=None, metadata=BY_OTHERS)
    first_stage: bool = field(default=True, metadata=BY_OTHERS)
    maximum_key: str = field(default="", metadata=NAME)
    raisable_nodes: float = field(default=np.inf, metadata=BY_OTHERS)

    @property
    def least_increments(self) -> int:
        """Fewest increments that hold the minimum."""
        return math.ceil(self.minimum_nodes / self.increment_nodes - WHOLE)

    @property
    def most_increments(self) -> float:
        """Most increments that keep the maximum; inf without one."""
        if self.maximum_nodes is None:
            return np.inf
        return math.floor(self.maximum_nodes / self.increment_nodes + WHOLE)

    def label(self, data: ModelData) -> str:
        """`hardware.channel`."""
        return f"{data.hardware[self.hardware]}.{self.name}"


@dataclass(frozen=True)
class ModelData:
    """Parameters of the model, as the instance and its rates give them.

    demand[work, period]        tokens/s (requests/s in the request phase)
    shed_usd[work]              USD per unserved token (request); inf: must be served
    rate[unit, work]            tokens/s of one unit that does only that work; 0: cannot
    nodes[unit]                 nodes that one unit takes, a part of one where units share it
    hardware_of[unit]           position on the hardware axis
    parts[hardware]             equal parts of a node, so that every unit takes a whole number of them
    nodes_per_domain, usable_per_domain[hardware]   nodes of a scale-up domain, and those of them that run units
    start_usd[unit]             USD per start of one unit
    lost_share[lag]             share of a period lost `lag` periods after a start
    minimum_up                  periods a started unit stays on, at least until it serves (1: no limit)
    first, last[offer]          periods an offer covers, both included
    offer_price[offer]          USD per node over the whole offer, the energy of one that runs nothing included
    offer_idle[offer]           USD of that energy; absent: what runs nothing is off
    offer_channel[offer]        position in `channels`
    running_usd[channel, period]  USD per node-hour in use, on top of a node that runs nothing
    offer_capex[offer]          USD per node of the price that is paid at the start
    headroom[unit, period]      largest share of its time a unit may be busy; absent: all of it
    waits[unit, period]         the same for waits and bursts alone, as plans tell it; absent: neither is promised
    standing                    how pools keep their availability where headroom does not say it
    market                      vendors, lending, spend commitments, limits
    change                      an earlier plan, and how far this one may depart from it
    deferral                    works that may wait, and how much of them
    keeps_caches                co-located units, and workloads of which their caches leave them over links alone
    power                       power of nodes idle and in use, and the carbon dioxide of it
    sites                       places where units stand, and the routes that requests may take
    cash                        when nodes are paid, in plans with stages
    signed                      the first stage, where it was decided beforehand
    remarks                     what the rates rest on, told with every plan
    use_factor                  times what is of use of units and nodes that variables allow: 1, as no cheapest plan has
                                more, but more where constraints of the user's own may ask for it
    """

    timeline: Timeline = field(metadata=READ)
    works: tuple[Work, ...] = field(metadata=NAME)
    units: tuple[Unit, ...] = field(metadata=NAME)
    hardware: tuple[str, ...] = field(metadata=NAME)
    channels: tuple[ChannelOffers, ...] = field(metadata=READ)
    demand: NDArray[np.float64] = field(metadata=READ)
    shed_usd: NDArray[np.float64] = field(metadata=BY_OTHERS)
    rate: NDArray[np.float64] = field(metadata=READ)
    nodes: NDArray[np.float64] = field(metadata=READ)
    hardware_of: NDArray[np.int64] = field(metadata=READ)
    parts: NDArray[np.int64] = field(metadata=READ)
    nodes_per_domain: NDArray[np.int64] = field(metadata=BY_OTHERS)
    usable_per_domain: NDArray[np.int64] = field(metadata=BY_OTHERS)
    start_usd: NDArray[np.float64] = field(metadata=READ)
    lost_share: NDArray[np.float64] = field(metadata=BY_OTHERS)
    minimum_up: int = field(metadata=BY_OTHERS)
    first: NDArray[np.int64] = field(metadata=READ)
    last: NDArray[np.int64] = field(metadata=READ)
    offer_price: NDArray[np.float64] = field(metadata=READ)
    offer_channel: NDArray[np.int64] = field(metadata=READ)
    running_usd: NDArray[np.float64] = field(metadata=READ)
    offer_capex: NDArray[np.float64] = field(metadata=BY_OTHERS)
    market: Market = field(default_factory=Market, metadata=READ)
    headroom: NDArray[np.float64] | None = field(default=None, metadata=READ)
    waits: NDArray[np.float64] | None = field(default=None, metadata=NAME)
    standing: StandingSet | None = field(default=None, metadata=BY_OTHERS)
    change: ChangeSet | None = field(default=None, metadata=BY_OTHERS)
    risk: RiskSet | None = field(default=None, metadata=BY_OTHERS)
    deferral: DeferralSet | None = field(default=None, metadata=BY_OTHERS)
    power: PowerSet | None = field(default=None, metadata=BY_OTHERS)
    offer_idle: NDArray[np.float64] | None = field(default=None, metadata=BY_OTHERS)
    sites: SiteSet | None = field(default=None, metadata=BY_OTHERS)
    cash: CashSet | None = field(default=None, metadata=BY_OTHERS)
    keeps_caches: tuple[tuple[int, int], ...] = field(default=(), metadata=BY_OTHERS)
    signed: Signed | None = field(default=None, metadata=BY_OTHERS)
    remarks: tuple[str, ...] = field(default=(), metadata=NAME)
    use_factor: int = field(default=1, metadata=known("limits of variables alone"))

    @property
    def periods(self) -> int:
        """Number of periods."""
        return self.timeline.periods

    @cached_property
    def busy_limit(self) -> NDArray[np.float64]:
        """`headroom`, 1 where there is none, shape [unit, period]."""
        return np.ones((len(self.units), self.periods)) if self.headroom is None else self.headroom

    @cached_property
    def has_starts(self) -> bool:
        """Whether anything depends on when units are switched on."""
        return bool(self.start_usd.any() or self.lost_share.any() or self.minimum_up > 1)

    @cached_property
    def limited_by_rows(self) -> tuple[bool, ...]:
        """Whether a channel has a limit that bounds of `acquire` do not keep, by channel.

        So it is where offers overlap, where a minimum is due in a period without an offer, and where no whole
        number of increments lies between the limits.
        """
        return tuple(
            channel.overlap
            or channel.least_increments > channel.most_increments
            or (channel.minimum_nodes > 0 and not self._offered(place).all())
            for place, channel in enumerate(self.channels)
        )

    def _offered(self, channel: int) -> NDArray[np.bool_]:
        """Periods that some offer of a channel covers."""
        offers = self.channels[channel].offers
        change = np.zeros(self.periods + 1)
        np.add.at(change, self.first[offers], 1.0)
        np.add.at(change, self.last[offers] + 1, -1.0)
        return np.asarray(np.cumsum(change)[:-1] > 0)

    @cached_property
    def servable(self) -> NDArray[np.float64]:
        """Most that can be there to serve of each work: its demand and all that may wait, shape [work, period]."""
        if self.deferral is None:
            return self.demand
        servable, previous = self.demand.copy(), self.timeline.previous
        for work, most in self.deferral.most.items():
            servable[work] += np.where(previous >= 0, most[previous], 0.0) / self.timeline.hours
        return servable

    @cached_property
    def least_usable(self) -> float:
        """Smallest share of a period, above 0, that a unit which starts may have left to serve in."""
        left = 1.0 - self.lost_share
        return float(left[left > 0].min(initial=1.0))
