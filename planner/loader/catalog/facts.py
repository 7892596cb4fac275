"""Books of other money facts: what owning costs (`capex/`), what a vendor's tokens cost (`tokens/`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.loader.catalog.files import csv_files
from planner.loader.catalog.table import LineReader, earliest_day, parse_lines, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    import pandas as pd

    from planner.loader.catalog.table import Line


@dataclass(frozen=True)
class CapexFact:
    """One figure of owning; `value` is None where no citable figure was found, and `note` then says so."""

    item: str
    scope: str
    hardware: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    currency: str
    region: str
    date: date | None
    source: str
    confidence: str
    note: str

    @classmethod
    def parse(cls, line: Line) -> CapexFact:
        """Read one table line; raises `ValueError` for an unreadable cell."""
        cells, reader = line.cells, LineReader()
        value, low, high = (
            reader.number(line, key) if cells[key] else None for key in ("value", "low", "high")
        )
        if value is None and not cells["note"]:
            reader.refuse("a fact without a value needs a note that says why")
        day = reader.read(lambda: earliest_day(cells["date"]), None)
        reader.close()
        return cls(
            item=cells["item"],
            scope=cells["scope"],
            hardware=cells["hardware"],
            value=value,
            low=low,
            high=high,
            unit=cells["unit"],
            currency=cells["currency"],
            region=cells["region"],
            date=day,
            source=cells["source"],
            confidence=cells["confidence"],
            note=cells["note"],
        )


@dataclass(frozen=True)
class TokenPrice:
    """A vendor's prices per million tokens in a daily window `hours_utc` ("HH:MM-HH:MM")."""

    vendor: str
    model: str
    tier: str
    hours_utc: str
    input_hit: float
    input_miss: float
    output: float
    currency: str
    date: date | None
    source: str
    note: str

    @classmethod
    def parse(cls, line: Line) -> TokenPrice:
        """Read one table line; raises `ValueError` for an unreadable cell."""
        cells, reader = line.cells, LineReader()
        hit, miss, output = (reader.number(line, key) for key in ("input_hit", "input_miss", "output"))
        day = reader.read(lambda: earliest_day(cells["date"]), None)
        reader.close()
        return cls(
            vendor=cells["vendor"],
            model=cells["model"],
            tier=cells["tier"],
            hours_utc=cells["hours_utc"],
            input_hit=hit,
            input_miss=miss,
            output=output,
            currency=cells["currency"],
            date=day,
            source=cells["source"],
            note=cells["note"],
        )


@dataclass(frozen=True)
class FactBook:
    """A named book of facts of one kind, with the file's comment block as `about`."""

    name: str
    about: str
    facts: tuple[CapexFact | TokenPrice, ...]

    def frame(self) -> pd.DataFrame:
        """One row a fact, one column a field."""
        import pandas as pd

        return pd.DataFrame([vars(fact) for fact in self.facts])


_PARSERS: Mapping[str, Callable[[Line], CapexFact | TokenPrice]] = {
    "capex": CapexFact.parse,
    "tokens": TokenPrice.parse,
}


def fact_books() -> tuple[str, ...]:
    """Names of the catalog's books of facts, sorted."""
    return tuple(sorted(_kinds()))


def fact_book(name: str) -> FactBook:
    """Return the catalog's book of facts `name`; raises `InstanceError` where there is none."""
    kinds = _kinds()
    if name not in kinds:
        raise InstanceError([Fault(f"no book of facts {name!r}; there are {', '.join(fact_books())}")])
    table = read_table(csv_files(kinds[name])[name])
    return FactBook(name, table.comment, parse_lines(table, _PARSERS[kinds[name]]))


def _kinds() -> dict[str, str]:
    """Kind of fact by the name of the book."""
    return {name: kind for kind in _PARSERS for name in csv_files(kind)}
