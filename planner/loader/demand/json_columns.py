"""Records of JSON as columns: lines of a file block by block, or the entries of one document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.core.errors import Fault, InstanceError
from planner.loader.demand.blocks import blocks
from planner.loader.demand.columns import MOST_ROWS_TOLD, RecordColumns
from planner.loader.demand.head import records_in
from planner.loader.demand.request_format import taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from planner.loader.demand.blocks import RecordBlock
    from planner.loader.demand.head import Head


def columns_of_json(
    head: Head, names: Sequence[str], unfold: Callable[[Any], Iterator[dict[str, Any]]] | None
) -> Iterator[RecordColumns]:
    """The fields of JSON records that are asked for; names that no record of a part has are left out of it.

    Raises InstanceError with the lines that cannot be read where no other can.
    """
    if head.kind == "document":
        records = records_in(head.document)
        if unfold is not None:
            records = [request for document in records for request in unfold(document)]
        yield _of_records(records, np.ones(len(records), dtype=np.int64), str(head.path), names, [])
        return
    for block in blocks(head.path, quoted=False):
        faults: list[Fault] = []
        records, lines = _decoded(block, faults)
        if unfold is not None:
            unfolded = [list(unfold(document)) for document in records]
            lines = np.repeat(lines, [len(requests) for requests in unfolded])
            records = [request for requests in unfolded for request in requests]
        yield _of_records(records, lines, block.file, names, faults)


def _decoded(block: RecordBlock, faults: list[Fault]) -> tuple[list[Any], NDArray[np.int64]]:
    """The documents of a block of lines, decoded at once; one by one where one of them cannot be, which is a fault."""
    texts, lines = [text for text in block.content.split(b"\n") if text], block.lines()
    try:
        records: list[Any] = json.loads(b"[" + b",".join(texts) + b"]")
        if len(records) == len(texts):
            return records, lines
    except (ValueError, RecursionError):
        pass
    found = [_one(text, line, block.file) for text, line in zip(texts, lines.tolist(), strict=True)]
    faults += [one for one in found if isinstance(one, Fault)][:MOST_ROWS_TOLD]
    kept = np.array([not isinstance(one, Fault) for one in found], dtype=bool)
    return [one for one in found if not isinstance(one, Fault)], lines[kept]


def _one(text: bytes, line: int, file: str) -> Any:
    """The document of a line, or the fault that it is none."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        return Fault(f"not valid JSON: {error.msg}", "", file, line, error.colno)
    except UnicodeDecodeError:
        return Fault("not UTF-8 text: save it as UTF-8", file=file, line=line)
    except (ValueError, RecursionError):
        return Fault("not valid JSON", file=file, line=line)


def _of_records(
    records: list[Any], lines: NDArray[np.int64], file: str, names: Sequence[str], faults: list[Fault]
) -> RecordColumns:
    """Records as columns. Raises InstanceError with all that is wrong where there is none."""
    kept = np.array([isinstance(record, dict) for record in records], dtype=bool)
    wrong = "is no mapping of keys to values"
    faults = [
        *faults,
        *(Fault(wrong, file=file, line=line) for line in lines[~kept].tolist()[:MOST_ROWS_TOLD]),
    ]
    if not kept.all():
        records, lines = [record for record in records if isinstance(record, dict)], lines[kept]
    if faults and not records:
        raise InstanceError(faults)
    found = _Values(records)
    values = {name: pd.Series(cells, dtype=object) for name in names if (cells := found.of(name)) is not None}
    return RecordColumns(values, lines, file, tuple(faults))


class _Values:
    """Values of records by name: those at `key/key` out of what stands at the keys before, found once for all names."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self._records = records
        self._keys = set[str]().union(*records)
        self._levels: dict[str, list[Any] | None] = {}

    def of(self, name: str) -> list[Any] | None:
        """The value of each record, None where it has none; None where no record has any."""
        if "/" in name and name in self._keys:
            return [taken(record, name) for record in self._records]
        return self._level(name)

    def _level(self, path: str) -> list[Any] | None:
        if path not in self._levels:
            parent, _, key = path.rpartition("/")
            self._levels[path] = self._within(self._level(parent), key) if parent else self._outer(key)
        return self._levels[path]

    def _outer(self, key: str) -> list[Any] | None:
        return [record.get(key) for record in self._records] if key in self._keys else None

    def _within(self, holders: list[Any] | None, key: str) -> list[Any] | None:
        if holders is None:
            return None
        values = [holder.get(key) if isinstance(holder, dict) else None for holder in holders]
        return values if values.count(None) < len(values) else None
