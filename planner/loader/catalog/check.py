"""Point at prices that are probably wrong: every rule here was broken by a published price list.

Rules look at a book's lines, and at the dearest ones of the shipped books; a finding is a reason to look, an error one
not to use the line.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from statistics import median
from typing import TYPE_CHECKING

from planner.loader.catalog.price import Price, PriceTerm
from planner.loader.catalog.pricebook import book, books

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from planner.loader.catalog.pricebook import PriceBook

DEAREST_USD_PER_GPU_HOUR = (
    100.0  # placeholders of 700 and 9999 have been seen; the dearest real list price was 54
)
CHEAPEST_USD_PER_GPU_HOUR = 0.005  # consumer cards of 2016 still cost some 0.02
FLOOR_SHARE = 0.1  # some feeds report exactly a tenth of on-demand where no spot market exists
REGION_FACTOR = 2.0  # one vendor's regions lie within a factor of two of each other, with one known exception
MARKET_FACTOR = 4.0  # vendors of one accelerator differ by up to four
FEWEST_PEERS = 3
USUAL_NODE = 8
"""Accelerators of a node, where a price does not say how many are sold together."""


class Severity(StrEnum):
    """How sure the rule is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One doubt about one line of a book."""

    rule: str
    severity: Severity
    line: int
    message: str


def check_book(book: PriceBook, as_of: date, oldest_days: int = 365) -> tuple[Finding, ...]:
    """Return every doubt about `book`, seen from the day `as_of`, in the order of its lines.

    Parameters
    ----------
    as_of
        The day the prices are to be used on.
    oldest_days
        Older prices are reported, as are prices without a date.
    """
    prices = book.prices
    findings = [
        *_duplicates(prices),
        *_sentinels(prices),
        *_above_known(prices),
        *_against_on_demand(prices),
        *_outliers(prices, "outlier_in_vendor", REGION_FACTOR, _vendor),
        *_outliers(prices, "outlier_in_market", MARKET_FACTOR, _market),
        *_ages(prices, as_of, oldest_days),
    ]
    return tuple(sorted(findings, key=lambda finding: (finding.line, finding.rule)))


def _finding(rule: str, severity: Severity, price: Price, message: str) -> Finding:
    return Finding(rule, severity, price.line, f"{price.label}: {message}")


def _duplicates(prices: Iterable[Price]) -> Iterator[Finding]:
    """The same thing on the same day listed twice."""
    seen: dict[tuple[object, ...], int] = {}
    for price in prices:
        key = (price.label, price.date_text)
        if key in seen:
            yield _finding("duplicate", Severity.ERROR, price, f"already on line {seen[key]}")
        seen.setdefault(key, price.line)


def _sentinels(prices: Iterable[Price]) -> Iterator[Finding]:
    """Zero, negative and placeholder prices; the limits above zero are for lines in dollars."""
    for price in prices:
        if price.per_gpu_hour <= 0:
            yield _finding("sentinel", Severity.ERROR, price, f"price {price.price:g} is not positive")
        elif price.currency == "USD" and (message := implausible(price.per_gpu_hour)) is not None:
            yield _finding("sentinel", Severity.ERROR, price, message)


def implausible(usd_per_gpu_hour: float) -> str | None:
    """Why a price is none that anybody asks; None where it may be one."""
    if CHEAPEST_USD_PER_GPU_HOUR <= usd_per_gpu_hour <= DEAREST_USD_PER_GPU_HOUR:
        return None
    return f"{usd_per_gpu_hour:g} USD/GPU-hour looks like a placeholder"


def above_known(
    hardware: str, usd_per_gpu_hour: float, gpus: int, other: str = "unit node_hour"
) -> str | None:
    """Why a price may be of a node, as one above every list price on demand of the shipped books; None otherwise."""
    known = known_prices().get(hardware)
    if known is None or usd_per_gpu_hour <= known[1]:
        return None
    words = f"{usd_per_gpu_hour:.4g} USD/GPU-hour is above all list prices known, {known[0]:.4g} to {known[1]:.4g}"
    size = gpus if gpus > 1 else USUAL_NODE
    return f"{words}: is it of a node of {size}, {usd_per_gpu_hour / size:.4g} a GPU ({other})?"


@cache
def known_prices() -> dict[str, tuple[float, float]]:
    """The cheapest and the dearest price on demand of the shipped books by hardware, USD per GPU-hour."""
    found: dict[str, list[float]] = defaultdict(list)
    for line in (line for name in books() for line in book(name).prices):
        if line.term is PriceTerm.ON_DEMAND and line.currency == "USD" and line.price > 0:
            found[line.hardware].append(line.per_gpu_hour)
    return {hardware: (min(prices), max(prices)) for hardware, prices in found.items()}


def _above_known(prices: Iterable[Price]) -> Iterator[Finding]:
    for price in prices:
        if price.currency == "USD" and price.per_gpu_hour <= DEAREST_USD_PER_GPU_HOUR:
            message = above_known(price.hardware.lower(), price.per_gpu_hour, price.gpus)
            if message is not None:
                yield _finding("above_known", Severity.WARNING, price, message)


def _against_on_demand(prices: Sequence[Price]) -> Iterator[Finding]:
    """Spot and committed prices against the same vendor's on-demand price of the same day and place."""
    on_demand = {_place(price): price for price in prices if price.term is PriceTerm.ON_DEMAND}
    for price in prices:
        reference = on_demand.get(_place(price))
        if reference is None or reference.per_gpu_hour <= 0:
            continue
        share = price.per_gpu_hour / reference.per_gpu_hour
        if price.term is PriceTerm.SPOT:
            yield from _spot(price, share)
        elif price.term.commitment is not None and share >= 1:
            message = f"a commitment at {share:.3g} of on-demand is no discount"
            yield _finding("commitment_above_on_demand", Severity.ERROR, price, message)


def _place(price: Price) -> tuple[object, ...]:
    return (price.provider, price.region, price.hardware, price.gpus, price.currency, price.date_text)


def _spot(price: Price, share: float) -> Iterator[Finding]:
    if share > 1 + 1e-6:
        yield _finding("spot_above_on_demand", Severity.ERROR, price, f"spot is {share:.3g} of on-demand")
    elif abs(share - 1) <= 1e-6:
        yield _finding("spot_equals_on_demand", Severity.WARNING, price, "no spot market behind this line")
    elif abs(share - FLOOR_SHARE) <= 1e-4:
        message = f"spot is exactly {FLOOR_SHARE:g} of on-demand: a floor value, not a market"
        yield _finding("spot_at_floor", Severity.WARNING, price, message)


def _vendor(price: Price) -> tuple[object, ...]:
    return (price.provider, price.hardware, price.term, price.currency)


def _market(price: Price) -> tuple[object, ...]:
    return (price.hardware, price.term, price.currency)


def _outliers(
    prices: Iterable[Price], rule: str, factor: float, group: Callable[[Price], tuple[object, ...]]
) -> Iterator[Finding]:
    """Lines a `factor` away from the median of their group's other lines."""
    groups: dict[tuple[object, ...], list[Price]] = defaultdict(list)
    for price in prices:
        groups[group(price)].append(price)
    for members in groups.values():
        for price in members:
            peers = [peer.per_gpu_hour for peer in members if peer is not price]
            if len(peers) < FEWEST_PEERS or median(peers) <= 0:
                continue
            ratio = price.per_gpu_hour / median(peers)
            if not 1 / factor < ratio < factor:
                message = f"{price.per_gpu_hour:.4g} is {ratio:.2g} of its peers' median {median(peers):.4g}"
                yield _finding(rule, Severity.WARNING, price, message)


def _ages(prices: Iterable[Price], as_of: date, oldest_days: int) -> Iterator[Finding]:
    """Prices too old, in the future, or of unknown age."""
    for price in prices:
        if price.date is None:
            yield _finding("undated", Severity.WARNING, price, "the source gives no date")
            continue
        days = (as_of - price.date).days
        if days > oldest_days:
            yield _finding("old", Severity.WARNING, price, f"{days} days old on {as_of}")
        elif days < 0:
            yield _finding("future", Severity.WARNING, price, f"dated {price.date}, after {as_of}")
