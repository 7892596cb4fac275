"""Prices per million tokens, of one's own service or of a vendor, with a cheaper window of the day.

A price outside of what was ever asked is taken for a price in another unit and must be acknowledged
(`unusual_price: true`); the bounds and their sources are below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from planner.core.units import PER_MILLION
from planner.instance.base import NonNegative, Strict
from planner.instance.day_hours import refuse_empty_window, share_in_window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.timeline import Timeline

CHEAPEST_KNOWN_USD = 0.0025
"""Cached input of gpt-5-nano in batches (OpenAI's price page, July 2026); DeepSeek's v4-flash asks 0.0028 for it."""
DEAREST_KNOWN_USD = 600.0
"""Output of o1-pro, whose input is 150 (OpenAI's price page, March 2025)."""
LEAST_USD_PER_MILLION = 0.001
DEAREST_USD_PER_MILLION = 1_500.0
"""Between them lie all known prices; none of them does when it is a million times too small (a price per token where
one per million belongs: 0.0006 at most) or too large (2,500 at least)."""
MOST_UNITS_PER_USD = 100_000.0  # of any currency, where its rate is not given

HourOfDay = Annotated[float, Field(strict=True, ge=0, le=24)]
KINDS = ("input_hit", "input_miss", "output")


class TokenPrices(Strict):
    """What customers pay per million tokens."""

    input_hit: NonNegative
    """Prompt tokens found in the cache."""
    input_miss: NonNegative
    """Prompt tokens that had to be computed."""
    output: NonNegative
    """Generated tokens."""


class OffPeak(Strict):
    """Other prices in a daily window, by the clock of the horizon; it may run past midnight."""

    from_hour: HourOfDay
    to_hour: HourOfDay
    price_usd_per_million_tokens: TokenPrices

    @model_validator(mode="after")
    def _window_has_hours(self) -> Self:
        refuse_empty_window(self.from_hour, self.to_hour)
        return self


def unusual(prices: TokenPrices, units_per_usd: tuple[float, float]) -> list[str]:
    """Kinds of tokens whose price lies outside what was ever asked, above zero.

    `units_per_usd` is the least and the most that a dollar may be of the prices' currency.
    """
    low, high = LEAST_USD_PER_MILLION * units_per_usd[0], DEAREST_USD_PER_MILLION * units_per_usd[1]
    return [kind for kind in KINDS if getattr(prices, kind) > 0 and not low <= getattr(prices, kind) <= high]


def usd_per_token(prices: TokenPrices, off_peak: OffPeak | None, timeline: Timeline) -> NDArray[np.float64]:
    """Prices of cached prompt, computed prompt and generated tokens, shape [3, period].

    A period that lies partly in the window has the mean of both prices, by the hours in each.
    """
    table = np.repeat(_row(prices)[:, None], timeline.periods, axis=1)
    if off_peak is not None:
        share = share_in_window(timeline, off_peak.from_hour, off_peak.to_hour)
        inside = _row(off_peak.price_usd_per_million_tokens)[:, None]
        table = table * (1.0 - share) + inside * share
    return table * PER_MILLION


def _row(prices: TokenPrices) -> NDArray[np.float64]:
    return np.array([prices.input_hit, prices.input_miss, prices.output])
