"""Files from outside, read within bounds: plain files only, and never more of them than the limit."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.core.overwriting import note_read

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
_OTHER_FILES = {
    b"\xff\xfe": "it is UTF-16: save it as UTF-8",
    b"\xfe\xff": "it is UTF-16: save it as UTF-8",
    b"PK\x03\x04": "it is a workbook (XLSX) or a ZIP archive: save the sheet as CSV, or give the file that is in it",
    b"\x1f\x8b": "it is packed by gzip: unpack it",
}
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_plain(path: Path) -> BinaryIO:
    """A plain file, open for reading: nothing is waited for that a pipe or a device might deliver.

    Raises InstanceError naming the file.
    """
    try:
        handle = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise _refused(path, getattr(error, "strerror", None) or "no name of a file") from None
    kind = stat.S_IFMT(os.fstat(handle).st_mode)
    if kind != stat.S_IFREG:
        os.close(handle)
        raise _refused(path, f"it is {_KINDS.get(kind, 'no file')}")
    note_read(path)
    return open(handle, "rb")


def read_bytes(path: Path, most_bytes: int) -> bytes:
    """Content of a plain file of at most `most_bytes`. Raises InstanceError naming the file."""
    try:
        with open_plain(path) as stream:
            content = stream.read(most_bytes + 1)
    except OSError as error:
        raise _refused(path, error.strerror or "reading failed") from None
    if len(content) > most_bytes:
        raise InstanceError([Fault(f"file is larger than {most_bytes} bytes", file=str(path))])
    return content


def read_text(path: Path, most_bytes: int) -> str:
    """Text of a plain UTF-8 file of at most `most_bytes`, a byte order mark left out. Raises InstanceError."""
    content = read_bytes(path, most_bytes)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        message = f"cannot read the file: not UTF-8 text; {not_text(content)}"
        raise InstanceError([Fault(message, file=str(path), line=line, column=column)]) from None


def not_text(content: bytes) -> str:
    """What a file that is no UTF-8 text is by its first bytes, and what to do about it."""
    for begins, words in _OTHER_FILES.items():
        if content.startswith(begins):
            return words
    return "save it as UTF-8"


def _refused(path: Path, reason: str) -> InstanceError:
    return InstanceError([Fault(f"cannot read the file: {reason}", file=str(path))])
