"""Token vendors: an API that takes overflow at a price per million tokens, whole requests at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from planner.instance.base import Name, NonNegative, Positive, Share, Strict, Text
from planner.instance.workload import TokenPrices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.timeline import Timeline

HourOfDay = Annotated[float, Field(strict=True, ge=0, le=24)]


class OffPeak(Strict):
    """Other prices in a daily window, by the local clock of the horizon's start; it may run past midnight."""

    from_hour: HourOfDay
    to_hour: HourOfDay
    price_usd_per_million_tokens: TokenPrices

    def covers(self, clock: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether hours of the day, shape [period], lie in the window."""
        if self.from_hour <= self.to_hour:
            return np.asarray((clock >= self.from_hour) & (clock < self.to_hour))
        return np.asarray((clock >= self.from_hour) | (clock < self.to_hour))


class Tier(Strict):
    """A discount on what is spent in a day beyond an amount, at the prices before discounts."""

    above_usd_per_day: NonNegative
    discount_share: Share


class Vendor(Strict):
    """A seller of tokens."""

    price_usd_per_million_tokens: TokenPrices
    workloads: tuple[Name, ...] | None = None
    """Workloads it may take; absent: every workload in tokens."""
    off_peak: OffPeak | None = None
    """Prices of a daily window."""
    tiers: tuple[Tier, ...] = ()
    """Daily discounts, each on the spending from its amount to the next one's."""
    max_tokens_per_s: Positive | None = None
    """Rate limit, prompt and generated tokens together; absent: none."""
    source: Text | None = None
    """Where the prices come from, with their date."""

    @model_validator(mode="after")
    def _tiers_rise(self) -> Self:
        amounts = [tier.above_usd_per_day for tier in self.tiers]
        if amounts != sorted(set(amounts)):
            raise ValueError("tiers must be in rising order of above_usd_per_day")
        return self

    def prices_usd_per_token(self, timeline: Timeline) -> NDArray[np.float64]:
        """Prices of cached prompt, computed prompt and generated tokens, shape [3, period]."""
        prices = np.repeat(_row(self.price_usd_per_million_tokens)[:, None], timeline.periods, axis=1)
        if self.off_peak is not None:
            inside = self.off_peak.covers(timeline.clock)
            prices[:, inside] = _row(self.off_peak.price_usd_per_million_tokens)[:, None]
        return prices * 1e-6


def _row(prices: TokenPrices) -> NDArray[np.float64]:
    return np.array([prices.input_hit, prices.input_miss, prices.output])
