"""The journal of a sweep: one JSON line a finished case, appended and flushed, so that a kill loses nothing.

A line that was cut off by a kill is dropped when the journal is read; its case is solved again. Every line ends
with a checksum of all that precedes it, so that a changed byte is noticed. Lines of version 1 have none.
A case that failed (its worker was killed, the cluster was lost, the program broke) has a row in the table of its
run, and none in the file: a sweep that is started again solves it again.
"""

from __future__ import annotations

import fcntl
import json
import os
from typing import IO, TYPE_CHECKING, Any

from planner.core.errors import Fault, InstanceError
from planner.core.sealed_json import is_sealed, sealed
from planner.study.sweeps.rows import FAILED

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

VERSION = 2
WITHOUT_CHECKSUM = 1  # the version before
_REMEDY = "delete this line to solve its case again"


class Journal:
    """Finished rows by key, and the file they are kept in (no file: in memory only)."""

    def __init__(self, path: Path | None = None) -> None:
        """Read what is there. Raises InstanceError when the file cannot be read or written."""
        self.rows: dict[str, dict[str, Any]] = {}
        self._stream: IO[bytes] | None = None
        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b")
            _claim(self._stream, path)
            # what a kill cut off is overwritten, not continued
            self._stream.truncate(_read(self._stream, path, self.rows))
            self._stream.seek(0, os.SEEK_END)
        except OSError as error:
            raise _fault(path, f"cannot keep the journal: {error.strerror}") from None

    def add(self, key: str, row: dict[str, Any]) -> bool:
        """Keep a row; False when its key is there already, and nothing is written. Failed rows stay in memory."""
        if key in self.rows:
            return False
        self.rows[key] = row
        if self._stream is not None and row.get("status") != FAILED:
            text = json.dumps({"version": VERSION, "key": key, "row": row}, allow_nan=False)
            self._stream.write(f"{sealed(text)}\n".encode())
            self._stream.flush()
            os.fsync(self._stream.fileno())
        return True

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _claim(stream: IO[bytes], path: Path) -> None:
    """Lock the file: two sweeps that write to it at once would spoil it."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _fault(path, "another sweep is writing this journal") from None


def _read(stream: IO[bytes], path: Path, rows: dict[str, dict[str, Any]]) -> int:
    """Fill `rows` from the file; returns the bytes up to the end of the last whole line."""
    whole = 0
    for number, line in enumerate(stream, 1):
        if not line.endswith(b"\n"):
            break
        key, row = _record(line, path, number)
        if row.get("status") != FAILED:
            rows.setdefault(key, row)
        whole += len(line)
    return whole


def _record(line: bytes, path: Path, number: int) -> tuple[str, dict[str, Any]]:
    """Key and row of a whole line. Raises InstanceError when it is none, was changed, or is of another version."""
    try:
        record = json.loads(line)
        version, key, row = record["version"], record["key"], record["row"]
        formed = isinstance(key, str) and isinstance(row, dict)
    except (ValueError, KeyError, TypeError, RecursionError):
        formed = False
    if not formed:
        raise _fault(path, f"not a line of a sweep's journal, or a damaged one: {_REMEDY}", number)
    if version not in (VERSION, WITHOUT_CHECKSUM):
        message = f"has version {version!r}, this program reads {WITHOUT_CHECKSUM} and {VERSION}"
        raise _fault(path, message, number)
    older = version == WITHOUT_CHECKSUM and len(record) == len(("version", "key", "row"))
    if not older and not is_sealed(line.decode(errors="replace").removesuffix("\n")):
        raise _fault(path, f"was changed or damaged, its checksum does not fit: {_REMEDY}", number)
    return key, row


def _fault(path: Path, message: str, line: int | None = None) -> InstanceError:
    return InstanceError([Fault(message, file=str(path), line=line)])
