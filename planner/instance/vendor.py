"""Token vendors: an API that takes overflow at a price per million tokens, whole requests at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from planner.instance.base import Flag, NonNegative, Positive, Share, Strict, Text
from planner.instance.book_price import BookTokens
from planner.instance.name import Name
from planner.instance.token_prices import OffPeak, TokenPrices, usd_per_token

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.instance.timeline import Timeline


class Tier(Strict):
    """A discount on what is spent in a day beyond an amount, at the prices before discounts.

    A day is one of the calendar, from midnight to midnight on the clock of the horizon; a period counts
    for the day in which it begins. Where the horizon begins or ends within a day, the full amounts apply to what is
    spent in the part of it that lies inside, as if nothing were spent in the rest: they are not scaled. A horizon of
    whole days that repeats (`start_up.before_first_period: cyclic`) ends in the day that it began in.
    """

    above_usd_per_day: NonNegative
    """Spending in a day from which on the discount is given; not scaled where only a part of the day is planned."""
    discount_share: Share


class Vendor(Strict):
    """A seller of tokens."""

    price_usd_per_million_tokens: TokenPrices | None = None
    """List prices."""
    book: BookTokens | None = None
    """Prices and window of a book of tokens, instead of writing them out."""
    workloads: tuple[Name, ...] | None = None
    """Workloads it may take; absent: every workload in tokens."""
    off_peak: OffPeak | None = None
    """Prices of a daily window."""
    tiers: tuple[Tier, ...] = ()
    """Daily discounts, each on the spending from its amount to the next one's; a day that is only in part in the
    horizon has the full amounts."""
    max_tokens_per_s: Positive | None = None
    """Rate limit, prompt and generated tokens together; absent: none."""
    free: Flag = False
    """Whether tokens at a price of zero are meant: they are refused without it."""
    unusual_price: Flag = False
    """Whether prices far outside those of any vendor are meant: they are refused without it."""
    source: Text | None = None
    """Where the prices come from, with their date."""

    @model_validator(mode="after")
    def _has_prices(self) -> Self:
        if self.price_usd_per_million_tokens is None:
            raise ValueError("give price_usd_per_million_tokens, or a book that says them")
        return self

    @model_validator(mode="after")
    def _tiers_rise(self) -> Self:
        amounts = [tier.above_usd_per_day for tier in self.tiers]
        if amounts != sorted(set(amounts)):
            raise ValueError("tiers must be in rising order of above_usd_per_day")
        return self

    def prices_usd_per_token(self, timeline: Timeline) -> NDArray[np.float64]:
        """Prices of cached prompt, computed prompt and generated tokens, shape [3, period]."""
        assert self.price_usd_per_million_tokens is not None  # validated
        return usd_per_token(self.price_usd_per_million_tokens, self.off_peak, timeline)
