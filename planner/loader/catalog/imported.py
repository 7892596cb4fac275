"""What an import of prices found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.loader.catalog.price import Price, PriceTerm, PriceUnit

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True)
class Imported:
    """One price per region, hardware, size and term, and what was left out, in words."""

    prices: tuple[Price, ...]
    left_out: tuple[str, ...]


def dollar_price(
    offer: tuple[str, str, str, int, PriceTerm], price: float, note: str, seen: date, source: str
) -> Price:
    """A line of a price book, of what an instance of some GPUs costs in USD per hour.

    `offer`: provider, region, hardware, GPUs and term.
    """
    provider, region, hardware, gpus, term = offer
    return Price(
        provider=provider,
        region=region,
        hardware=hardware,
        gpus=gpus,
        term=term,
        price=round(price / gpus, 6),
        currency="USD",
        unit=PriceUnit.GPU_HOUR,
        date=seen,
        date_text=seen.isoformat(),
        source=source,
        note=note,
        line=0,
    )
