"""Exchange rates, each with its day: amounts in other currencies are converted once, where a file is read."""

from __future__ import annotations

from datetime import date as calendar_day
from typing import Annotated

from pydantic import Field, field_validator

from planner.instance.base import Positive, Strict, Text

CurrencyCode = Annotated[str, Field(strict=True, pattern=r"^[A-Z]{3}$")]


class ExchangeRate(Strict):
    """What a US dollar bought of a currency."""

    per_usd: Positive
    """Units of the currency for one US dollar."""
    date: Annotated[str, Field(strict=True, pattern=r"^\d{4}-\d{2}-\d{2}$")]
    """Day of the rate."""
    source: Text | None = None
    """Where the rate comes from."""

    @field_validator("date")
    @classmethod
    def _a_day_that_there_is(cls, day: str) -> str:
        try:
            calendar_day.fromisoformat(day)
        except ValueError:
            raise ValueError(f"{day!r} is no day of the calendar: write one such as 2025-02-28") from None
        return day
