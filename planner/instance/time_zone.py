"""Zones of time by their IANA names, and what their clocks show over the periods of a horizon.

    local[t] = hours since the midnight before the start, as the zone's clock counts them
             = clock at the start + hours from the start + (offset from UTC at t - offset at the start)

Days have 23 or 25 hours where clocks change. Rules are those of the IANA database that Python has (zoneinfo, tzdata).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.suggest import did_you_mean
from planner.core.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_PERIOD_HOURS = 168.0
"""Of a horizon with a zone: no zone changes its clocks twice in so long."""


@dataclass(frozen=True)
class LocalTime:
    """What a clock shows, each array of shape [period].

    `shift` is the hours that it has gone forward since the start of the horizon when a period begins; within a period
    it goes forward by `jump` hours more, `jump_after` hours after the period's beginning (0, at the end: not at all).
    """

    shift: NDArray[np.float64]
    jump: NDArray[np.float64]
    jump_after: NDArray[np.float64]


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo:
    """The zone of a name. Raises ValueError where there is none, with what may have been meant."""
    known = available_timezones()
    if name not in known:
        hint = did_you_mean(name, known)
        hint = hint if "mean" in hint else ": write an IANA name, such as Europe/Berlin or UTC"
        raise ValueError(f"'{name}' is no zone of time{hint}")
    return ZoneInfo(name)


def zone_of(name: str, path: str) -> ZoneInfo:
    """As `zone_named`, for an option. Raises InstanceError at `path`."""
    try:
        return zone_named(name)
    except ValueError as error:
        raise InstanceError([Fault(str(error), path)]) from None


def offset_hours(moment: datetime, zone: ZoneInfo) -> float:
    """Hours that a zone's clock is ahead of UTC at a moment."""
    offset = moment.astimezone(zone).utcoffset() or timedelta()
    return offset.total_seconds() / SECONDS_PER_HOUR


@lru_cache(maxsize=32)
def local_time(start: datetime, zone: ZoneInfo, period_hours: float, periods: int) -> LocalTime:
    """What the clock of a zone shows over equal periods from a start."""
    begin = start.astimezone(UTC)
    moments = [begin + timedelta(hours=period_hours * period) for period in range(periods + 1)]
    offsets = np.array([offset_hours(moment, zone) for moment in moments])
    jump = np.diff(offsets)
    after = np.full(periods, period_hours)
    for period in np.flatnonzero(jump).tolist():
        after[period] = _until_change(moments[period], moments[period + 1], zone)
    jump[after >= period_hours] = 0.0
    return LocalTime(offsets[:-1] - offsets[0], jump, after)


def _until_change(begin: datetime, end: datetime, zone: ZoneInfo) -> float:
    """Hours from a moment until the clock changes, to the second, by bisection."""
    before, low, high = offset_hours(begin, zone), 0, round((end - begin).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        same = offset_hours(begin + timedelta(seconds=middle), zone) == before
        low, high = (middle, high) if same else (low, middle)
    return high / SECONDS_PER_HOUR
