"""Records of a file as columns: what is asked for of each, block by block, with the line that each is from."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.core.errors import Fault, InstanceError, shortened
from planner.loader.demand.blocks import RecordBlock, blocks
from planner.loader.demand.head import records_in
from planner.loader.demand.request_format import taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from planner.loader.demand.head import Head


_MOST_ROWS_TOLD = 20


@dataclass(frozen=True)
class RecordColumns:
    """Values by name, each of shape [record]; empty text or None where a record has none."""

    values: dict[str, pd.Series[Any]]
    lines: NDArray[np.int64]
    file: str

    def shown(self, place: int, name: str) -> str:
        """A value as messages show it."""
        return shown(self.values[name].iloc[place])

    def fault(self, place: int, message: str, name: str = "") -> Fault:
        """A fault of one record."""
        return Fault(message, name, self.file, int(self.lines[place]))


def textual(cells: pd.Series[Any]) -> bool:
    """Whether a column holds texts, or values of several kinds."""
    return not pd.api.types.is_numeric_dtype(cells)


def numbers_of(cells: pd.Series[Any]) -> NDArray[np.float64]:
    """The cells as numbers, shape [record]; NaN where one is none, inf where it has too many digits."""
    try:
        numbers = pd.to_numeric(cells, errors="coerce")
    except OverflowError:
        numbers = pd.to_numeric(
            cells.map(lambda cell: _finite(cell) if isinstance(cell, int) else cell), errors="coerce"
        )
    return np.asarray(numbers.to_numpy(dtype=np.float64, na_value=np.nan))


def _finite(whole: int) -> float:
    try:
        return float(whole)
    except OverflowError:
        return math.inf


def shown(cell: Any) -> str:
    """A cell as messages show it: texts in quotes."""
    return shortened(repr(cell) if isinstance(cell, str) else str(cell))


def columns_of_csv(head: Head, names: Sequence[str]) -> Iterator[RecordColumns]:
    """The columns of a CSV file that are asked for, `column/key` out of cells that hold JSON.

    Names that it does not have are left out. Raises InstanceError with the line that cannot be read.
    """
    inner = [name for name in names if name not in head.header and name.split("/")[0] in head.header]
    plain = {name for name in names if name in head.header} | {name.split("/")[0] for name in inner}
    for block in blocks(head.path, quoted=True):
        for columns in _of_block(head, block, [name for name in head.header if name in plain]):
            yield _opened(columns, inner) if inner else columns


def _opened(columns: RecordColumns, names: Sequence[str]) -> RecordColumns:
    """The columns with those named `column/key`, of what the column's cells hold as JSON; None where they hold none."""
    values = dict(columns.values)
    for outer in {name.split("/")[0] for name in names}:
        documents = [_document(cell) for cell in columns.values[outer].tolist()]
        for name in names:
            first, _, rest = name.partition("/")
            if first == outer:
                values[name] = pd.Series([taken(document, rest) for document in documents], dtype=object)
    return replace(columns, values=values)


def _document(cell: Any) -> Any:
    if not isinstance(cell, str) or not cell.lstrip().startswith("{"):
        return None
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return None


def _of_block(head: Head, block: RecordBlock, names: Sequence[str]) -> Iterator[RecordColumns]:
    lines, content = block.lines(), block.content
    if block.line <= head.header_line:
        begin = int(np.searchsorted(lines, head.header_line, side="right"))
        starts = block.starts()
        content = content[starts[begin] :] if begin < len(starts) else b""
        lines = lines[begin:]
    if not len(lines):
        return
    if b"\0" in content:
        line = block.line + block.content[: block.content.index(b"\0")].count(b"\n")
        raise InstanceError([Fault("holds a NUL byte: no text", file=block.file, line=line)])
    even = content.count(head.delimiter.encode()) == len(lines) * (len(head.header) - 1)
    if b'"' in content or not even:
        _check_widths(head, content, lines, block.file)
    try:
        frame = pd.read_csv(
            io.BytesIO(content),
            sep=head.delimiter,
            header=None,
            names=list(head.header),
            index_col=False,
            na_filter=False,
            dtype={name: str for name in head.header if name not in names},
            skipinitialspace=True,
            low_memory=False,
        )
    except UnicodeDecodeError:
        raise InstanceError([_not_text(content, int(lines[0]), block.file)]) from None
    except pd.errors.ParserError:
        frame = pd.DataFrame(columns=list(head.header))
    if len(frame) != len(lines) or _short(frame, head):
        _check_widths(head, content, lines, block.file)
    if len(frame) != len(lines):
        raise InstanceError([Fault("not readable as CSV", file=block.file, line=int(lines[0]))])
    yield RecordColumns({name: frame[name] for name in names}, lines, block.file)


def _not_text(content: bytes, line: int, file: str) -> Fault:
    """Where rows from a line on are no UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line += content.count(b"\n", 0, error.start)
    return Fault("not UTF-8 text: save it as UTF-8", file=file, line=line)


def _short(frame: pd.DataFrame, head: Head) -> bool:
    """Whether the last column lacks values: rows with fewer fields than the header end so."""
    last = frame[head.header[-1]]
    return bool(last.isna().any() or (textual(last) and (last == "").any()))


def _check_widths(head: Head, content: bytes, lines: NDArray[np.int64], file: str) -> None:
    """Raise InstanceError with the rows of another number of fields than the header, and where quotes have no end."""
    reader = csv.reader(
        io.StringIO(content.decode("utf-8", "replace")), delimiter=head.delimiter, strict=True
    )
    width, place = len(head.header), -1
    faults: list[Fault] = []
    try:
        for cells in reader:
            if not cells:
                continue
            place += 1
            if len(cells) != width and len(faults) < _MOST_ROWS_TOLD:
                message = f"{len(cells)} fields, the header has {width}"
                faults.append(Fault(message, file=file, line=int(lines[min(place, len(lines) - 1)])))
    except csv.Error:
        line = int(lines[min(place + 1, len(lines) - 1)])
        faults.append(Fault("not readable as CSV", file=file, line=line))
    if faults:
        raise InstanceError(faults)


def columns_of_json(
    head: Head, names: Sequence[str], unfold: Callable[[Any], Iterator[dict[str, Any]]] | None
) -> Iterator[RecordColumns]:
    """The fields of JSON records that are asked for. Raises InstanceError with the line that cannot be read."""
    if head.kind == "document":
        records = records_in(head.document)
        if unfold is not None:
            records = [request for document in records for request in unfold(document)]
        yield _of_records(records, np.ones(len(records), dtype=np.int64), str(head.path), names)
        return
    for block in blocks(head.path, quoted=False):
        records, lines = _decoded(block), block.lines()
        if unfold is not None:
            unfolded = [list(unfold(document)) for document in records]
            lines = np.repeat(lines, [len(requests) for requests in unfolded])
            records = [request for requests in unfolded for request in requests]
        yield _of_records(records, lines, block.file, names)


def _decoded(block: RecordBlock) -> list[Any]:
    """The documents of a block of lines, decoded at once; one by one where one of them cannot be."""
    texts = [text for text in block.content.split(b"\n") if text]
    try:
        records: list[Any] = json.loads(b"[" + b",".join(texts) + b"]")
        if len(records) == len(texts):
            return records
    except (ValueError, RecursionError):
        pass
    return [_one(text, line, block.file) for text, line in zip(texts, block.lines().tolist(), strict=True)]


def _one(text: bytes, line: int, file: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InstanceError([Fault(f"not valid JSON: {error.msg}", "", file, line, error.colno)]) from None
    except UnicodeDecodeError:
        raise InstanceError([Fault("not UTF-8 text: save it as UTF-8", file=file, line=line)]) from None
    except (ValueError, RecursionError):
        raise InstanceError([Fault("not valid JSON", file=file, line=line)]) from None


def _of_records(
    records: list[Any], lines: NDArray[np.int64], file: str, names: Sequence[str]
) -> RecordColumns:
    for place, record in enumerate(records):
        if not isinstance(record, dict):
            raise InstanceError([Fault("is no mapping of keys to values", file=file, line=int(lines[place]))])
    values = {name: pd.Series(_value_list(records, name), dtype=object) for name in names}
    return RecordColumns(values, lines, file)


def _value_list(records: list[dict[str, Any]], name: str) -> list[Any]:
    if "/" not in name:
        return [record.get(name) for record in records]
    return [taken(record, name) for record in records]
