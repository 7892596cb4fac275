"""The quote sheet: prices and limits of every channel to send out, and to read back as overrides, XLSX or CSV.

A buyer fills in the column `quoted`; what stays empty is not changed. Where `source` is filled in too, it
becomes the source of that channel. Lists of prices are read too: what vendors offer, with the columns of price books.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, NamedTuple

from planner.core.csv_table import finite_number, read_csv_table
from planner.core.errors import Fault, InstanceError
from planner.core.workbook_rows import workbook_rows
from planner.instance.base import Strict
from planner.instance.money_keys import key_in
from planner.loader.catalog.pricebook import COLUMNS, is_book
from planner.view.exports.quoted_prices import prices_as_overrides
from planner.view.exports.workbook.book import new_workbook
from planner.view.exports.workbook.sheet import DECIMAL, Sheet, SheetColumn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from planner.instance import Instance

SHEET = "Quotes"
HEADINGS = ("figure", "now", "quoted", "source")
_NO_QUOTES = (
    f"not a quote sheet: its first row is neither {', '.join(HEADINGS)}, as planner export --quotes writes it, nor "
    f"{', '.join(COLUMNS)}, as price books have it"
)
MARKS = ("usd", "nodes", "share", "term", "life", "capital")


class QuotedFigure(NamedTuple):
    """A figure that can be quoted: its path in the instance and its value now (None: not given)."""

    path: str
    value: float | None


def quotes_of(instance: Instance) -> list[QuotedFigure]:
    """Every price, limit and term of every channel, vendor and commitment."""
    records: dict[str, Strict] = {
        f"fleet.{hardware}.{name}": channel
        for hardware, channels in instance.fleet.items()
        for name, channel in channels.items()
    }
    records |= {f"vendors.{name}": vendor for name, vendor in instance.vendors.items()}
    records |= {f"spend_commitments.{name}": one for name, one in instance.spend_commitments.items()}
    return [quote for path, record in records.items() for quote in _quotes(path, record, instance.currency)]


def _quotes(path: str, record: Strict, currency: str) -> Iterator[QuotedFigure]:
    for name in type(record).model_fields:
        value, place = getattr(record, name), f"{path}.{key_in(name, currency)}"
        if any(mark in name for mark in MARKS):
            if isinstance(value, Strict):
                yield from (QuotedFigure(f"{place}.{key}", float(entry)) for key, entry in value)
            elif value is None or isinstance(value, (int, float)):
                yield QuotedFigure(place, value)


def quote_sheet(instance: Instance) -> bytes:
    """The sheet to send out, as an xlsx file."""
    stream = io.BytesIO()
    with new_workbook(stream) as workbook:
        sheet = Sheet(workbook, SHEET)
        columns = (
            SheetColumn(HEADINGS[0], width=56),
            SheetColumn(HEADINGS[1], DECIMAL, 16),
            SheetColumn(HEADINGS[2], DECIMAL, 16),
            SheetColumn(HEADINGS[3], width=60),
        )
        sheet.table(columns, [(quote.path, quote.value, None, None) for quote in quotes_of(instance)])
    return stream.getvalue()


def quote_csv(instance: Instance) -> bytes:
    """The sheet to send out, as a CSV file with the same columns."""
    rows = [
        (quote.path, "" if quote.value is None else f"{quote.value!r}", "", "")
        for quote in quotes_of(instance)
    ]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADINGS, *rows])
    return text.getvalue().encode()


def read_quotes(file: Path, instance: Instance) -> dict[str, Any]:
    """Overrides by path out of an edited sheet, or out of a list of prices as price books have them.

    Raises InstanceError with every fault of the file.
    """
    if is_book(file):
        return prices_as_overrides(file, instance)
    known = {quote.path: quote.value for quote in quotes_of(instance)}
    overrides: dict[str, Any] = {}
    faults: list[Fault] = []
    lines: dict[str, int] = {}
    for line, (path, quoted, source) in _rows(file):
        if quoted is None:
            continue
        if lines.setdefault(path, line) != line:
            faults.append(Fault(f"is quoted in line {lines[path]} already", path, str(file), line))
        elif path not in known:
            faults.append(Fault(f"the instance has no figure '{path}' to quote", file=str(file), line=line))
        elif isinstance(quoted, bool) or not isinstance(quoted, (int, float)):
            text = f"'{quoted}' is not a number" + (": give the value, not a formula" * _is_formula(quoted))
            faults.append(Fault(text, path, str(file), line))
        else:
            whole = path.endswith("_nodes") and float(quoted).is_integer()
            overrides[path] = int(quoted) if whole else float(quoted)
            if source and not path.startswith("vendors."):
                overrides[f"{path.rpartition('.')[0]}.source"] = str(source)
    if faults:
        raise InstanceError(faults)
    return overrides


def _rows(file: Path) -> Iterator[tuple[int, tuple[str, Any, Any]]]:
    """Line number, and path, quoted value and source of every row of the sheet."""
    return _csv_rows(file) if file.suffix.lower() == ".csv" else _workbook_rows(file)


def _csv_rows(file: Path) -> Iterator[tuple[int, tuple[str, Any, Any]]]:
    table = read_csv_table(file)
    if table.header != HEADINGS:
        raise InstanceError([Fault(_NO_QUOTES, file=str(file), line=1)])
    for row in table.rows:
        path, _, quoted, source = row.cells
        number = finite_number(quoted)
        if path:
            yield row.line, (path, (quoted or None) if number is None else number, source or None)


def _workbook_rows(file: Path) -> Iterator[tuple[int, tuple[str, Any, Any]]]:
    rows = workbook_rows(file, "a quote sheet", SHEET, len(HEADINGS), computed=False)
    if not rows or rows[0][1] != HEADINGS:
        raise InstanceError([Fault(_NO_QUOTES, file=str(file))])
    yield from ((line, (str(row[0]), row[2], row[3])) for line, row in rows[1:] if row[0] is not None)


def _is_formula(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("=")
