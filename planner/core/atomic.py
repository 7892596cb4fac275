"""Files appear whole or not at all."""

from __future__ import annotations

import os
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

    Never over a file that was read, but where it `replaces` that, as a plan does the one that it started from.
    """
    if not replaces:
        refuse_overwriting([path])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            os.chmod(name, _PLAIN_MODE & ~_umask())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InstanceError([Fault(f"cannot write: {reason}", file=str(path))]) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
