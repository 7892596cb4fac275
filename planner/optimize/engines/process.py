"""The host's side of one engine process: start it, talk to it, watch its memory, end it."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from planner.core.child_process import ChildProcess
from planner.optimize.engines.protocol import Ready
from planner.optimize.engines.registry import known_engine

if TYPE_CHECKING:
    from planner.optimize.engines.protocol import Message

_TAIL_BYTES = 2000


class EngineProcess:
    """One engine in a process of its own (`planner.core.child_process`).

    (process, message) is put into `inbox`, and (process, None) once when the process ends. Whoever uses the
    process next may set another inbox.
    """

    def __init__(self, engine: str) -> None:
        """Start the process of an engine. Raises SolverUnavailable when there is no such engine."""
        self.engine = known_engine(engine)
        self.version = ""
        self.inbox: Inbox = queue.SimpleQueue()
        self._last_words = ""
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed at the end of the process)
        self._process = ChildProcess(
            "planner.optimize.engines.worker", engine, take=self._take, errors=self._errors.fileno()
        )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.alive

    def send(self, message: Message) -> None:
        """Send one message; to a process that is gone it is dropped (its end is reported through the inbox)."""
        self._process.send(message)

    def memory_mb(self) -> float:
        """Resident memory of the process and its children in MB; 0 where the system does not say."""
        with contextlib.suppress(OSError, ValueError):
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            return sum(map(_resident_mb, [str(self.pid), *children]))
        return 0.0

    def epitaph(self) -> str:
        """How the process ended and the last it wrote to stderr, for an error message."""
        code = self._process.exit_code
        if code is None:
            how = "still runs"
        elif code < 0:
            how = f"was ended by {signal.Signals(-code).name}"
        else:
            how = f"left with exit code {code}"
        self._read_last_words()
        return f"the {self.engine} process {how}" + (f": {self._last_words}" if self._last_words else "")

    def end(self) -> None:
        """End the process and whatever it started, at once; safe to call again."""
        self._process.end()
        self._read_last_words()
        self._errors.close()

    def _read_last_words(self) -> None:
        with contextlib.suppress(ValueError):  # closed: what was read at the end of the process stands
            size = self._errors.seek(0, os.SEEK_END)
            self._errors.seek(max(0, size - _TAIL_BYTES))
            self._last_words = self._errors.read().decode(errors="replace").strip()

    def _take(self, message: Message | None) -> None:
        if isinstance(message, Ready):
            self.version = message.version
        self.inbox.put((self, message))


Inbox = queue.SimpleQueue[tuple[EngineProcess, "Message | None"]]


def _resident_mb(pid: str) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
