"""Cash flows: when money changes hands for a node that is signed once, in money of its day, in a plan with stages.

A price is paid on the day the node stands, and again whenever a term or life ends within the stages that the offer
covers; what is owed for a term is paid evenly until its end, also after the plan; other payments as long as the node is
held; what it fetches comes in at the end of each life.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_YEAR
from planner.instance.channels.capital import terms_within
from planner.instance.channels.offers import chance_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance.channels.payments import Payments
    from planner.instance.timeline import Timeline


@dataclass(frozen=True)
class Flow:
    """Money out (positive) or in for one node, in years from the beginning of the plan.

    Evenly between two times; at once where they are the same. `usd` is expected: by the probability of the offer.
    """

    begin: float
    end: float
    usd: float

    @property
    def at_once(self) -> bool:
        """Whether it is paid at one moment."""
        return self.end <= self.begin


def flows_of(payments: Payments, timeline: Timeline, first: int, last: int, change: float) -> Iterator[Flow]:
    """What one node of an offer over the periods `first`..`last` pays and brings in, in a plan with stages.

    `change` is its price relative to today's.
    """
    begins, stands = float(timeline.year_from[first]), float(timeline.year_to[last])
    chance = float(chance_of(timeline, (np.array([first]), np.array([last])))[0])
    factor = chance * change
    length = payments.owed_years or payments.life_years
    times = 1 if length is None else int(terms_within(np.array([begins]), np.array([stands]), length)[0])
    for time in range(times if payments.at_start else 0):
        signed = begins + time * (length or 0.0)
        yield Flow(signed, signed, payments.at_start * factor)
    if payments.per_year and payments.owed_years is None:
        years = float(timeline.weighted_hours[first : last + 1].sum()) / HOURS_PER_YEAR
        yield Flow(begins, stands, payments.per_year * years * change)
    elif payments.per_year and payments.owed_years is not None:
        owed = max(stands, begins + times * payments.owed_years)
        yield Flow(begins, owed, payments.per_year * (owed - begins) * factor)
    for time in range(times if payments.fetched and payments.life_years is not None else 0):
        over = begins + (time + 1) * (payments.life_years or 0.0)
        yield Flow(over, over, -payments.fetched * factor)
