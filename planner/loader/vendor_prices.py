"""Prices of a token vendor out of a book: the standard tier, and the cheaper window by the local clock."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from planner.core.errors import Fault, InstanceError
from planner.core.units import SECONDS_PER_HOUR
from planner.instance.horizon import Horizon
from planner.loader.catalog import TokenPrice, fact_book

if TYPE_CHECKING:
    from planner.loader.exchange import Exchange
    from planner.loader.strict_yaml import Document, Path

_KINDS = ("input_hit", "input_miss", "output")


def prices_of_vendors(document: Document, exchange: Exchange) -> list[Fault]:
    """Put the prices into every vendor that names a book; returns what could not be found or converted."""
    vendors, faults = document.data.get("vendors"), []
    for name, vendor in vendors.items() if isinstance(vendors, dict) else ():
        if not isinstance(vendor, dict) or not isinstance(vendor.get("book"), dict):
            continue
        if "price_usd_per_million_tokens" in vendor:
            continue  # resolved before, or stated beside the book, which is then only its source
        path: Path = ("vendors", name, "book")
        try:
            _put_prices(vendor, exchange, document.data)
        except InstanceError as error:
            faults += [document.fault(path, fault.message) for fault in error.faults]
    return faults


def _put_prices(vendor: dict[str, Any], exchange: Exchange, data: dict[str, Any]) -> None:
    wanted = vendor["book"]
    lines = _lines(str(wanted.get("name")), str(wanted.get("vendor")), str(wanted.get("model")))
    vendor["price_usd_per_million_tokens"] = _in_own(lines["standard"], exchange)
    if "off_peak" in lines:
        offset_hours = _offset_hours(data)
        begin, end = (_hour(text) for text in lines["off_peak"].hours_utc.split("-"))
        vendor["off_peak"] = {
            "from_hour": (begin + offset_hours) % 24,
            "to_hour": (end + offset_hours) % 24,
            "price_usd_per_million_tokens": _in_own(lines["off_peak"], exchange),
        }
    line = lines["standard"]
    day = "undated" if line.date is None else line.date.isoformat()
    vendor.setdefault(
        "source", f"price book {wanted.get('name')}: {line.vendor} {line.model}, {day}; {line.source}"
    )


def _lines(book: str, vendor: str, model: str) -> dict[str, TokenPrice]:
    """Lines of a vendor's model by tier."""
    prices = [fact for fact in fact_book(book).facts if isinstance(fact, TokenPrice)]
    found = {price.tier: price for price in prices if (price.vendor, price.model) == (vendor, model)}
    if "standard" not in found:
        there = ", ".join(sorted({f"{price.vendor} {price.model}" for price in prices}))
        raise InstanceError(
            [Fault(f"book {book} has no prices of {vendor} {model}; there are {there or 'none'}")]
        )
    return found


def _in_own(price: TokenPrice, exchange: Exchange) -> dict[str, float]:
    worth = exchange.worth(price.currency)
    if worth is None:
        raise InstanceError([Fault(f"what {price.vendor} asks {exchange.lacking(price.currency)}")])
    return {kind: getattr(price, kind) * worth for kind in _KINDS}


def _hour(text: str) -> float:
    hours, minutes = text.split(":")
    return int(hours) + int(minutes) / 60


def _offset_hours(data: dict[str, Any]) -> float:
    """Hours that the horizon's clock is ahead of UTC; 0 where its start cannot be read.

    Raises InstanceError where clocks change in the meantime: the window of the book is in UTC.
    """
    horizon = data.get("horizon")
    try:
        local = Horizon.model_validate(horizon).local_time()
    except ValidationError:
        return 0.0
    if local is not None and (local.shift.any() or local.jump.any()):
        clash = "has a cheaper window in UTC, and clocks change within the horizon"
        raise InstanceError([Fault(f"{clash}: leave out horizon.timezone, or state the prices here")])
    try:
        start = datetime.fromisoformat(str(horizon["start"]))  # type: ignore[index]
    except (TypeError, KeyError, ValueError):
        return 0.0
    ahead = start.utcoffset()
    return 0.0 if ahead is None else ahead.total_seconds() / SECONDS_PER_HOUR
