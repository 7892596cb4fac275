"""The time axis: equal periods from a start, which represent a share of a year."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BeforeValidator, Field, model_validator

from planner.instance.base import Positive, PositiveCount, Strict
from planner.instance.time_zone import LONGEST_PERIOD_HOURS, LocalTime, local_time, zone_named

FIRST_YEAR, LAST_YEAR = 1900, 2999
SHORTEST_PERIOD_HOURS = 1 / 60
_SAMPLE = "write a date and time with its offset from UTC, such as 2026-01-31T00:00+00:00"
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(?P<offset>[Zz]|[+-]\d\d(:?\d\d)?)?", re.ASCII
)


def _read_moment(value: Any) -> Any:
    """A moment as it is written; numbers and dates alone would be guessed at."""
    if isinstance(value, datetime):
        return value
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"is no date and time: {_SAMPLE}")
    if found["offset"] is None:
        raise ValueError("needs an offset from UTC, such as +08:00: it has no timezone")
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError as error:
        raise ValueError(f"is no date and time ({error}): {_SAMPLE}") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_read_moment)]
"""A date and time with its offset from UTC."""


class Horizon(Strict):
    """Periods of equal length; the plan decides once for each of them."""

    start: Moment
    """First moment of the first period, with its offset from UTC."""
    period_hours: Positive = 1.0
    """Length of a period in hours."""
    periods: Annotated[PositiveCount, Field(le=100_000)]
    """Number of periods."""
    timezone: Annotated[str, Field(strict=True, max_length=64)] | None = None
    """Zone whose clock daily windows and tariffs follow, summer time and days of 23 and 25 hours included: an IANA
    name, such as Europe/Berlin. `start` has its offset. Absent: the clock of the offset of `start`, all the time."""
    repeats_per_year: Positive | None = None
    """How often a year holds this horizon; used to state yearly figures. With stages there are none: the cost is that
    of all their years."""

    @model_validator(mode="after")
    def _within_the_calendar(self) -> Self:
        if self.period_hours < SHORTEST_PERIOD_HOURS:
            raise ValueError(
                f"period_hours {self.period_hours:g} is below {SHORTEST_PERIOD_HOURS:.4f}, a minute"
            )
        end = self.start.year + self.hours / (366 * 24)
        if self.start.year < FIRST_YEAR or end > LAST_YEAR:
            raise ValueError(f"the horizon begins before the year {FIRST_YEAR} or ends after {LAST_YEAR}")
        return self

    @model_validator(mode="after")
    def _in_its_zone(self) -> Self:
        if self.timezone is None:
            return self
        there = self.start.astimezone(zone_named(self.timezone))
        if there.utcoffset() != self.start.utcoffset():
            same_hour = self.start.replace(tzinfo=there.tzinfo).isoformat(timespec="minutes")
            right = there.isoformat(timespec="minutes")
            said = f"start has another offset from UTC than {self.timezone} at that moment"
            raise ValueError(f"{said}: write {right}, or for the same hour there {same_hour}")
        if self.period_hours > LONGEST_PERIOD_HOURS:
            raise ValueError(
                f"a horizon with a timezone has periods of {LONGEST_PERIOD_HOURS:g} hours at most"
            )
        return self

    @property
    def hours(self) -> float:
        """Length of the whole horizon in hours."""
        return self.period_hours * self.periods

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone that the clock follows; None: the offset of `start` holds throughout."""
        return None if self.timezone is None else zone_named(self.timezone)

    def local_time(self) -> LocalTime | None:
        """What the clock shows over the periods, where it follows a zone."""
        zone = self.zone
        return None if zone is None else local_time(self.start, zone, self.period_hours, self.periods)

    def moment(self, period: int) -> datetime:
        """Start of a period, with its offset from UTC."""
        return self._after(self.period_hours * period)

    def moment_at(self, hours: float) -> str:
        """The moment so many hours after the start, as ISO 8601 text to the minute."""
        return self._after(hours).isoformat(timespec="minutes")

    def _after(self, hours: float) -> datetime:
        moment = self.start + timedelta(hours=hours)
        if self.timezone is None:
            return moment
        local = moment.astimezone(self.zone)
        return local.replace(tzinfo=timezone(local.utcoffset() or timedelta()))

    def labels(self) -> list[str]:
        """Start of every period as ISO 8601 text, to the minute."""
        return [self.moment(period).isoformat(timespec="minutes") for period in range(self.periods)]
