"""The time axis: equal periods from a start, standing for a share of a year."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, Field

from planner.instance.base import Positive, PositiveCount, Strict


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

    @property
    def hours(self) -> float:
        """Length of the whole horizon in hours."""
        return self.period_hours * self.periods

    def moment(self, period: int) -> datetime:
        """Start of a period."""
        return self.start + timedelta(hours=self.period_hours * period)

    def labels(self) -> list[str]:
        """Start of every period as ISO 8601 text, to the minute."""
        return [self.moment(period).isoformat(timespec="minutes") for period in range(self.periods)]
