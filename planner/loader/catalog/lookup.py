"""Look one price up in a book: exactly one, or an error that lists the choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError, shortened
from planner.loader.catalog.price import PriceTerm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from planner.loader.catalog.price import Price
    from planner.loader.catalog.pricebook import PriceBook

_SHOWN = 12


@dataclass(frozen=True)
class BookQuote:
    """A price with its provenance; `date` is None where the book's source gives none."""

    price_usd_per_gpu_hour: float
    date: date | None
    source: str
    provider: str
    region: str
    note: str


def quote(
    book: PriceBook,
    hardware: str,
    term: str,
    provider: str | None = None,
    region: str | None = None,
    gpus: int | None = None,
    units_per_usd: Mapping[str, float] | None = None,
) -> BookQuote:
    """Return the one price of `hardware` on `term` that the choices leave.

    `gpus` chooses between lines sold in different sizes; `units_per_usd` gives the exchange rates of the
    currencies the book uses, e.g. `{"CNY": 7.25}`.

    Raises
    ------
    InstanceError
        Nothing matches, several lines match (the message lists them), or a currency has no rate. There is
        no default for any of them.
    """
    price = line_of(book, hardware, term, provider, region, gpus)
    return BookQuote(
        price_usd_per_gpu_hour=price.per_gpu_hour / _rate(price, units_per_usd or {}),
        date=price.date,
        source=price.source,
        provider=price.provider,
        region=price.region,
        note=price.note,
    )


def line_of(
    book: PriceBook,
    hardware: str,
    term: str,
    provider: str | None = None,
    region: str | None = None,
    gpus: int | None = None,
) -> Price:
    """The one line of a book that the choices leave, in the currency it is written in; raises as `quote`.

    Lines without a price above zero are passed over: `left_out` lists them.
    """
    if term not in {*PriceTerm}:
        raise InstanceError([Fault(f"no term '{shortened(term)}'; there are {', '.join(PriceTerm)}")])
    choices = {"hardware": hardware, "term": term, "provider": provider, "region": region, "gpus": gpus}
    lines = _matching(book, {key: str(wanted) for key, wanted in choices.items() if wanted is not None})
    if len(lines) > 1:
        raise InstanceError([Fault(_ambiguous(book, lines))])
    return lines[0]


def left_out(book: PriceBook, hardware: str, term: str, **choices: object) -> list[str]:
    """Lines that fit the choices and have no price above zero, in words."""
    wanted = {"hardware": hardware, "term": term, **choices}
    fit = [
        line
        for line in book.prices
        if all(str(getattr(line, key)) == str(one) for key, one in wanted.items())
    ]
    return [
        f"price book {book.name}, line {line.line}: {line.label}: {line.price:g} is no price, the line is left out"
        for line in fit
        if line.price <= 0
    ]


def _matching(book: PriceBook, choices: Mapping[str, str]) -> Sequence[Price]:
    """Return the lines with a price that match, at least one; an error names the choice that no line fits."""
    lines: Sequence[Price] = [line for line in book.prices if line.price > 0]
    for key, wanted in choices.items():
        found = [line for line in lines if str(getattr(line, key)) == wanted]
        if not found:
            there = ", ".join(sorted({str(getattr(line, key)) for line in lines})) or "no lines with a price"
            fit = {**choices}
            dropped = left_out(book, fit.pop("hardware"), fit.pop("term"), **fit)
            message = f"price book {book.name}: no {key} '{shortened(wanted)}' here; there are {there}"
            raise InstanceError([Fault("; ".join([message, *dropped]))])
        lines = found
    return lines


def _ambiguous(book: PriceBook, lines: Sequence[Price]) -> str:
    """Message that lists the lines a user must choose between."""
    shown = [f"{line.label}: {line.per_gpu_hour:.4g} {line.currency}/GPU-hour" for line in lines[:_SHOWN]]
    more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    head = f"price book {book.name}: {len(lines)} prices match, choose a provider, region or number of gpus"
    return "; ".join([head, *shown, *more])


def _rate(price: Price, units_per_usd: Mapping[str, float]) -> float:
    """Units of the price's currency that one US dollar buys."""
    if price.currency == "USD":
        return 1.0
    if price.currency not in units_per_usd:
        message = f"{price.label} is in {price.currency}: give a dated exchange rate for it"
        raise InstanceError([Fault(message)])
    return units_per_usd[price.currency]
