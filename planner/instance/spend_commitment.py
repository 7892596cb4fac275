"""Spend commitments: so many dollars an hour, used or lost, that pay for nodes of any hardware at its rate.

    price[start] = usd_per_hour * hours * weight[start] * present_value[start]

The shape of a savings plan: channels of kind `spend_commitment` name the plan and the rate at which a node
draws on it (aws.amazon.com/savingsplans).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.instance.base import Flag, Positive, Strict, Text
from planner.instance.channels.fixed_length import SLACK_HOURS, discounted_hours_of, runs
from planner.instance.channels.offers import whole_horizon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.instance.horizon import Horizon
    from planner.instance.timeline import Timeline


class SpendCommitment(Strict):
    """A promise to spend."""

    hours: Positive | None = None
    """Length, from any period on; absent: throughout the horizon."""
    increment_usd_per_hour: Positive = 1.0
    """Commitments are made in multiples of this."""
    max_usd_per_hour: Positive | None = None
    """At most so much is committed at any time; absent: no limit."""
    may_outlast_horizon: Flag = False
    """Whether commitments may begin that end after the horizon; they are paid in full."""
    source: Text | None = None
    """Where the figures come from, with their date: the quote."""
    cancellation: Text | None = None
    """How it may be cancelled, in words, for the list of what is to be signed."""

    def doubts(self, horizon: Horizon) -> Iterator[str]:
        """A commitment that outlasts the horizon and may not."""
        if self.hours is None or self.may_outlast_horizon or self.hours <= horizon.hours + SLACK_HOURS:
            return
        lasts = f"a commitment of {self.hours:g} h outlasts the horizon of {horizon.hours:g} h"
        yield f"never begins: {lasts}; leave hours out where it holds throughout"

    def spans(self, timeline: Timeline) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and last period of every commitment on offer."""
        if self.hours is None:
            return whole_horizon(timeline)
        return runs(timeline, self.hours, np.ones(timeline.periods, dtype=bool), self.may_outlast_horizon)

    def price_usd(self, timeline: Timeline) -> NDArray[np.float64]:
        """What one dollar an hour costs over each span, shape [span]."""
        spans = self.spans(timeline)
        if self.hours is None:
            return discounted_hours_of(timeline, *spans)
        return self.hours * timeline.discounted_weight[spans[0]]
