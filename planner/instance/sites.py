"""Sites, regions and links: where nodes stand, where requests arise, and what joins them.

What is read at a site is answered there, on hardware whose KV caches fit, unless a link hands caches on to another
site. Without `sites` all nodes stand at one place, and anything may be handed over within it.

Time to the first token of requests of a region that are read at site a and answered at site b, on top of waits,
prefill and transfer within a site:

    network = (round_trip[a] + round_trip[b]) / 2 + latency of the link + bytes of the prompt's cache / its bandwidth

a = b without a link: the round trip to the site. What a link takes is time that units keep which read for it, in a
queue of their own beside those that do not: a link more never makes a plan dearer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from planner.core.units import BITS_PER_BYTE, GIGA, HOURS_PER_DAY
from planner.instance.base import NonNegative, Number, Positive, Strict, Text
from planner.instance.name import Name

if TYPE_CHECKING:
    from numpy.typing import NDArray

PriceSeries = Number | tuple[Number, ...] | Text


class Site(Strict):
    """A place where nodes stand. Its power limit is under `limits.sites`."""

    csv: Text | None = None
    """Path of a CSV file with one row a period, relative to the instance file; a text below is the name of a column."""
    energy_usd_per_kwh: PriceSeries | None = None
    """Price of electricity for nodes that one owns, in use and at their idle draw: one figure, one a period, or a
    column. Below zero a node in use earns, busy or idle, under units that may serve something. Absent: what their
    channels say."""
    pue: Positive = 1.0
    """Power usage effectiveness: power drawn for each kW of the nodes."""
    carbon_g_per_kwh: NonNegative | tuple[NonNegative, ...] | Text | None = None
    """Carbon dioxide of a kWh of electricity: one figure, one a period, or a column. Plans then say what their nodes
    emit, at the power that the hardware states for use and for idling."""
    carbon_usd_per_t: NonNegative = 0.0
    """Price of a metric ton of that carbon dioxide, for all nodes there that draw power, one's own and hired ones: a
    tax, or a price of one's own making."""
    egress_usd_per_gb: NonNegative = 0.0
    """Price of a GB (1e9 bytes) of answers that leaves the site for its users."""
    source: Text | None = None
    """Where the figures come from, with their date."""

    def energy(self, periods: int) -> NDArray[np.float64]:
        """USD per kWh drawn by nodes, losses of the site included, shape [period of the horizon]; 0 where absent."""
        return self._drawn(self.energy_usd_per_kwh, periods)

    def carbon(self, periods: int) -> NDArray[np.float64]:
        """Grams per kWh drawn by nodes, losses of the site included, shape [period of the horizon]; 0 where absent."""
        return self._drawn(self.carbon_g_per_kwh, periods)

    def _drawn(self, per_kwh: float | tuple[float, ...] | str | None, periods: int) -> NDArray[np.float64]:
        if isinstance(per_kwh, str):
            raise TypeError("a site still names a CSV column: load the instance with planner.load")
        stated = np.asarray(0.0 if per_kwh is None else per_kwh, dtype=np.float64)
        return np.asarray(np.broadcast_to(stated, (periods,)) * self.pue)


class Region(Strict):
    """A place where requests arise."""

    sites: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """Sites that may serve its requests, such as those that the law allows; absent: every site."""
    round_trip_ms: dict[Name, NonNegative] = {}
    """Network round trip to each site, part of the time to first token."""
    utc_offset_hours: Annotated[float, Field(strict=True, ge=-14, le=14, allow_inf_nan=False)] | None = None
    """Its clock, for demand on `local_clock`."""
    source: Text | None = None
    """Where the figures come from, with their date."""

    def allows(self, site: str) -> bool:
        """Whether a site may serve its requests."""
        return self.sites is None or site in self.sites


class Link(Strict):
    """A line over which KV caches pass from the site where prompts are read to the one where they are answered."""

    from_site: Name
    to_site: Name
    bandwidth_gbit_per_s: Positive
    """What it carries in a second."""
    latency_ms: NonNegative = 0.0
    """Time until what is sent arrives, size aside."""
    usd_per_gb: NonNegative = 0.0
    """Price of a GB (1e9 bytes) that passes."""
    workloads: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """Workloads that may use it; absent: all. Where a time to first token is promised, and waits count or rates are
    computed, units of the role prefill read for it that keep the time it takes; others at its beginning keep none, and
    hand nothing over."""
    source: Text | None = None
    """Where the figures come from, with their date."""

    @property
    def bytes_per_s(self) -> float:
        """Bytes that it carries in a second."""
        return self.bandwidth_gbit_per_s * GIGA / BITS_PER_BYTE

    def takes(self, workload: str) -> bool:
        """Whether a workload may use it."""
        return self.workloads is None or workload in self.workloads

    @model_validator(mode="after")
    def _joins_two(self) -> Self:
        if self.from_site == self.to_site:
            raise ValueError("from_site and to_site are the same: a link joins two sites")
        return self


def local_shift(region: Region, utc_offset_hours: float, period_hours: float) -> float:
    """Periods by which the clock of a region is ahead of another one; no whole number where they do not fit.

    Raises TypeError where the region has no clock.
    """
    if region.utc_offset_hours is None:
        raise TypeError("the region has no utc_offset_hours")
    return ((region.utc_offset_hours - utc_offset_hours) % HOURS_PER_DAY) / period_hours
