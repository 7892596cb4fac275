"""Files of prices that others publish -> lines of a price book, by the columns that a file has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from planner.core.errors import Fault, InstanceError
from planner.loader.catalog import capacity_blocks, gpuhunt, savings_plans, skypilot
from planner.loader.catalog.check import Severity, check_book
from planner.loader.catalog.imported import Imported
from planner.loader.catalog.pricebook import COLUMNS, PriceBook, is_book, read_book
from planner.loader.catalog.table import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from pathlib import Path

    from planner.loader.catalog.price import Price

MOST_DOUBTS = 20


class PriceFormat(NamedTuple):
    """A format of price files published elsewhere: the name that people know it by, the columns it needs, what reads
    it, and whether its lines name the cloud that they are of."""

    title: str
    needed: tuple[str, ...]
    read: Callable[[Path, str, date, str], Imported]
    names_cloud: bool = False


FORMATS = (
    PriceFormat("SkyPilot catalog, schema v8", skypilot.NEEDED, skypilot.import_skypilot),
    PriceFormat("gpuhunt export", gpuhunt.NEEDED, gpuhunt.import_gpuhunt, names_cloud=True),
    PriceFormat(
        "AWS Capacity Block offerings", capacity_blocks.NEEDED, capacity_blocks.import_capacity_blocks
    ),
)


LIST_OF_PRICES = "list of prices"


def import_prices(path: Path, provider: str, seen: date | None, source: str) -> tuple[str, Imported]:
    """Title of the format of a file, and the prices in it.

    Raises InstanceError for a file of no known format, and without provider, day or source, which price books state;
    lists of prices, in the columns of price books, state them in every line.
    """
    if is_book(path):
        _refuse_idle(provider, seen, source)
        return LIST_OF_PRICES, Imported(read_book(path).prices, ())
    if seen is None or not source.strip():
        lacking = {"--seen": seen is None, "--source": not source.strip()}
        said = "is lacking: price books state it, and the file does not"
        raise InstanceError([Fault(said, option) for option, lacks in lacking.items() if lacks])
    if savings_plans.recognises(path):
        _refuse_nameless(provider)
        return savings_plans.TITLE, savings_plans.import_savings_plans(path, provider, seen, source)
    columns = read_table(path).columns  # what is wrong with its lines is told by who reads them
    for one in FORMATS:
        if set(one.needed) <= set(columns):
            if not one.names_cloud:
                _refuse_nameless(provider)
            return one.title, one.read(path, provider, seen, source)
    known = f"{LIST_OF_PRICES} ({', '.join(COLUMNS)}); "
    known += "; ".join(f"{one.title} ({', '.join(one.needed)})" for one in FORMATS)
    known += f"; {savings_plans.TITLE} (as AWS writes it, its lines of metadata first)"
    raise InstanceError([Fault(f"is of no known format of prices: {known}", file=str(path), line=1)])


def _refuse_idle(provider: str, seen: date | None, source: str) -> None:
    """Refuse options that say what every line of a list of prices says."""
    given = {"--provider": provider, "--seen": seen, "--source": source}
    words = "changes nothing: every line says it itself, so leave it out"
    faults = [Fault(words, option) for option, value in given.items() if value]
    if faults:
        raise InstanceError(faults)


def _refuse_nameless(provider: str) -> None:
    """Refuse a file that does not name its cloud where nobody else does."""
    if not provider.strip():
        raise InstanceError([Fault("is empty: price books state it, and the file does not", "--provider")])


def doubts(prices: Iterable[Price], seen: date) -> list[str]:
    """What the check of price books finds in imported prices, errors first, at most `MOST_DOUBTS` of them in full."""
    found = check_book(PriceBook("imported", "", tuple(prices)), seen)
    ordered = sorted(found, key=lambda finding: finding.severity is not Severity.ERROR)
    words = [finding.message for finding in ordered]
    more = len(words) - MOST_DOUBTS
    return words[:MOST_DOUBTS] + ([f"and {more} more: planner catalog check lists them"] if more > 0 else [])
