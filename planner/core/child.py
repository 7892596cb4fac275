"""The child's side of `planner.core.child_process`: pipes that nothing else writes to, and an end with the host."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
import threading
from typing import IO, TYPE_CHECKING, Any

from planner.core.messages import read_message

if TYPE_CHECKING:
    from collections.abc import Callable


def own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes from and to the host, set aside: what a library prints goes to stderr, what it reads is empty."""
    faulthandler.enable(sys.__stderr__ or sys.stderr)
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, sink


def listen(source: IO[bytes], take: Callable[[Any], None]) -> None:
    """Hand every message to `take`, in a thread of its own; a host that is gone ends this process at once."""

    def read() -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                take(read_message(source))
        os._exit(0)

    threading.Thread(target=read, daemon=True, name="planner-host-reader").start()
