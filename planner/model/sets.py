"""Index sets of the model, its scales and the limits of its variables: what follows from the data alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.model.data import ModelData
from planner.model.packing import Packing, SeatedByChannel, packings_of, seated_by_channel
from planner.model.useful import (
    least_increments,
    most_increments,
    useful_held,
    useful_nodes,
    useful_units,
)
from planner.model.whole_units import TRACE, UnitGroups, groups_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Sets(ModelData):
    """Everything the families read: the data, and what follows from it; axes are those of the data."""

    @cached_property
    def shared_units(self) -> tuple[int, ...]:
        """Units whose busy time is a decision: those that can do more than one kind of work.

        With limits on change also those that may do a work that may not be split: they may run idle, because
        an earlier plan ran them. With links also co-located ones that can do one phase alone: of it they do no more
        than links bring or take away.
        """
        return tuple(np.flatnonzero((self.rate > 0).any(axis=1) & self._time_is_stated).tolist())

    @cached_property
    def _time_is_stated(self) -> NDArray[np.bool_]:
        able = self.rate > 0
        unsplit = able[:, list(self.market.single_pool)].any(axis=1)
        co_located = np.zeros(len(self.units), dtype=bool)
        if self.sites is not None and self.sites.links:
            co_located[[unit for unit, _ in self.keeps_caches]] = True
        return np.asarray((able.sum(axis=1) > 1) | (unsplit & (self.change is not None)) | co_located)

    @cached_property
    def dedicated_units(self) -> tuple[int, ...]:
        """Units that can do exactly one kind of work and do it whenever they run."""
        return tuple(np.flatnonzero((self.rate > 0).any(axis=1) & ~self._time_is_stated).tolist())

    @cached_property
    def shed_works(self) -> tuple[int, ...]:
        """Works that may go unserved at a price."""
        return tuple(np.flatnonzero(np.isfinite(self.shed_usd)).tolist())

    @cached_property
    def shed_workloads(self) -> tuple[int, ...]:
        """Workloads of which requests may go unserved at a price, on the workload axis of the market."""
        return tuple(sorted({self.market.workload_of[work] for work in self.shed_works}))

    @cached_property
    def offer_increment(self) -> NDArray[np.float64]:
        """Nodes per increment of an offer, shape [offer]."""
        return np.array([channel.increment_nodes for channel in self.channels])[self.offer_channel]

    @cached_property
    def offer_bare(self) -> NDArray[np.float64]:
        """USD per node of an offer without the energy of one that runs nothing, shape [offer]."""
        return self.offer_price if self.offer_idle is None else self.offer_price - self.offer_idle

    def over_offers(self, by_hardware: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum of figures of a node, shape [hardware, period], over the periods of each offer, shape [offer]."""
        total = np.cumsum(np.pad(by_hardware, ((0, 0), (1, 0))), axis=1)
        hardware = np.array([channel.hardware for channel in self.channels])[self.offer_channel]
        return np.asarray(total[hardware, self.last + 1] - total[hardware, self.first])

    @cached_property
    def metered_hardware(self) -> tuple[int, ...]:
        """Hardware with a channel where a node in use costs extra or counts at a site: use is recorded by channel."""
        sites = self.market.limits.sites
        metered = {
            c.hardware for i, c in enumerate(self.channels) if self.running_usd[i].any() or c.site in sites
        }
        return tuple(sorted(metered))

    def channels_of(self, hardware: int) -> list[int]:
        """Positions of the channels of a hardware."""
        return [index for index, channel in enumerate(self.channels) if channel.hardware == hardware]

    @cached_property
    def unit_parts(self) -> NDArray[np.int64]:
        """Parts of nodes that one unit takes, shape [unit]."""
        return np.rint(self.nodes * self.parts[self.hardware_of]).astype(np.int64)

    @cached_property
    def packings(self) -> tuple[Packing, ...]:
        """Containers into which what adds up cannot always be packed, of hardware not in `seated`."""
        return packings_of(self, {one.hardware for one in self.seated})

    @cached_property
    def seated(self) -> tuple[SeatedByChannel, ...]:
        """Hardware of which it is decided channel by channel what lies there."""
        return seated_by_channel(self, set(self.metered_hardware))

    @cached_property
    def use_is_whole(self) -> NDArray[np.bool_]:
        """Whether nodes of a channel in use are counted whole, shape [channel].

        Units of whole nodes make it so where use has a price; where power is limited it must be said. Use is an average
        over time where nodes are taken back.
        """
        sites = self.market.limits.sites
        averaged = {c.hardware for c in self.channels if c.available_share < 1.0}
        averaged &= set(np.flatnonzero(self.nodes_per_domain == 1).tolist())
        return np.array(
            [
                self.parts[c.hardware] == 1 and c.site in sites and c.hardware not in averaged
                for c in self.channels
            ],
            dtype=bool,
        )

    def covering(self, channel: int) -> list[list[int]]:
        """Offers of a channel that cover each period, by period."""
        offers = self.channels[channel].offers
        inside: list[list[int]] = [[] for _ in range(self.periods)]
        spans = zip(self.first[offers].tolist(), self.last[offers].tolist(), strict=True)
        for offer, (first, last) in enumerate(spans, start=offers.start):
            for period in range(first, last + 1):
                inside[period].append(offer)
        return inside

    @cached_property
    def units_of(self) -> tuple[tuple[int, ...], ...]:
        """Units by hardware."""
        return tuple(
            tuple(np.flatnonzero(self.hardware_of == place).tolist()) for place in range(len(self.hardware))
        )

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
    def traces(self) -> NDArray[np.bool_]:
        """Works that take next to nothing of the time of one unit that shares it, shape [unit, work, period]."""
        rate = np.where(self.rate > 0, self.rate, np.inf)[:, :, None]
        traces = (self.servable > 0) & (self.servable / rate < TRACE) & (self.rate > 0)[:, :, None]
        traces[list(self.dedicated_units)] = False
        return np.asarray(traces)

    @cached_property
    def unit_groups(self) -> UnitGroups:
        """Units that share their time, with the works that only they can do."""
        return groups_of(self, self.shared_units)

    @cached_property
    def on_limit(self) -> NDArray[np.int64]:
        """Units of each type beyond which one more is never of use, shape [unit, period]."""
        return useful_units(self)

    @cached_property
    def node_limit(self) -> NDArray[np.int64]:
        """Nodes of one channel of each hardware beyond which one more is never of use, shape [hardware]."""
        return useful_nodes(self, self.on_limit)

    @cached_property
    def acquire_least(self) -> NDArray[np.int64]:
        """Increments that must be taken of each offer, shape [offer]."""
        return least_increments(self)

    @cached_property
    def acquire_most(self) -> NDArray[np.int64]:
        """Increments of each offer that can be had and be of use, shape [offer]."""
        return most_increments(self, self.node_limit)

    @cached_property
    def held_limit(self) -> NDArray[np.float64]:
        """Nodes that no channel holds more of in any plan worth having, shape [channel, period]."""
        return useful_held(self, self.node_limit)

    @cached_property
    def serving_limit(self) -> NDArray[np.float64]:
        """The same of nodes that serve, expected interruptions taken off, shape [channel, period]."""
        share = np.array([channel.available_share for channel in self.channels])
        return np.asarray(share[:, None] * self.held_limit)
