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
from planner.loader.demand.request_format import taken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.loader.demand.head import Head


MOST_ROWS_TOLD = 20


@dataclass(frozen=True)
class RecordColumns:
    """Values by name, each of shape [record]; empty text or None where a record has none.

    `faults` are those of records that could not be read, which are left out: who reads the others raises them.
    """

    values: dict[str, pd.Series[Any]]
    lines: NDArray[np.int64]
    file: str
    faults: tuple[Fault, ...] = ()

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
    wrong = _of_other_widths(head, content, lines, block.file) if b'"' in content or not even else {}
    frame = None if wrong else _frame(head, content, lines, names, block.file)
    if frame is not None and (len(frame) != len(lines) or _short(frame, head)):
        wrong = _of_other_widths(head, content, lines, block.file)
    faults = _told(wrong, lines, block.file, len(head.header))
    if wrong:
        content, lines = _without(content, lines, [*wrong])
        if not len(lines):
            raise InstanceError(faults)
        frame = _frame(head, content, lines, names, block.file)
    if frame is None or len(frame) != len(lines):
        raise InstanceError([*faults, Fault("not readable as CSV", file=block.file, line=int(lines[0]))])
    yield RecordColumns({name: frame[name] for name in names}, lines, block.file, tuple(faults))


def _frame(
    head: Head, content: bytes, lines: NDArray[np.int64], names: Sequence[str], file: str
) -> pd.DataFrame:
    """Records as columns, none where they cannot be taken apart. Raises InstanceError where they are no text."""
    try:
        return pd.read_csv(
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
        raise InstanceError([_not_text(content, int(lines[0]), file)]) from None
    except pd.errors.ParserError:
        return pd.DataFrame(columns=list(head.header))


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


def _of_other_widths(head: Head, content: bytes, lines: NDArray[np.int64], file: str) -> dict[int, int]:
    """Number of fields of each record that has not as many as the header, by its place.

    Raises InstanceError with those, where quotes have no end beside.
    """
    reader = csv.reader(
        io.StringIO(content.decode("utf-8", "replace")), delimiter=head.delimiter, strict=True
    )
    width, place, wrong = len(head.header), -1, dict[int, int]()
    try:
        for cells in reader:
            if not cells:
                continue
            place += 1
            if len(cells) != width:
                wrong[min(place, len(lines) - 1)] = len(cells)
    except csv.Error:
        line = int(lines[min(place + 1, len(lines) - 1)])
        faults = _told(wrong, lines, file, width)
        raise InstanceError([*faults, Fault("not readable as CSV", file=file, line=line)]) from None
    return wrong


def _told(wrong: dict[int, int], lines: NDArray[np.int64], file: str, width: int) -> list[Fault]:
    """Faults of records of another number of fields than the header, the first `MOST_ROWS_TOLD` of them."""
    faults = [
        Fault(f"{fields} fields, the header has {width}", file=file, line=int(lines[place]))
        for place, fields in list(wrong.items())[:MOST_ROWS_TOLD]
    ]
    if len(wrong) > MOST_ROWS_TOLD:
        more = f"and {len(wrong) - MOST_ROWS_TOLD:,} more rows of another number of fields"
        faults.append(Fault(more, file=file, line=int(lines[list(wrong)[MOST_ROWS_TOLD]])))
    return faults


def _without(
    content: bytes, lines: NDArray[np.int64], places: Sequence[int]
) -> tuple[bytes, NDArray[np.int64]]:
    """Records and their lines without some of them."""
    starts = RecordBlock(content, "", 1, quoted=True).starts()
    ends = [*starts[1:].tolist(), len(content)]
    kept = np.ones(len(lines), dtype=bool)
    kept[list(places)] = False
    parts = [content[begin:end] for begin, end, keep in zip(starts.tolist(), ends, kept, strict=True) if keep]
    return b"".join(parts), lines[kept]
