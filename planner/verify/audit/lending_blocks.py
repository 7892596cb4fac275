"""Which spans of periods a taker of idle nodes takes, in the audit's own arithmetic."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_DAY
from planner.verify.audit.calendar import SLACK

if TYPE_CHECKING:
    from planner.instance.lending import Lending
    from planner.verify.audit.calendar import Calendar


def is_block(taker: Lending, calendar: Calendar, first: int, last: int) -> bool:
    """Whether a node may be lent over just these periods: one block, or as many as fill whole periods."""
    if not 0 <= first <= last < calendar.periods:
        return False
    hours = _hours(taker.block_hours, calendar.period_hours)
    if calendar.last_of(first, hours) != last:
        return False
    window = (taker.to_hour - taker.from_hour) % HOURS_PER_DAY
    if window == 0.0:
        return True
    since = (float(calendar.clock[first]) - taker.from_hour) % HOURS_PER_DAY
    since = 0.0 if HOURS_PER_DAY - since < SLACK else since
    begin = float(calendar.into_block[first])
    forward = float(
        calendar.forward(np.array([begin + hours - SLACK]))[0] - calendar.forward(np.array([begin]))[0]
    )
    return since + hours + forward <= window + SLACK


def _hours(block_hours: float, period_hours: float) -> float:
    """The shortest time that is whole blocks and whole periods."""
    block = Fraction(block_hours).limit_denominator(1_000_000)
    periods = block / Fraction(period_hours).limit_denominator(1_000_000)
    return float(block * periods.denominator)
