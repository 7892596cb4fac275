"""Large files in blocks of whole records, each with its line, in memory that does not grow with the file."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.input_file import not_text, open_plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

    from numpy.typing import NDArray

BLOCK_BYTES = 8_000_000
MOST_IN_A_RECORD = 64_000_000
_NO_TEXT = (b"\xff\xfe", b"\xfe\xff", b"PK\x03\x04")
_MARK = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class RecordBlock:
    """Whole records of a file, ends of lines as `\\n`, and the line that the first of them begins on."""

    content: bytes
    file: str
    line: int
    quoted: bool

    def starts(self) -> NDArray[np.int64]:
        """Where each record begins, blank ones left out, shape [record]."""
        ends = _ends(self.content, self.quoted)
        starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else np.zeros(0, dtype=np.int64)
        return np.asarray(starts[ends > starts])

    def lines(self) -> NDArray[np.int64]:
        """Line of the file that each record begins on, shape [record]."""
        newlines = _newlines(self.content)
        return np.asarray(self.line + np.searchsorted(newlines, self.starts()))


def blocks(path: Path, quoted: bool) -> Iterator[RecordBlock]:
    """The blocks of a plain or gzip file; in `quoted` ones a record may run over lines within quotation marks.

    Raises InstanceError where the file cannot be read, is no UTF-8 text, or holds a record of more than
    `MOST_IN_A_RECORD` bytes.
    """
    try:
        with open_plain(path) as raw:
            packed = raw.read(2) == _GZIP
            raw.seek(0)
            with gzip.open(raw) if packed else raw as stream:
                yield from _cut(cast("IO[bytes]", stream), str(path), quoted)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error) or "reading failed"
        raise InstanceError([Fault(f"cannot read the file: {reason}", file=str(path))]) from None


def _cut(stream: IO[bytes], file: str, quoted: bool) -> Iterator[RecordBlock]:
    rest, line, first = b"", 1, True
    while chunk := stream.read(BLOCK_BYTES):
        if first:
            if chunk.startswith(_NO_TEXT):
                raise InstanceError([Fault(f"not UTF-8 text; {not_text(chunk)}", file=file, line=1)])
            chunk, first = chunk.removeprefix(_MARK), False
        while chunk.endswith(b"\r") and (more := stream.read(1)):
            chunk += more
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        content = rest + chunk
        ends = _ends(content, quoted)
        if not len(ends):
            if len(content) > MOST_IN_A_RECORD:
                raise InstanceError([Fault(_too_long(content, line, quoted), file=file, line=line)])
            rest = content
            continue
        whole, rest = content[: ends[-1] + 1], content[ends[-1] + 1 :]
        yield RecordBlock(whole, file, line, quoted)
        line += whole.count(b"\n")
    if rest.strip():
        if quoted and rest.count(b'"') % 2:
            raise InstanceError([Fault("a quotation mark is opened and never closed", file=file, line=line)])
        yield RecordBlock(rest + b"\n", file, line, quoted)


def _too_long(content: bytes, line: int, quoted: bool) -> str:
    """What a line, or what stands between quotation marks, is that goes on for so long."""
    most = f"{MOST_IN_A_RECORD // 1_000_000} MB"
    whole = {b"[": ("list", "'.[]' does"), b"{": ("document", "'.data[]' does of a list under data")}
    kind = whole.get(content.lstrip()[:1])
    if kind is not None and line == 1 and not quoted:
        return f"is one JSON {kind[0]} of more than {most} on one line: write a record on each line, as jq -c {kind[1]}"
    return f"a record is longer than {most}{': is a quotation mark never closed?' if quoted else ''}"


def _newlines(content: bytes) -> NDArray[np.int64]:
    return np.asarray(np.flatnonzero(np.frombuffer(content, dtype=np.uint8) == ord("\n")))


def _ends(content: bytes, quoted: bool) -> NDArray[np.int64]:
    """Where records end: at every end of a line, but for those within quotation marks."""
    newlines = _newlines(content)
    if not quoted or b'"' not in content:
        return newlines
    marks = np.flatnonzero(np.frombuffer(content, dtype=np.uint8) == ord('"'))
    return np.asarray(newlines[np.searchsorted(marks, newlines) % 2 == 0])
