"""The service's side of a solving process: start it, read what it tells, end it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, Any

from planner.launch import launch

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE_SECONDS = 5.0


class Child:
    """One task in a process group of its own."""

    def __init__(self, request: dict[str, Any]) -> None:
        self._request = request
        self._process = launch(
            "planner.service.solving",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._timer: threading.Timer | None = None

    def run(
        self, seconds: float, on_event: Callable[[dict[str, Any]], None] | None = None
    ) -> tuple[dict[str, Any] | None, str | None]:
        """Outcome or error of the task. After `seconds` it is asked to end, then made to."""
        deadline = threading.Timer(seconds, self.stop)
        deadline.daemon = True
        deadline.start()
        outcome, error = None, None
        try:
            for record in self._records():
                outcome = record.get("outcome", outcome)
                error = record.get("error", error)
                if "event" in record and on_event is not None:
                    on_event(record["event"])
        finally:
            deadline.cancel()
            self.kill()
        if outcome is None and error is None:
            error = "the process ended without an outcome (killed, out of time or out of memory)"
        return outcome, error

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
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _records(self) -> list[dict[str, Any]] | Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(self._request).encode())
            self._process.stdin.close()
        with self._process.stdout as stream:
            for line in stream:
                yield json.loads(line)
