"""Money as it is written -> money of the instance: amounts in other currencies, and prices out of price books.

A key says the currency of its amount (`price_cny_per_node_month`). Amounts in the instance's own `currency` are
taken as they are; all others, US dollars too, are exchanged at the dated rates that the instance gives under
`exchange_rates`, through the US dollar. A channel with `book:` gets the price of that line likewise. All of it
happens once, here; everything after reads money of the instance under keys that say `usd`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault, InstanceError
from planner.instance.channels import KINDS
from planner.instance.money_keys import DOLLARS, is_money, readings
from planner.loader.assumed import assume
from planner.loader.catalog import book, left_out, line_of, read_book
from planner.loader.exchange import Exchange, times
from planner.loader.schema import properties_at, structure
from planner.loader.series import inside
from planner.loader.vendor_prices import prices_of_vendors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from planner.loader.catalog import PriceBook
    from planner.loader.strict_yaml import Document
    from planner.loader.strict_yaml import Path as Keys

_CHOICES = ("provider", "region", "gpus")


def to_own_currency(document: Document, folder: Path | None = None) -> list[Fault]:
    """Exchange the amounts of a document in place; returns what could not be exchanged.

    `folder` is that of the instance file, for books of one's own.
    """
    exchange = Exchange.of(document.data)
    return [
        *_wrong_rates(document),
        *_convert(document, document.data, (), exchange),
        *_prices_of_books(document, exchange, folder),
        *prices_of_vendors(document, exchange),
    ]


def same_money(key: str, there: dict[str, Any]) -> list[str]:
    """Keys of a record that say the same as a key, in other currencies."""
    meant = {dollars for _, dollars in readings(key)} & _money_keys()
    return [
        other
        for other in there
        if isinstance(other, str) and other != key and meant & {dollars for _, dollars in readings(other)}
    ]


@cache
def _money_keys() -> frozenset[str]:
    """Every key of money that the format has anywhere."""
    schema = structure()
    records = [schema, *schema["$defs"].values()]
    return frozenset(key for record in records for key in record.get("properties", {}) if is_money(key))


def _wrong_rates(document: Document) -> list[Fault]:
    rates = document.data.get("exchange_rates")
    given = rates.get(DOLLARS) if isinstance(rates, dict) else None
    if not isinstance(given, dict) or given.get("per_usd") == 1:
        return []
    return [document.fault(("exchange_rates", DOLLARS), "one US dollar is one US dollar: leave this out")]


def _convert(document: Document, here: Any, path: Keys, exchange: Exchange) -> list[Fault]:
    """Exchange every amount at or below a place, under the key of the format."""
    if isinstance(here, list):
        return [
            fault
            for index, item in enumerate(here)
            for fault in _convert(document, item, (*path, index), exchange)
        ]
    if not isinstance(here, dict):
        return []
    faults = []
    for key in list(here):
        meant = _meant(key, path) if isinstance(key, str) else None
        if meant is not None:
            faults += _convert_key(document, here, (*path, key), meant, exchange)
        else:
            faults += _convert(document, here[key], (*path, key), exchange)
    return faults


def _meant(key: str, path: Keys) -> tuple[str, str] | None:
    """The currency of a key and the key of the format that it means; None for what is no money."""
    for code, dollars in readings(key):
        if dollars in _money_keys() and dollars in properties_at(path):
            return code, dollars
    return None


def _convert_key(
    document: Document, here: dict[str, Any], path: Keys, meant: tuple[str, str], exchange: Exchange
) -> list[Fault]:
    code, dollars = meant
    key = str(path[-1])
    worth = exchange.worth(code)
    if worth is None:
        return [document.fault(path, exchange.lacking(code), True)]
    if dollars != key and dollars in here:
        return [document.fault(path, f"says the same as '{dollars}' beside it", True)]
    amount = here.pop(key)
    here[dollars] = times(amount, worth)
    place = (*path[:-1], dollars)
    if dollars != key:
        document.spelled[place] = key
        document.copy_marks(path, place, amount)
    if isinstance(amount, str):
        document.worth[place] = worth
    if worth != 1.0:
        document.amounts |= dict(_leaves(amount, place))
    return []


def _leaves(amount: Any, path: Keys) -> Iterator[tuple[Keys, float]]:
    """Every number in an amount, with its place."""
    if isinstance(amount, list | dict):
        for step, inner in amount.items() if isinstance(amount, dict) else enumerate(amount):
            yield from _leaves(inner, (*path, step))
    elif isinstance(amount, int | float) and not isinstance(amount, bool):
        yield path, amount


def _prices_of_books(document: Document, exchange: Exchange, folder: Path | None) -> list[Fault]:
    """Put the price into every channel that names a line of a book."""
    fleet, faults = document.data.get("fleet"), []
    for hardware, channels in fleet.items() if isinstance(fleet, dict) else ():
        for name, channel in channels.items() if isinstance(channels, dict) else ():
            if isinstance(channel, dict) and isinstance(channel.get("book"), dict):
                path: Keys = ("fleet", hardware, name, "book")
                if "price_usd_per_gpu_hour" in channel or "price_usd_per_node_hour" in channel:
                    continue  # resolved before, or the validation reports that there are two prices
                try:
                    assume(document.data, _put_price(channel, str(hardware), exchange, folder))
                except InstanceError as error:
                    faults += [document.fault(path, fault.message) for fault in error.faults]
    return faults


def _put_price(channel: dict[str, Any], hardware: str, exchange: Exchange, folder: Path | None) -> list[str]:
    """Put the price of a book's line into a channel; returns which lines had none and were passed over."""
    wanted, kind = channel["book"], channel.get("kind")
    known = KINDS.get(kind) if isinstance(kind, str) else None
    term = wanted.get("term") or (None if known is None else known.traits.book_term)
    if term is None:
        raise InstanceError([Fault(f"a channel of kind '{kind}' must say which term of the book it means")])
    choices = {key: wanted[key] for key in _CHOICES if wanted.get(key) is not None}
    lines = _book(wanted, folder)
    found = line_of(lines, hardware, str(term), **choices)
    worth = exchange.worth(found.currency)
    if worth is None:
        raise InstanceError([Fault(f"{found.label} {exchange.lacking(found.currency)}")])
    channel["price_usd_per_gpu_hour"] = found.per_gpu_hour * worth
    promised = found.term.commitment
    if promised is not None and promised.upfront_share and known and "upfront_share" in known.model_fields:
        channel.setdefault("term_years", promised.years)
        channel.setdefault("upfront_share", promised.upfront_share)
    day = "undated" if found.date is None else found.date.isoformat()
    name = wanted.get("name") or wanted.get("file")
    channel.setdefault("source", f"price book {name}: {found.provider} {found.region}, {day}; {found.source}")
    return left_out(lines, hardware, str(term), **choices)


def _book(wanted: dict[str, Any], folder: Path | None) -> PriceBook:
    """A book of the catalog by name, or one of the user's own beside the instance."""
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
