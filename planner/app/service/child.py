"""The service's side of a solving process: start it, read its messages, end it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import threading
from typing import IO, TYPE_CHECKING, Any

from planner.core.launch import end_group, launch

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE_SECONDS = 15.0
OWN_END_SECONDS = 5.0
MOST_SAID = 500


class Child:
    """One task in a process group of its own."""

    def __init__(self, request: dict[str, Any]) -> None:
        self._request = request
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (closed where it is read)
        self._process = launch(
            "planner.app.service.solving",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
        )
        self._out_of_time = False
        self._timer: threading.Timer | None = None

    def run(
        self, seconds: float, on_event: Callable[[dict[str, Any]], None] | None = None
    ) -> tuple[dict[str, Any] | None, str | None]:
        """Outcome or error of the task. After `seconds` it is asked to end, then made to."""
        deadline = threading.Timer(seconds, self._end_of_time)
        deadline.daemon = True
        deadline.start()
        outcome, error = None, None
        try:
            for record in self._records():
                outcome = record.get("outcome", outcome)
                error = record.get("error", error)
                if "event" in record and on_event is not None:
                    on_event(record["event"])
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(OWN_END_SECONDS)
        finally:
            deadline.cancel()
            self.kill()
            last = _last_line(self._said)
        if outcome is None and error is None:
            error = self._epitaph(seconds) + (f": {last}" if last else "")
        return outcome, error

    def _end_of_time(self) -> None:
        self._out_of_time = True
        self.stop()

    def _epitaph(self, seconds: float) -> str:
        """How the process ended, where it gave no outcome."""
        if self._out_of_time:
            return f"the process had no outcome within its time, {seconds:g} s, and was ended"
        code, most = self._process.returncode, self._request.get("memory_mb")
        bound = "" if most is None else f" within its {most:g} MB of memory"
        if code >= 0:
            return f"the process ended without an outcome{bound}, exit code {code}"
        by = signal.Signals(-code).name
        return f"the process was ended by {by}{bound}" + " (out of memory, or killed)" * (by == "SIGKILL")

    def stop(self) -> None:
        """Ask for the best outcome so far; after a grace period the process is killed."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        self._timer = threading.Timer(GRACE_SECONDS, self.kill)
        self._timer.daemon = True
        self._timer.start()

    def kill(self) -> None:
        """End the process at once; safe to call again. Its engines end when their pipes do."""
        if self._timer is not None:
            self._timer.cancel()
        end_group(self._process)
        self._process.wait()

    def _records(self) -> list[dict[str, Any]] | Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(self._request).encode())
            self._process.stdin.close()
        with self._process.stdout as stream:
            for line in stream:
                with contextlib.suppress(ValueError):  # a line that its end cut off
                    yield json.loads(line)


def _last_line(said: IO[bytes]) -> str:
    """The last line that a process wrote to stderr, in short."""
    with said:
        size = said.seek(0, os.SEEK_END)
        said.seek(max(0, size - MOST_SAID))
        lines = said.read().decode(errors="replace").split("\n")
    return next((line.strip()[:MOST_SAID] for line in reversed(lines) if line.strip()), "")
