"""Capacity block: whole days bought ahead, paid in full at the start, beginning at set times within a window.

    price[start, length] = price_per_node_hour * sum of weighted hours of the block

The shape of AWS Capacity Blocks for ML: 1 to 14 days by the day, then weeks up to 182 days, one start time a
day, bookable some weeks ahead, no cancellation (aws.amazon.com/ec2/capacityblocks).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import ConfigDict, Field

from planner.core.units import HOURS_PER_DAY
from planner.instance.base import NonNegative, Positive, PositiveCount
from planner.instance.channels.base import HourlyPriced
from planner.instance.channels.fixed_length import runs, weighted_hours_of
from planner.instance.channels.offers import Node, Offers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.timeline import Timeline


class CapacityBlock(HourlyPriced):
    """Nodes for a number of whole days."""

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
        lengths = self.days if isinstance(self.days, tuple) else (self.days,)
        starts = self._starts(timeline)
        spans = [runs(timeline, days * HOURS_PER_DAY, starts) for days in sorted(set(lengths))]
        run = (np.concatenate([span[0] for span in spans]), np.concatenate([span[1] for span in spans]))
        price = self.node_hour_price(node) * weighted_hours_of(timeline, *run)
        return self.compiled(timeline, node, "capacity_block", run, price)

    def _starts(self, timeline: Timeline) -> NDArray[np.bool_]:
        """Periods at whose beginning a block may start, shape [period]."""
        since = timeline.hours_into_block - self.first_start_hours
        steps = since / self.start_every_hours
        on_sale = (since >= -1e-9) & (np.abs(steps - np.round(steps)) < 1e-9)
        if self.start_window_hours is not None:
            on_sale &= since <= self.start_window_hours + 1e-9
        return np.asarray(on_sale)
