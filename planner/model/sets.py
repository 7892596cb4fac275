"""Index sets and parameters of the model, as arrays: the only reader of Instance and Rates in this package.

Axes, each the position in a tuple of this class: `period`, `work`, `unit`, `hardware`, `offer`. The metadata of a
field say what the hourly problem of the decomposition does with it; a field without is not covered there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.model.market import Market
from planner.model.treatment import BY_OTHERS, NAME, READ, known
from planner.model.useful import least_increments, most_increments, useful_nodes, useful_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Timeline
    from planner.instance.channels import Loss
    from planner.model.change import ChangeSet
    from planner.model.deferral import DeferralSet
    from planner.model.first_stage import Signed
    from planner.model.risk import RiskSet
    from planner.rates import Unit, Work

# share of a unit's time below which the rows on time alone are too coarse for an engine
TRACE = 1e-3
# share of a unit's time that the smallest work counts for: engines cannot tell less from nothing beside others
LEAST_TIME = 1e-5


@dataclass(frozen=True)
class Channel:
    """One channel of one hardware, with its offers as a slice of the offer axis."""

    hardware: int = field(metadata=READ)
    name: str = field(metadata=NAME)
    kind: str = field(metadata=NAME)
    term: str = field(metadata=NAME)
    offers: slice = field(metadata=READ)
    minimum_nodes: int = field(metadata=READ)
    maximum_nodes: int | None = field(metadata=READ)
    increment_nodes: int = field(metadata=READ)
    overlap: bool = field(metadata=known("channels whose offers overlap are refused"))
    maximum_new_nodes: int | None = field(default=None, metadata=BY_OTHERS)
    maximum_new_nodes_per_week: int | None = field(default=None, metadata=BY_OTHERS)
    available_share: float = field(default=1.0, metadata=READ)
    loss: Loss | None = field(default=None, metadata=BY_OTHERS)
    lendable: bool = field(default=True, metadata=BY_OTHERS)
    draws_on: str | None = field(default=None, metadata=BY_OTHERS)
    draw_usd_per_node_hour: float = field(default=0.0, metadata=BY_OTHERS)
    site: str | None = field(default=None, metadata=BY_OTHERS)
    provider: str | None = field(default=None, metadata=BY_OTHERS)
    first_stage: bool = field(default=True, metadata=BY_OTHERS)

    @property
    def least_increments(self) -> int:
        """Fewest increments that hold the minimum."""
        return -(-self.minimum_nodes // self.increment_nodes)

    @property
    def most_increments(self) -> float:
        """Most increments that keep the maximum; inf without one."""
        return np.inf if self.maximum_nodes is None else self.maximum_nodes // self.increment_nodes

    def label(self, sets: Sets) -> str:
        """`hardware.channel`."""
        return f"{sets.hardware[self.hardware]}.{self.name}"


@dataclass(frozen=True)
class Sets:
    """Everything the families read.

    demand[work, period]        tokens/s (requests/s in the request phase)
    shed_usd[work]              USD per unserved token (request); inf: must be served
    rate[unit, work]            tokens/s of one unit that does only that work; 0: cannot
    nodes[unit]                 nodes of one unit
    hardware_of[unit]           position on the hardware axis
    start_usd[unit]             USD per start of one unit
    lost_share[lag]             share of a period lost `lag` periods after a start
    minimum_up                  periods a started unit stays on (1: no limit)
    first, last[offer]          periods an offer covers, both included
    offer_price[offer]          USD per node over the whole offer
    offer_channel[offer]        position in `channels`
    running_usd[channel, period]  USD per node-hour in use
    offer_capex[offer]          USD per node of the price that is paid at the start
    headroom[unit, period]      largest share of its time a unit may be busy; absent: all of it
    market                      vendors, lending, spend commitments, limits
    change                      an earlier plan, and how far this one may depart from it
    deferral                    works that may wait, and how much of them
    signed                      the first stage, where it was decided beforehand
    """

    timeline: Timeline = field(metadata=READ)
    works: tuple[Work, ...] = field(metadata=NAME)
    units: tuple[Unit, ...] = field(metadata=NAME)
    hardware: tuple[str, ...] = field(metadata=NAME)
    channels: tuple[Channel, ...] = field(metadata=READ)
    demand: NDArray[np.float64] = field(metadata=READ)
    shed_usd: NDArray[np.float64] = field(metadata=BY_OTHERS)
    rate: NDArray[np.float64] = field(metadata=READ)
    nodes: NDArray[np.int64] = field(metadata=READ)
    hardware_of: NDArray[np.int64] = field(metadata=READ)
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
    change: ChangeSet | None = field(default=None, metadata=BY_OTHERS)
    risk: RiskSet | None = field(default=None, metadata=BY_OTHERS)
    deferral: DeferralSet | None = field(default=None, metadata=BY_OTHERS)
    signed: Signed | None = field(default=None, metadata=BY_OTHERS)

    @property
    def periods(self) -> int:
        """Number of periods."""
        return self.timeline.periods

    @cached_property
    def busy_limit(self) -> NDArray[np.float64]:
        """`headroom`, 1 where there is none, shape [unit, period]."""
        return np.ones((len(self.units), self.periods)) if self.headroom is None else self.headroom

    @cached_property
    def shared_units(self) -> tuple[int, ...]:
        """Units whose busy time is a decision: those that can do more than one kind of work.

        With limits on change also those that may do a work that may not be split: they may run idle, because
        an earlier plan ran them.
        """
        return tuple(np.flatnonzero((self.rate > 0).any(axis=1) & self._time_is_told).tolist())

    @cached_property
    def _time_is_told(self) -> NDArray[np.bool_]:
        able = self.rate > 0
        unsplit = able[:, list(self.market.single_pool)].any(axis=1)
        return np.asarray((able.sum(axis=1) > 1) | (unsplit & (self.change is not None)))

    @cached_property
    def dedicated_units(self) -> tuple[int, ...]:
        """Units that can do exactly one kind of work and do it whenever they run."""
        return tuple(np.flatnonzero((self.rate > 0).any(axis=1) & ~self._time_is_told).tolist())

    @cached_property
    def has_starts(self) -> bool:
        """Whether anything depends on when units are switched on."""
        return bool(self.start_usd.any() or self.lost_share.any() or self.minimum_up > 1)

    @cached_property
    def shed_works(self) -> tuple[int, ...]:
        """Works that may go unserved at a price."""
        return tuple(np.flatnonzero(np.isfinite(self.shed_usd)).tolist())

    @cached_property
    def shed_workloads(self) -> tuple[int, ...]:
        """Workloads of which requests may go unserved at a price, on the workload axis of the market."""
        return tuple(sorted({self.market.workload_of[work] for work in self.shed_works}))

    @cached_property
    def offer_increment(self) -> NDArray[np.int64]:
        """Nodes per increment of an offer, shape [offer]."""
        return np.array([channel.increment_nodes for channel in self.channels])[self.offer_channel]

    @cached_property
    def metered_hardware(self) -> tuple[int, ...]:
        """Hardware with a channel where a node in use costs extra or counts at a site: use is told by channel."""
        sites = self.market.limits.sites
        metered = {
            c.hardware for i, c in enumerate(self.channels) if self.running_usd[i].any() or c.site in sites
        }
        return tuple(sorted(metered))

    def channels_of(self, hardware: int) -> list[int]:
        """Positions of the channels of a hardware."""
        return [index for index, channel in enumerate(self.channels) if channel.hardware == hardware]

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

    def covering(self, channel: int, period: int) -> NDArray[np.int64]:
        """Offers of a channel that cover a period."""
        offers = self.channels[channel].offers
        inside = (self.first[offers] <= period) & (period <= self.last[offers])
        return np.asarray(np.flatnonzero(inside) + offers.start)

    @cached_property
    def work_scale(self) -> NDArray[np.float64]:
        """Power of ten that brings the peak demand of each work to 1,000..10,000: unit of what is shed or waits.

        To 1..10 where work may wait: what waits is then far from the tolerance in hours of little demand too.
        """
        peak = np.maximum(self.demand.max(axis=1, initial=0.0), 1e-12)
        digits = np.full(len(peak), 3.0)
        digits[list(self.deferral.most) if self.deferral is not None else []] = 0.0
        return np.asarray(10.0 ** (np.floor(np.log10(peak)) - digits))

    @cached_property
    def demand_scale(self) -> NDArray[np.float64]:
        """Power of ten that brings what is there to serve to 1,000..10,000, shape [work, period].

        Each row by its own demand, not by the peak: an hour that asks for one token per second is then as far
        from an engine's tolerance as one that asks for a billion. 1 where nothing is asked for.
        """
        asked = np.where(self.servable > 0, self.servable, 1e3)
        return np.asarray(10.0 ** (np.floor(np.log10(asked)) - 3.0))

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

    @cached_property
    def traces(self) -> NDArray[np.bool_]:
        """Works that take next to nothing of the time of one unit that shares it, shape [unit, work, period]."""
        rate = np.where(self.rate > 0, self.rate, np.inf)[:, :, None]
        traces = (self.servable > 0) & (self.servable / rate < TRACE) & (self.rate > 0)[:, :, None]
        traces[list(self.dedicated_units)] = False
        return np.asarray(traces)

    @cached_property
    def counted_time(self) -> NDArray[np.float64]:
        """Time for which a unit's time on a work counts, 1 but for the smallest, shape [unit, work, period]."""
        needed = np.divide(
            self.servable,
            self.rate[:, :, None],
            out=np.ones(self.traces.shape),
            where=self.rate[:, :, None] > 0,
        )
        return np.where(self.traces, np.maximum(1.0, LEAST_TIME / np.where(self.traces, needed, 1.0)), 1.0)

    @cached_property
    def on_limit(self) -> NDArray[np.int64]:
        """Units of each type beyond which one more is never of use, shape [unit, period]."""
        return useful_units(self)

    @cached_property
    def node_limit(self) -> NDArray[np.int64]:
        """Nodes of one channel of each hardware beyond which one more is never of use, shape [hardware]."""
        return useful_nodes(self)

    @cached_property
    def acquire_least(self) -> NDArray[np.int64]:
        """Increments that must be taken of each offer, shape [offer]."""
        return least_increments(self)

    @cached_property
    def acquire_most(self) -> NDArray[np.int64]:
        """Increments of each offer that can be had and be of use, shape [offer]."""
        return most_increments(self)
