"""Files appear whole or not at all; into pipes and devices text flows, as from any other command."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from planner.core.errors import Fault, InstanceError
from planner.core.overwriting import refuse_overwriting

_PLAIN_MODE = 0o666


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file; half characters as escapes. Raises InstanceError when the place cannot be written,
    or was read."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, content: bytes, replaces: bool = False) -> None:
    """Write a file, with the permissions that `open` would give it. Raises InstanceError as `write_text`.

    Of a link it is the file that the link leads to. Never over a file that was read, but where it `replaces` that, as
    a plan does the one that it started from.
    """
    if not replaces:
        refuse_overwriting([path])
    try:
        if _is_a_stream(path):
            _let_flow(path, content)
        else:
            _put(Path(os.path.realpath(path)), content)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InstanceError([Fault(f"cannot write: {reason}", file=str(path))]) from None


def _put(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".writing.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(name, _PLAIN_MODE & ~_umask())
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _is_a_stream(path: Path) -> bool:
    """Whether a pipe, a socket or a device is at the place: nothing that could be put in its stead."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _let_flow(path: Path, content: bytes) -> None:
    """Write into a pipe or a device; a pipe that nobody reads from is an error, not a wait."""
    handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    os.set_blocking(handle, True)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
