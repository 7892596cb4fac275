"""CSV files: a header and rows of as many fields, each row with the line of the file that it begins on."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError, shortened
from planner.core.input_file import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 20_000_000
MAX_FIELDS = 2_000_000
MOST_IN_A_LINE = 500_000
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,4})?", re.ASCII)


@dataclass(frozen=True)
class CsvRow:
    """One row: the line of the file it begins on (from 1), and its fields, stripped."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class CsvTable:
    """A CSV file: the text of its comments, the names in its header, its rows."""

    file: str
    comment: str
    header: tuple[str, ...]
    rows: tuple[CsvRow, ...]
    header_line: int
    blank: tuple[int, ...] = ()
    """Lines between rows that are blank; those after the last row are none of them."""

    def fault(self, message: str, row: CsvRow, column: str, path: str = "") -> Fault:
        """A fault of one field, with its line and the number of the field in it."""
        place = self.header.index(column) + 1
        return Fault(f"column '{shortened(column)}' {message}", path, self.file, row.line, place)


class _Lines:
    """Lines of a text for a reader of CSV: between rows blank lines and comments are skipped, within rows none.

    `begins` is the line that the row being read begins on.
    """

    def __init__(self, text: str) -> None:
        self._lines = enumerate((found.group() for found in _LINE.finditer(text)), 1)
        self.comments: list[str] = []
        self.blank: list[int] = []
        self.between = True
        self.begins = 0

    def __iter__(self) -> Iterator[str]:
        for number, line in self._lines:
            if len(line) > MOST_IN_A_LINE:
                self.begins = number
                raise csv.Error(f"a line is longer than {MOST_IN_A_LINE} characters")
            if self.between and line.startswith("#"):
                self.comments.append(line.lstrip("#").strip())
                continue
            if self.between and not line.strip():
                self.blank.append(number)
                continue
            if self.between:
                self.begins, self.between = number, False
            yield line


def read_csv_table(
    path: Path, most_bytes: int = MAX_BYTES, most_fields: int = MAX_FIELDS, told: list[Fault] | None = None
) -> CsvTable:
    """Read a CSV file with a header; lines that begin with `#` are comments. Semicolons and tabs may stand for commas.

    Rows of another number of fields than the header are told in `told` where it is given, and left out. Raises
    InstanceError with every fault where the file cannot be read, a name is twice in the header, or there are such
    rows and nobody is told.
    """
    file = str(path)
    text = read_text(path, most_bytes)
    lines = _Lines(text)
    rows = list(_rows(lines, file, _delimiter(text), most_fields))
    if not rows:
        raise InstanceError([Fault("no header and no rows", file=file, line=1)])
    header = rows[0]
    faults, wrong = [*_header_faults(header, file)], [*_width_faults(header, rows[1:], file)]
    kept = [row for row in rows[1:] if len(row.cells) == len(header.cells)]
    if faults or (wrong and (told is None or not kept)):
        raise InstanceError([*faults, *wrong])
    if told is not None:
        told += wrong
    between = tuple(line for line in lines.blank if rows[0].line < line < rows[-1].line)
    return CsvTable(file, "\n".join(lines.comments), header.cells, tuple(kept), header.line, between)


def _delimiter(text: str) -> str:
    """What stands between fields: commas, or where the header has none of them semicolons or tabs."""
    lines = (found.group() for found in _LINE.finditer(text))
    header = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    return "," if "," in header else max(",;\t", key=header.count)


def _rows(lines: _Lines, file: str, delimiter: str, most_fields: int) -> Iterator[CsvRow]:
    reader, fields = csv.reader(iter(lines), delimiter=delimiter, strict=True), 0
    while True:
        lines.between = True
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InstanceError([Fault(_csv_words(str(error)), file=file, line=lines.begins or 1)]) from None
        if cells is None:
            return
        fields += len(cells)
        if fields > most_fields:
            raise InstanceError([Fault(f"more than {most_fields} fields", file=file, line=lines.begins)])
        yield CsvRow(lines.begins, tuple(cell.strip() for cell in cells))


def _csv_words(message: str) -> str:
    if message.startswith("a line is longer"):
        return message
    if "unexpected end of data" in message:
        return "a quotation mark is opened and never closed"
    if "field limit" in message:
        return f"a field is longer than {csv.field_size_limit()} characters"
    if "expected after" in message:
        return "text goes on after a closing quotation mark"
    return "not readable as CSV"


def _header_faults(header: CsvRow, file: str) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for place, name in enumerate(header.cells, 1):
        if name in first:
            message = (
                f"the column '{shortened(name)}' is twice in the header, as field {first[name]} and {place}"
            )
            yield Fault(message, file=file, line=header.line, column=place)
        first.setdefault(name, place)


def _width_faults(header: CsvRow, rows: list[CsvRow], file: str) -> Iterator[Fault]:
    if len(header.cells) == 1 and any(len(row.cells) > 1 for row in rows):
        first = shortened(header.cells[0])
        yield Fault(
            f"no header of a CSV table: '{first}' holds no comma, and later lines do",
            file=file,
            line=header.line,
        )
        return
    for row in rows:
        if len(row.cells) != len(header.cells):
            message = f"{len(row.cells)} fields, the header has {len(header.cells)}"
            yield Fault(message, file=file, line=row.line)


def finite_number(text: str) -> float | None:
    """The number that a field states in plain digits; None for anything else, infinities included."""
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if abs(value) < float("inf") else None
