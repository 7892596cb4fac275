"""Read a CSV table that opens with `#` comments, telling every fault by file and line."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from planner.errors import Fault, InstanceError

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
class Table:
    """A read table: the comment block's text, the columns in file order, the data lines."""

    file: str
    comment: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]


def read_table(path: Path) -> Table:
    """Read `path`; leading lines that begin with `#` are the comment block.

    Raises
    ------
    InstanceError
        The file cannot be read, has no header, or has lines with a wrong number of cells.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InstanceError([Fault(f"cannot read the table: {error}", file=str(path))]) from error
    rows = text.splitlines(keepends=True)
    skipped = next((i for i, row in enumerate(rows) if not row.startswith("#")), len(rows))
    comment = "\n".join(row.lstrip("#").strip() for row in rows[:skipped])
    reader = csv.reader(rows[skipped:])
    columns = tuple(cell.strip() for cell in next(reader, []))
    if not columns:
        raise InstanceError([Fault("the table has no header line", file=str(path), line=skipped + 1)])
    lines: list[Line] = []
    faults: list[Fault] = []
    for cells in reader:
        number = skipped + reader.line_num
        if len(cells) == len(columns):
            lines.append(Line(number, dict(zip(columns, map(str.strip, cells), strict=True))))
        elif cells:
            faults.append(Fault(f"{len(cells)} cells, the header has {len(columns)}", "", str(path), number))
    if faults:
        raise InstanceError(faults)
    return Table(str(path), comment, columns, tuple(lines))


def parse_lines(table: Table, parse: Callable[[Line], Record]) -> tuple[Record, ...]:
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
            raise InstanceError([Fault(f"the table lacks the column {error}", file=table.file)]) from error
        except ValueError as error:
            faults.append(Fault(str(error), file=table.file, line=line.number))
    if faults:
        raise InstanceError(faults)
    return tuple(records)


def number(line: Line, column: str) -> float:
    """Return the finite number in `column`; raises `ValueError` naming the column otherwise."""
    cell = line.cells[column]
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"{column}: {cell!r} is not a number") from None
    if not abs(value) < float("inf"):
        raise ValueError(f"{column}: {cell!r} is not a finite number")
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
