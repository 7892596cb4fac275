"""The real service in a process of its own, as a user starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
ENDED = ("done", "failed", "cancelled")


class Server:
    """A running service."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address
        self.client = httpx.Client(base_url=address, timeout=30.0)

    def kill(self) -> None:
        """What a power cut would do."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ended(self, identity: str, seconds: float = 60.0) -> dict[str, Any]:
        """The job once it has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            job: dict[str, Any] = self.client.get(f"/api/jobs/{identity}").json()
            if job["state"] in ENDED:
                return job
            time.sleep(0.1)
        raise AssertionError(f"job {identity} did not end: {job}")


@contextmanager
def served(database: Path, *options: str, **environment: str) -> Iterator[Server]:
    """A service on a free port of this machine."""
    process = subprocess.Popen(
        [sys.executable, "-m", "planner", "serve", "--port", "0", "--database", str(database), *options],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.search(r"http://\S+", line)
    if found is None:
        process.kill()
        raise AssertionError(line + process.stderr.read())
    server = Server(process, found.group())
    try:
        yield server
    finally:
        server.client.close()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        finally:
            process.kill()
            process.stderr.close()
