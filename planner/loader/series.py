"""CSV series: the columns that an instance names, read from files in its own folder."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.errors import Fault, InstanceError
from planner.instance.workload import TOKEN_SERIES
from planner.loader.suggest import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from planner.loader.strict_yaml import Document
    from planner.loader.strict_yaml import Path as Keys

MAX_BYTES = 50_000_000


@dataclass(frozen=True)
class Table:
    """A CSV file: its columns as texts, and the line in the file of every row."""

    file: str
    columns: dict[str, list[str]]
    lines: list[int]


def read_table(path: Path) -> Table:
    """Read a CSV file with a header; lines that begin with `#` are comments.

    Raises InstanceError when it cannot be read or rows have another number of fields than the header.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InstanceError([Fault(f"file is larger than {MAX_BYTES} bytes", file=str(path))])
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not UTF-8 text"
        raise InstanceError([Fault(f"cannot read the file: {reason}", file=str(path))]) from None
    numbered = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.startswith("#")
    ]
    rows = list(csv.reader(line for _, line in numbered))
    if not rows:
        raise InstanceError([Fault("no header and no rows", file=str(path))])
    header = [name.strip() for name in rows[0]]
    faults = [
        Fault(f"{len(row)} fields, the header has {len(header)}", file=str(path), line=numbered[index][0])
        for index, row in enumerate(rows[1:], 1)
        if len(row) != len(header)
    ]
    if faults:
        raise InstanceError(faults)
    columns = {name: [row[place].strip() for row in rows[1:]] for place, name in enumerate(header)}
    return Table(str(path), columns, [number for number, _ in numbered[1:]])


def inside(folder: Path, name: str) -> Path:
    """The path of a file in a folder. Raises ValueError when it leads out of the folder."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError(f"'{name}' lies outside the folder of the instance")
    return path


class SeriesReader:
    """Puts the numbers of CSV columns in the place of their names, and collects what is wrong."""

    def __init__(self, document: Document, folder: Path | None) -> None:
        self._document = document
        self._folder = folder
        self._tables: dict[Path, Table | None] = {}
        self.faults: list[Fault] = []

    def fill(self) -> None:
        """Resolve every series of the document's workloads and of its baseline, in place."""
        data = self._document.data
        workloads = data.get("workloads")
        for name, workload in workloads.items() if isinstance(workloads, dict) else ():
            demand = workload.get("demand") if isinstance(workload, dict) else None
            if isinstance(demand, dict):
                self._fill(demand, ("workloads", name, "demand"), (*TOKEN_SERIES, "requests_per_s"))
        if isinstance(data.get("baseline"), dict):
            self._fill(data["baseline"], ("baseline",), ("nodes",))

    def _fill(self, record: dict[str, Any], path: Keys, names: tuple[str, ...]) -> None:
        columns = [name for name in names if isinstance(record.get(name), str)]
        if not columns:
            return
        if not isinstance(record.get("csv"), str):
            for name in columns:
                self._fault((*path, name), "names a CSV column, but there is no 'csv' beside it")
            return
        table = self._table(record["csv"], (*path, "csv"))
        for name in columns if table is not None else ():
            assert table is not None
            values = self._column(table, record[name], (*path, name))
            if values is not None:
                record[name] = values

    def _table(self, name: str, path: Keys) -> Table | None:
        if self._folder is None:
            self._fault(path, "a text without a folder cannot name files; give base= or inline series")
            return None
        try:
            file = inside(self._folder, name)
        except ValueError as error:
            self._fault(path, str(error))
            return None
        if file not in self._tables:
            try:
                self._tables[file] = read_table(file)
            except InstanceError as error:
                self._tables[file] = None
                for fault in error.faults:
                    self._fault(path, str(fault))
        return self._tables[file]

    def _column(self, table: Table, name: str, path: Keys) -> list[float] | None:
        if name not in table.columns:
            self._fault(path, f"{table.file} has no column '{name}'{did_you_mean(name, table.columns)}")
            return None
        values, faults = [], []
        for line, text in zip(table.lines, table.columns[name], strict=True):
            value = _number(text)
            if value is None:
                message = (
                    f"column '{name}': '{text}' is not a number" if text else f"column '{name}' is empty"
                )
                faults.append(Fault(message, file=table.file, line=line))
            else:
                values.append(value)
        self.faults += faults[:20]
        return values if not faults else None

    def _fault(self, path: Keys, message: str) -> None:
        self.faults.append(self._document.fault(path, message))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
