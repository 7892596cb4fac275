"""Money as it is written -> US dollars: amounts in other currencies, and prices out of price books.

A key that says `cny` where the format says `usd` (`price_cny_per_node_month`) is converted at the dated rate
that the instance gives under `exchange_rates`. A channel with `book:` gets the price of that line, converted
likewise. Both happen once, here; everything after reads US dollars.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from planner.catalog import book, quote, read_book
from planner.errors import Fault, InstanceError
from planner.loader.schema import properties_at
from planner.loader.series import inside
from planner.loader.vendor_prices import prices_of_vendors

if TYPE_CHECKING:
    from pathlib import Path

    from planner.catalog import PriceBook
    from planner.loader.strict_yaml import Document
    from planner.loader.strict_yaml import Path as Keys

_CURRENCY = re.compile(r"(?:^|_)(cny|eur|gbp|jpy|krw|inr)(?:_|$)")
_TERM_OF_KIND = ("on_demand", "spot", "capacity_block")
_CHOICES = ("provider", "region", "gpus")


def to_us_dollars(document: Document, folder: Path | None = None) -> list[Fault]:
    """Convert a document in place; returns what could not be converted.

    `folder` is that of the instance file, for books of one's own.
    """
    rates = _rates(document.data.get("exchange_rates"))
    units = {code.upper(): rate for code, rate in rates.items()}
    return [
        *_convert(document, document.data, (), rates),
        *_prices_of_books(document, units, folder),
        *prices_of_vendors(document, units),
    ]


def _rates(given: Any) -> dict[str, float]:
    """Units per US dollar by lower-case currency, of those entries that can be read."""
    if not isinstance(given, dict):
        return {}
    found = {str(code).lower(): rate.get("per_usd") for code, rate in given.items() if isinstance(rate, dict)}
    return {code: float(rate) for code, rate in found.items() if isinstance(rate, int | float) and rate > 0}


def _convert(document: Document, here: Any, path: Keys, rates: dict[str, float]) -> list[Fault]:
    """Rename and divide every amount at or below a place."""
    if isinstance(here, list):
        return [
            fault
            for index, item in enumerate(here)
            for fault in _convert(document, item, (*path, index), rates)
        ]
    if not isinstance(here, dict):
        return []
    faults = []
    for key in list(here):
        match = _CURRENCY.search(key) if isinstance(key, str) else None
        dollars = key[: match.start(1)] + "usd" + key[match.end(1) :] if match else key
        if match and dollars in properties_at(path):
            faults += _convert_key(document, here, (*path, key), dollars, rates.get(match.group(1)))
        else:
            faults += _convert(document, here[key], (*path, key), rates)
    return faults


def _convert_key(
    document: Document, here: dict[str, Any], path: Keys, dollars: str, rate: float | None
) -> list[Fault]:
    currency = str(_CURRENCY.search(str(path[-1])).group(1)).upper()  # type: ignore[union-attr]
    if rate is None:
        return [
            document.fault(
                path, f"is in {currency}: give exchange_rates.{currency} with per_usd and date", True
            )
        ]
    if dollars in here:
        return [document.fault(path, f"says the same as '{dollars}' beside it", True)]
    here[dollars] = _divided(here.pop(str(path[-1])), rate)
    _move_marks(document, path, (*path[:-1], dollars))
    return []


def _divided(amount: Any, rate: float) -> Any:
    """An amount, or all amounts in a list or mapping; what is no amount is left to the validation."""
    if isinstance(amount, bool):
        return amount
    if isinstance(amount, int | float):
        return amount / rate
    if isinstance(amount, list):
        return [_divided(item, rate) for item in amount]
    if isinstance(amount, dict):
        return {key: _divided(item, rate) for key, item in amount.items()}
    return amount


def _move_marks(document: Document, old: Keys, new: Keys) -> None:
    """Let faults of the renamed key point to the line it was written on."""
    for table in (document.values, document.keys):
        for path in [path for path in table if path[: len(old)] == old]:
            table[(*new, *path[len(old) :])] = table[path]


def _prices_of_books(document: Document, units: dict[str, float], folder: Path | None) -> list[Fault]:
    """Put the price into every channel that names a line of a book."""
    fleet, faults = document.data.get("fleet"), []
    for hardware, channels in fleet.items() if isinstance(fleet, dict) else ():
        for name, channel in channels.items() if isinstance(channels, dict) else ():
            if isinstance(channel, dict) and isinstance(channel.get("book"), dict):
                path: Keys = ("fleet", hardware, name, "book")
                if "price_usd_per_gpu_hour" in channel or "price_usd_per_node_hour" in channel:
                    continue  # resolved before, or the validation tells that there are two prices
                try:
                    _put_price(channel, str(hardware), units, folder)
                except InstanceError as error:
                    faults += [document.fault(path, fault.message) for fault in error.faults]
    return faults


def _put_price(channel: dict[str, Any], hardware: str, units: dict[str, float], folder: Path | None) -> None:
    wanted, kind = channel["book"], channel.get("kind")
    term = wanted.get("term") or (kind if kind in _TERM_OF_KIND else None)
    if term is None:
        raise InstanceError([Fault(f"a channel of kind '{kind}' must say which term of the book it means")])
    choices = {key: wanted[key] for key in _CHOICES if wanted.get(key) is not None}
    found = quote(_book(wanted, folder), hardware, str(term), units_per_usd=units, **choices)
    channel["price_usd_per_gpu_hour"] = found.price_usd_per_gpu_hour
    day = "undated" if found.date is None else found.date.isoformat()
    name = wanted.get("name") or wanted.get("file")
    channel.setdefault("source", f"price book {name}: {found.provider} {found.region}, {day}; {found.source}")


def _book(wanted: dict[str, Any], folder: Path | None) -> PriceBook:
    """A shipped book by name, or one of the user's own beside the instance."""
    if wanted.get("file") is None:
        return book(str(wanted.get("name")))
    if folder is None:
        raise InstanceError(
            [Fault("a text without a folder cannot name files; give base= or a shipped book")]
        )
    try:
        return read_book(inside(folder, str(wanted["file"])))
    except ValueError as error:
        raise InstanceError([Fault(str(error))]) from None
