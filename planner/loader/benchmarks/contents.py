"""Result files -> records: JSON documents (one, a list, or one a line), YAML, and CSV with a header."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from planner.core.csv_table import read_csv_table
from planner.core.errors import Fault, InstanceError
from planner.core.input_file import read_text
from planner.loader.benchmarks.record import Record
from planner.loader.strict_yaml import read_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 200_000_000
"""Of a JSON file: those with every request in them are large."""
YAML_SUFFIXES = (".yaml", ".yml")
_BLANK = re.compile(r"\s*")


def records_of(path: Path, faults: list[Fault]) -> list[Record]:
    """Every mapping on top of a file. Raises InstanceError where it cannot be read."""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return list(_csv(path, faults))
    text = read_text(path, MAX_BYTES)
    if suffix in YAML_SUFFIXES:
        document = read_document(text, str(path))
        faults += document.faults
        return list(_mappings(document.data, str(path), faults, None))
    return list(_json(text, str(path), faults))


def _csv(path: Path, faults: list[Fault]) -> Iterator[Record]:
    table = read_csv_table(path, told=faults)
    for row in table.rows:
        cells = {name: cell for name, cell in zip(table.header, row.cells, strict=True) if cell}
        yield Record(cells, str(path), faults, row.line)


def _json(text: str, file: str, faults: list[Fault]) -> Iterator[Record]:
    """One document, or documents one after the other, as tools write them that append to a file."""
    if not text.strip():
        raise InstanceError([Fault("the file is empty", file=file, line=1)])
    reader, place, line, first = json.JSONDecoder(), 0, 1, True
    while (begin := _next(text, place)) < len(text):
        line += text.count("\n", place, begin)
        try:
            data, place = reader.raw_decode(text, begin)
        except json.JSONDecodeError as error:
            message = f"not valid JSON: {error.msg}"
            raise InstanceError([Fault(message, "", file, error.lineno, error.colno)]) from None
        except ValueError:
            raise InstanceError([Fault("a number of too many digits", file=file, line=line)]) from None
        except RecursionError:
            raise InstanceError([Fault("nested too deeply", file=file, line=line)]) from None
        alone, first = first and _next(text, place) == len(text), False
        yield from _mappings(data, file, faults, None if alone else line)
        line += text.count("\n", begin, place)


def _next(text: str, place: int) -> int:
    """Where the next document begins, or the text ends."""
    found = _BLANK.match(text, place)
    return found.end() if found is not None else place


def _mappings(data: Any, file: str, faults: list[Fault], line: int | None) -> Iterator[Record]:
    if isinstance(data, dict):
        yield Record(data, file, faults, line)
    elif isinstance(data, list):
        yield from Record({"": data}, file, faults, line).inside("")
    else:
        faults.append(Fault("is no mapping of keys to values", file=file, line=line or 1))
