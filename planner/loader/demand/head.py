"""The beginning of a file: whether it is CSV, JSON lines or one JSON document, and the names that it has."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from planner.core.errors import Fault, InstanceError, shortened
from planner.core.input_file import read_text
from planner.loader.demand.blocks import blocks
from planner.loader.demand.request_format import flattened

if TYPE_CHECKING:
    from pathlib import Path

MOST_DOCUMENT_BYTES = 200_000_000
_LISTS = ("data", "observations", "spans", "logs")


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
    if first.content.lstrip()[:1] not in b"{[":
        return _of_csv(path, first.content)
    line = first.content.lstrip().split(b"\n", 1)[0]
    record = _parsed(line)
    rest = first.content.lstrip()[len(line) :].strip()
    if isinstance(record, dict) and (rest or _listed(record) is None) and "data" not in record:
        return Head(path, "lines", frozenset(flattened(record)))
    return _of_document(path)


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
    names = frozenset(name for record in islice(records, 20) for name in flattened(record))
    return Head(path, "document", names | frozenset(flattened(document)), document=document)


def _of_csv(path: Path, content: bytes) -> Head:
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip() or line.startswith(b"#"):
            continue
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise InstanceError(
                [Fault("not UTF-8 text: save it as UTF-8", file=str(path), line=number)]
            ) from None
        delimiter = max(",;\t", key=text.count)
        try:
            header = tuple(cell.strip() for cell in next(csv.reader([text], delimiter=delimiter)))
        except csv.Error:
            raise InstanceError([Fault("not readable as CSV", file=str(path), line=number)]) from None
        twice = next((name for place, name in enumerate(header) if name in header[:place]), None)
        if twice is not None:
            message = f"the column '{shortened(twice)}' is twice in the header"
            raise InstanceError([Fault(message, file=str(path), line=number)])
        return Head(path, "csv", frozenset(header), header, number, delimiter)
    raise InstanceError([Fault("no header and no rows", file=str(path), line=1)])
