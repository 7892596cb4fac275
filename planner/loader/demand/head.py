"""The beginning of a file: whether it is CSV, JSON lines or one JSON document, and the names that it has.

Not its first line alone decides: a log may begin with half a record, with a word on the program that writes it, or
with records of another kind.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from planner.core.csv_table import finite_number
from planner.core.errors import Fault, InstanceError, shortened
from planner.core.input_file import read_text
from planner.loader.demand.blocks import blocks
from planner.loader.demand.request_format import flattened

if TYPE_CHECKING:
    from pathlib import Path

MOST_DOCUMENT_BYTES = 200_000_000
MOST_LINES = 100
"""Lines of a beginning that are looked at."""
_LISTS = ("data", "observations", "spans", "logs")
_SEPARATOR = re.compile(r"sep=(.)", re.IGNORECASE)
"""The first line by which spreadsheets (and exports for them) say what stands between fields."""
_MOMENT = re.compile(r"(?:\d{4}-\d\d-\d\d|\d\d?([./-])\d\d?\1\d{4})\b")


@dataclass(frozen=True)
class Head:
    """What a file begins with. `document` is the whole content of one JSON document, None of other kinds."""

    path: Path
    kind: Literal["csv", "lines", "document"]
    names: frozenset[str]
    header: tuple[str, ...] = ()
    header_line: int = 1
    delimiter: str = ","
    document: Any = None


def head_of(path: Path) -> Head:
    """Look at the beginning of a file. Raises InstanceError where it is none of the three kinds."""
    first = next(blocks(path, quoted=False), None)
    if first is None or not first.content.strip():
        raise InstanceError([Fault("the file is empty", file=str(path), line=1)])
    lines = _first_lines(first.content)
    records = [record for line in lines if isinstance(record := _parsed(line), dict)]
    if len(lines) > 1 and records and 2 * len(records) >= len(lines):
        return Head(path, "lines", frozenset(name for record in records for name in flattened(record)))
    if lines[0].lstrip()[:1] in b"{[":
        return _of_document(path)
    return _of_csv(path, first.content)


def records_in(document: Any) -> list[Any]:
    """The records of a JSON document: itself a list, a mapping with one, or one record."""
    if isinstance(document, list):
        return document
    listed = _listed(document)
    return [document] if listed is None else listed


def _listed(document: Any) -> list[Any] | None:
    if isinstance(document, dict):
        return next((document[key] for key in _LISTS if isinstance(document.get(key), list)), None)
    return None


def _first_lines(content: bytes) -> list[bytes]:
    """The first lines that hold anything, as a whole."""
    lines = content.split(b"\n", MOST_LINES)[:MOST_LINES]
    return [line for line in lines if line.strip()] or [content.strip()]


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _of_document(path: Path) -> Head:
    text = read_text(path, MOST_DOCUMENT_BYTES)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise InstanceError(
            [Fault(f"not valid JSON: {error.msg}", file=str(path), line=error.lineno, column=error.colno)]
        ) from None
    except (ValueError, RecursionError):
        raise InstanceError([Fault("not valid JSON", file=str(path), line=1)]) from None
    records = records_in(document)
    names = frozenset(name for record in islice(records, MOST_LINES) for name in flattened(record))
    return Head(path, "document", names | frozenset(flattened(document)), document=document)


def _of_csv(path: Path, content: bytes) -> Head:
    said: str | None = None
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip() or line.startswith(b"#"):
            continue
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise InstanceError(
                [Fault("not UTF-8 text: save it as UTF-8", file=str(path), line=number)]
            ) from None
        if said is None and (separator := _SEPARATOR.fullmatch(text.strip("\r"))) is not None:
            said = separator[1]
            continue
        delimiter = said or max(",;\t", key=text.count)
        try:
            header = tuple(cell.strip() for cell in next(csv.reader([text], delimiter=delimiter)))
        except csv.Error:
            raise InstanceError([Fault("not readable as CSV", file=str(path), line=number)]) from None
        if (wrong := _no_header(header)) is not None:
            raise InstanceError([Fault(wrong, file=str(path), line=number)])
        return Head(path, "csv", frozenset(header), header, number, delimiter)
    raise InstanceError([Fault("no header and no rows", file=str(path), line=1)])


def _no_header(cells: tuple[str, ...]) -> str | None:
    """Why the first line of a CSV file names no columns; None where it does."""
    twice = next((name for place, name in enumerate(cells) if name in cells[:place]), None)
    if any(map(_MOMENT.match, cells)) or all(not cell or finite_number(cell) is not None for cell in cells):
        return "is a row of values, and the names of the columns lack above it: write them there"
    if twice is not None:
        return f"the column '{shortened(twice)}' is twice in the header"
    return None
