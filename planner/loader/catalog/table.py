"""Read a CSV table that opens with `#` comments, every fault reported by file and line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from planner.core.csv_table import finite_number, read_csv_table
from planner.core.errors import Fault, InstanceError, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Record = TypeVar("Record")


@dataclass(frozen=True)
class Line:
    """One data line of a table: its number in the file and its cells by column, stripped."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class CatalogTable:
    """A read table: the comment block's text, the columns in file order, the data lines."""

    file: str
    comment: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]


def read_table(path: Path) -> CatalogTable:
    """Read `path`; lines that begin with `#` are the comment block.

    Raises
    ------
    InstanceError
        The file cannot be read, has no header or a name twice in it, or lines with a wrong number of cells.
    """
    table = read_csv_table(path)
    lines = (Line(row.line, dict(zip(table.header, row.cells, strict=True))) for row in table.rows)
    return CatalogTable(table.file, table.comment, table.header, tuple(lines))


def parse_lines(table: CatalogTable, parse: Callable[[Line], Record]) -> tuple[Record, ...]:
    """Apply `parse` to every line; a `ValueError` or `KeyError` of a line becomes a fault at that line.

    Raises
    ------
    InstanceError
        With every faulty line of the table.
    """
    records: list[Record] = []
    faults: list[Fault] = []
    for line in table.lines:
        try:
            records.append(parse(line))
        except KeyError as error:
            message = f"the table lacks the column {error}"
            raise InstanceError([Fault(message, file=table.file, line=line.number)]) from None
        except ValueError as error:
            faults.append(Fault(str(error), file=table.file, line=line.number))
    if faults:
        raise InstanceError(faults)
    return tuple(records)


def number(line: Line, column: str) -> float:
    """Return the finite number in `column`; raises `ValueError` naming the column otherwise."""
    value = finite_number(line.cells[column])
    if value is None:
        raise ValueError(f"{column}: '{shortened(line.cells[column])}' is not a number")
    return value


def whole_number(line: Line, column: str) -> int:
    """Return the positive integer in `column`; raises `ValueError` otherwise."""
    value = number(line, column)
    if value != int(value) or value < 1:
        raise ValueError(f"{column}: {line.cells[column]!r} is not a positive integer")
    return int(value)


def earliest_day(text: str) -> date | None:
    """First day that an ISO date of day, month or year precision can mean; None for an empty cell.

    Raises `ValueError` for anything else.
    """
    if not text:
        return None
    parts = text.split("-")
    padded = "-".join([*parts, *["01"] * (3 - len(parts))])
    try:
        return date.fromisoformat(padded)
    except ValueError:
        raise ValueError(f"date: {text!r} is not YYYY, YYYY-MM or YYYY-MM-DD") from None
