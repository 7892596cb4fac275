"""Settings of the service: where it listens, who may use it, and how much anyone may ask of it."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

from planner.core.errors import Fault, InstanceError

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


def default_database() -> Path:
    """Default file of jobs (XDG base directories)."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "planner" / "jobs.sqlite"


@dataclass(frozen=True)
class Settings:
    """How the service runs. A token is required for any bind but the loopback."""

    host: str = "127.0.0.1"
    port: int = 8642
    token: str | None = None
    database: Path = field(default_factory=default_database)
    workers: int = 1
    queue_limit: int = 20
    kept_jobs: int = 500
    max_body_bytes: int = 4_000_000
    max_solve_seconds: float = 300.0
    max_memory_mb: int = 4_000
    max_streams: int = 100
    request_seconds: float = 30.0
    threads: int = 2

    def __post_init__(self) -> None:
        if not self.is_local and not self.token:
            message = f"listening on {self.host} needs a bearer token: set PLANNER_TOKEN or give --token-file"
            raise InstanceError([Fault(message)])
        if self.token is not None and len(self.token) < 16:
            raise InstanceError([Fault("a bearer token has at least 16 characters")])

    @property
    def is_local(self) -> bool:
        """Whether only this machine can connect."""
        if self.host in LOCAL_NAMES:
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
