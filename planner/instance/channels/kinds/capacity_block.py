"""Capacity block: whole days bought ahead, paid in full at the start, beginning at set times within a window.

    price[start, length] = price_per_node_hour * sum of weighted hours of the block

The shape of AWS Capacity Blocks for ML: 1 to 14 days by the day, then weeks up to 182 days, one start time a
day, bookable some weeks ahead, no cancellation (aws.amazon.com/ec2/capacityblocks).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import ConfigDict, Field

from planner.core.units import HOURS_PER_DAY
from planner.instance.base import NonNegative, Positive, PositiveCount
from planner.instance.channels.fixed_length import SLACK_HOURS, discounted_hours_of, runs
from planner.instance.channels.hourly import HOURLY_PRICES, HourlyPriced
from planner.instance.channels.offers import Node, Offers, standing
from planner.instance.channels.traits import Billing, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.instance.horizon import Horizon
    from planner.instance.timeline import Timeline

MOST_STARTS = 1_000_000


class CapacityBlock(HourlyPriced):
    """Nodes for a number of whole days."""

    traits: ClassVar[Traits] = Traits(
        cost_term="capacity_block",
        committed=True,
        fixed_length=True,
        owned=False,
        verb="book",
        prices=HOURLY_PRICES,
        book_term="capacity_block",
        draws_on=None,
        billing=Billing(pricing="Committed", discount=None, reservation=True),
    )

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "capacity_block", "days": 1, "price_usd_per_node_hour": 14}]}
    )

    kind: Literal["capacity_block"]
    days: PositiveCount | Annotated[tuple[PositiveCount, ...], Field(min_length=1)]
    """Lengths on sale, in days."""
    first_start_hours: NonNegative = 0.0
    """Hours from the beginning of the horizon to the first start on sale."""
    start_every_hours: Positive = HOURS_PER_DAY
    """Hours between starts on sale."""
    start_window_hours: Positive | None = None
    """Starts later than this after the first one are not on sale; absent: no limit."""

    def offers(self, timeline: Timeline, node: Node) -> Offers:
        """One offer for each length and start on sale."""
        starts = self._starts(timeline)
        spans = [runs(timeline, days * HOURS_PER_DAY, starts) for days in self.lengths]
        run = (np.concatenate([span[0] for span in spans]), np.concatenate([span[1] for span in spans]))
        price = self.hourly_price(node) * discounted_hours_of(timeline, *run)
        return self.compiled(timeline, node, run, price)

    def later(self, hours: float) -> Self:
        """Starts that are over are not on sale; where none is left, no node can be had."""
        passed = max(0, math.ceil((hours - self.first_start_hours) / self.start_every_hours - SLACK_HOURS))
        first = max(0.0, self.first_start_hours + passed * self.start_every_hours - hours)
        changed: dict[str, Any] = {"first_start_hours": first}
        if self.start_window_hours is not None:
            left = self.start_window_hours - passed * self.start_every_hours
            changed["start_window_hours"] = max(left, SLACK_HOURS)
            if left < -SLACK_HOURS:
                changed |= {"max_nodes": 0, "min_nodes": 0}
        return super().later(hours).model_copy(update=changed)

    def doubts(self, horizon: Horizon) -> Iterator[str]:
        """Blocks that outlast the horizon."""
        never = [days for days in self.lengths if days * HOURS_PER_DAY > horizon.hours + SLACK_HOURS]
        if never:
            yield f"blocks of {', '.join(map(str, never))} days never start: they outlast the horizon"

    def findings(self, horizon: Horizon) -> Iterator[tuple[str, str]]:
        """Blocks that cannot begin or end with a period, or cannot be had at all; the first fault there is."""
        shortest = self.lengths[0]
        odd = [days for days in self.lengths if not _whole(days * HOURS_PER_DAY / horizon.period_hours)]
        starts = self._starts_within(horizon.hours)
        off = starts[~_whole(starts / horizon.period_hours)]
        if shortest * HOURS_PER_DAY > horizon.hours + SLACK_HOURS:
            yield (
                "days",
                f"a block of {shortest} days is longer than the horizon of {horizon.hours / HOURS_PER_DAY:g} days: "
                "lengthen the horizon, or leave the channel out",
            )
        elif odd:
            yield (
                "days",
                f"a block of {odd[0]} days is no whole number of periods of {horizon.period_hours:g} h: it would end "
                "off the grid; change horizon.period_hours",
            )
        elif not np.any(starts <= horizon.hours - shortest * HOURS_PER_DAY + SLACK_HOURS):
            yield (
                "first_start_hours",
                f"a block of {shortest} days that starts {self.first_start_hours:g} h after the beginning ends "
                f"after the horizon of {horizon.hours:g} h: no block can be had",
            )
        elif off.size:
            yield self._off_grid(horizon, float(off[0]))

    @property
    def lengths(self) -> tuple[int, ...]:
        """Lengths on sale in days, each once, the shortest first."""
        return tuple(sorted(set(self.days if isinstance(self.days, tuple) else (self.days,))))

    def _off_grid(self, horizon: Horizon, start: float) -> tuple[str, str]:
        """A start within a period: of which key, and what would mend it."""
        length = horizon.period_hours
        key = "start_every_hours" if _whole(self.first_start_hours / length) else "first_start_hours"
        every = np.array([self.first_start_hours, self.start_every_hours])
        finer = [length / parts for parts in (2, 3, 4, 6, 12, 60) if _whole(every * parts / length).all()]
        advice = f"; give horizon.period_hours: {finer[0]:g}" if finer else ""
        return (
            key,
            f"a block starts {start:g} h after the beginning, at {horizon.moment_at(start)}, which is off the "
            f"grid of periods of {length:g} h that begin at {horizon.moment_at(0.0)}{advice}, or move the "
            "start to a period's",
        )

    def _starts_within(self, hours: float) -> NDArray[np.float64]:
        """Hours from the beginning to every start on sale within so many, of very many the first."""
        window = np.inf if self.start_window_hours is None else self.start_window_hours
        last = min(hours, self.first_start_hours + window)
        steps = np.floor((last - self.first_start_hours) / self.start_every_hours + SLACK_HOURS)
        return self.first_start_hours + self.start_every_hours * np.arange(
            min(max(0.0, steps + 1), MOST_STARTS)
        )

    def _starts(self, timeline: Timeline) -> NDArray[np.bool_]:
        """Periods at whose beginning a block may start, shape [period]."""
        since = timeline.hours_into_block - self.first_start_hours
        steps = since / self.start_every_hours
        on_sale = (since >= -1e-9) & (np.abs(steps - np.round(steps)) < 1e-9)
        on_sale &= standing(timeline, self.lead_time_hours)
        if self.start_window_hours is not None:
            on_sale &= since <= self.start_window_hours + 1e-9
        return np.asarray(on_sale)


def _whole(value: NDArray[np.float64] | float) -> Any:
    """Whether figures are whole numbers."""
    return np.abs(value - np.round(value)) <= SLACK_HOURS
