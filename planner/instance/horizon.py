"""The time axis: equal periods from a start, which represent a share of a year."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, Field, field_validator, model_validator

from planner.instance.base import Positive, PositiveCount, Strict

FIRST_YEAR, LAST_YEAR = 1900, 2999
SHORTEST_PERIOD_HOURS = 1 / 60
_SAMPLE = "write a date and time with its offset from UTC, such as 2026-01-31T00:00+00:00"
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(?P<offset>[Zz]|[+-]\d\d(:?\d\d)?)?", re.ASCII
)


class Horizon(Strict):
    """Periods of equal length; the plan decides once for each of them."""

    start: AwareDatetime
    """First moment of the first period, with its offset from UTC."""
    period_hours: Positive = 1.0
    """Length of a period in hours."""
    periods: Annotated[PositiveCount, Field(le=100_000)]
    """Number of periods."""
    repeats_per_year: Positive | None = None
    """How often a year holds this horizon; used to state yearly figures."""

    @field_validator("start", mode="before")
    @classmethod
    def _read_start(cls, value: Any) -> Any:
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

    @property
    def hours(self) -> float:
        """Length of the whole horizon in hours."""
        return self.period_hours * self.periods

    def moment(self, period: int) -> datetime:
        """Start of a period."""
        return self.start + timedelta(hours=self.period_hours * period)

    def moment_at(self, hours: float) -> str:
        """The moment so many hours after the start, as ISO 8601 text to the minute."""
        return (self.start + timedelta(hours=hours)).isoformat(timespec="minutes")

    def labels(self) -> list[str]:
        """Start of every period as ISO 8601 text, to the minute."""
        return [self.moment(period).isoformat(timespec="minutes") for period in range(self.periods)]
