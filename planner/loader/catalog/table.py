"""Read a table that opens with `#` comments, CSV or a workbook, every fault reported by file and line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from planner.core.csv_table import finite_number, read_csv_table
from planner.core.errors import Fault, InstanceError, in_lines, shortened
from planner.core.workbook_rows import is_workbook, workbook_rows
from planner.core.written_days import as_iso, day_order, is_written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

Item = TypeVar("Item")

MOST_COLUMNS = 200
MOST_ACCELERATORS = 100_000
"""Of one offer: more than any instance has."""


@dataclass(frozen=True)
class Line:
    """One data line of a table: its number in the file and its cells by column, stripped."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class CatalogTable:
    """A read table: the comment block's text, the columns in file order, the data lines.

    `readable` are those with a cell for each column, `wrong` the faults of the others: `parse_lines` raises them with
    those of the cells.
    """

    file: str
    comment: str
    columns: tuple[str, ...]
    header_line: int
    readable: tuple[Line, ...]
    wrong: tuple[Fault, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line. Raises InstanceError where one has not a cell for each column."""
        if self.wrong:
            raise InstanceError(list(self.wrong))
        return self.readable


class CellFaults(ValueError):
    """What is wrong with several cells of a line."""

    def __init__(self, messages: Sequence[str]) -> None:
        self.messages = tuple(messages)
        super().__init__("; ".join(messages))


class LineReader:
    """Reads the cells of a line one by one, and collects what is wrong with any of them."""

    def __init__(self) -> None:
        self._wrong: list[str] = []

    def read(self, step: Callable[[], Item], otherwise: Item) -> Item:
        """What a step reads; where it raises ValueError, which is remembered, a value to go on with."""
        try:
            return step()
        except ValueError as error:
            self.refuse(str(error))
            return otherwise

    def filled(self, line: Line, *columns: str) -> None:
        """Remember which of the columns are empty in a line."""
        for column in columns:
            self.read(partial(filled, line, column), None)

    def number(self, line: Line, column: str, otherwise: float = 1.0) -> float:
        """The finite number in a column."""
        return self.read(lambda: number(line, column), otherwise)

    def refuse(self, message: str) -> None:
        """Remember a fault of the line, each once."""
        if message not in self._wrong:
            self._wrong.append(message)

    def close(self) -> None:
        """Raise CellFaults with everything that was wrong."""
        if self._wrong:
            raise CellFaults(self._wrong)


def read_table(path: Path) -> CatalogTable:
    """Read `path`, CSV or the first sheet of a workbook; lines that begin with `#` are the comment block.

    Raises
    ------
    InstanceError
        The file cannot be read, has no header or a name twice in it, or no line with as many cells.
    """
    if is_workbook(path):
        return _of_workbook(path)
    wrong: list[Fault] = []
    table = read_csv_table(path, told=wrong)
    lines = (Line(row.line, dict(zip(table.header, row.cells, strict=True))) for row in table.rows)
    return CatalogTable(
        table.file, table.comment, table.header, table.header_line, tuple(lines), tuple(wrong)
    )


def _of_workbook(path: Path) -> CatalogTable:
    """The first sheet as a table of texts, rows without anything left out."""
    comments: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    for number, values in workbook_rows(path, "a table of prices", None, MOST_COLUMNS, computed=True):
        cells = [_text_of(value) for value in values]
        if not any(cells):
            continue
        if cells[0].startswith("#"):
            comments.append(cells[0].lstrip("#").strip())
        else:
            rows.append((number, cells))
    if not rows:
        raise InstanceError([Fault("no header and no rows in its first sheet", file=str(path))])
    (line, header), *others = rows
    columns = tuple(name for name in header if name)
    twice = next((name for place, name in enumerate(columns) if name in columns[:place]), None)
    if twice is not None:
        raise InstanceError(
            [Fault(f"the column '{shortened(twice)}' is twice in the header", file=str(path), line=line)]
        )
    lines = (
        Line(number, {name: cell for name, cell in zip(header, cells, strict=True) if name})
        for number, cells in others
    )
    return CatalogTable(str(path), "\n".join(comments), columns, line, tuple(lines))


def _text_of(value: Any) -> str:
    """A cell of a workbook as CSV has it: dates as days, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def parse_lines(
    table: CatalogTable, parse: Callable[[Line], Item], told: list[Fault] | None = None
) -> tuple[Item, ...]:
    """Apply `parse` to every line; a `ValueError` or `KeyError` of a line becomes a fault at that line.

    Lines without a cell for each column are faults too.

    Faults are added to `told` where it is given, and the other lines returned.

    Raises
    ------
    InstanceError
        With every faulty line of the table, where nobody is told otherwise.
    """
    records: list[Item] = []
    faults: list[Fault] = [*table.wrong]
    for line in table.readable:
        try:
            records.append(parse(line))
        except KeyError as error:
            message = f"the table lacks the column {error}"
            raise InstanceError([Fault(message, file=table.file, line=line.number)]) from None
        except ValueError as error:
            messages = error.messages if isinstance(error, CellFaults) else (str(error),)
            faults += [Fault(message, file=table.file, line=line.number) for message in messages]
    if told is not None:
        told += in_lines(faults)
    elif faults:
        raise InstanceError(in_lines(faults))
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


def accelerators(line: Line, column: str) -> float:
    """Number of accelerators in `column`: whole, or a part of one; 0 where the cell is empty or says 0.

    Raises `ValueError` for anything else.
    """
    if not line.cells[column]:
        return 0.0
    count = number(line, column)
    if count < 0.0 or count > MOST_ACCELERATORS or (count > 1.0 and count != int(count)):
        raise ValueError(
            f"{column}: '{shortened(line.cells[column])}' is no count: a whole number from 1 to {MOST_ACCELERATORS:,}"
        )
    return count


def filled(line: Line, *columns: str) -> None:
    """Raise `ValueError` naming the first of the columns that is empty in a line."""
    for column in columns:
        if not line.cells[column].strip():
            raise ValueError(f"{column} is empty")


def earliest_day(text: str) -> date | None:
    """First day that an ISO date of day, month or year precision can mean; None for an empty cell.

    Days with the year last are read where day and month cannot be mistaken (31.1.2026). Raises `ValueError` for
    anything else.
    """
    if not text:
        return None
    text = day_text(text)
    parts = text.split("-")
    padded = "-".join([*parts, *["01"] * (3 - len(parts))])
    try:
        return date.fromisoformat(padded)
    except ValueError:
        raise ValueError(f"date: {text!r} is not YYYY, YYYY-MM or YYYY-MM-DD") from None


def day_text(text: str) -> str:
    """The text of a day, by ISO 8601 where its year comes last. Raises `ValueError` where it may be of two days."""
    if not is_written(text):
        return text
    order = day_order([text])
    if order is None:
        raise ValueError(f"date: {text!r} may be of two days: write YYYY-MM-DD")
    return as_iso(text, order)
