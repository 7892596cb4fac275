"""Jobs in SQLite: what was accepted is on disk before the answer goes out, and survives any end.

States: queued -> running -> done | failed | cancelled. A job found running at the start was interrupted; it
is queued again, up to `MOST_ATTEMPTS` times. Requests, plans and events are kept with a checksum: what was changed in
the file is damaged, and says so.
"""

from __future__ import annotations

import json
import math
import secrets
import sqlite3
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from planner.app.service.opening import damaged, opened
from planner.core.errors import PlannerError
from planner.core.sealed_json import sealed, unsealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_ATTEMPTS = 3
NO_STORE = "the store of jobs cannot be used now"
OPEN_STATES = ("queued", "running")
STATES = (*OPEN_STATES, "done", "failed", "cancelled")


class JobDamaged(PlannerError):
    """What the store keeps of a job cannot be read."""

    def __init__(self, identity: str, what: str) -> None:
        super().__init__(f"the {what} kept for job {identity} is damaged")
        self.identity = identity


class QueueFull(Exception):
    """No more jobs are accepted until some have ended."""


class Store:
    """The jobs of one service. Methods may be called from any thread."""

    def __init__(self, file: Path, kept_jobs: int) -> None:
        """Open the file, or make it, and take up what an earlier run left.

        Raises InstanceError when it is damaged or of another version.
        """
        self._kept = kept_jobs
        self._lock = threading.Lock()
        self._connection = opened(file)
        self._trouble: str | None = None
        try:
            self.recover()
        except sqlite3.Error as error:
            self.close()
            raise damaged(file, error) from None

    def trouble(self) -> str | None:
        """Why the file could not be written the last time that was tried; None when all is well."""
        if self._trouble is not None:
            with suppress(sqlite3.Error), self._transaction() as connection:
                connection.execute("CREATE TABLE trial (x)")  # takes a page, as a job does
                connection.execute("DROP TABLE trial")
                self._trouble = None
        return self._trouble

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def add(self, label: str, request: dict[str, Any], queue_limit: int) -> str:
        """Accept a job and return its id. Raises QueueFull."""
        identity = secrets.token_hex(8)
        with self._transaction() as connection:
            (waiting,) = connection.execute("SELECT count(*) FROM jobs WHERE state = 'queued'").fetchone()
            if waiting >= queue_limit:
                raise QueueFull
            connection.execute(
                "INSERT INTO jobs (id, label, state, created, request) VALUES (?, ?, 'queued', ?, ?)",
                (identity, label, time.time(), sealed(json.dumps(request))),
            )
            self._forget_old(connection)
        return identity

    def take(self) -> tuple[str, dict[str, Any]] | None:
        """The oldest queued job, now running; None when nothing waits. Raises JobDamaged."""
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT id, request FROM jobs WHERE state = 'queued' ORDER BY number LIMIT 1"
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                "UPDATE jobs SET state = 'running', started = ?, attempts = attempts + 1 WHERE id = ?",
                (time.time(), row["id"]),
            )
            connection.execute("DELETE FROM events WHERE job = ?", (row["id"],))
        return row["id"], _data(row["request"], row["id"], "request")

    def end(self, identity: str, state: str, plan: dict[str, Any] | None, error: str | None) -> None:
        """Close a running job."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE jobs SET state = ?, ended = ?, plan = ?, cost = ?, error = ? WHERE id = ?",
                (
                    state,
                    time.time(),
                    sealed(json.dumps(plan)) if plan else None,
                    None if state == "failed" else (plan or {}).get("cost"),
                    error,
                    identity,
                ),
            )

    def put_back(self, identity: str) -> None:
        """Queue a running job again that did not end by its own fault."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE jobs SET state = 'queued', started = NULL, attempts = attempts - 1 WHERE id = ?",
                (identity,),
            )

    def cancel_queued(self, identity: str) -> bool:
        """Cancel a job that has not begun; whether it was so."""
        with self._transaction() as connection:
            changed = connection.execute(
                "UPDATE jobs SET state = 'cancelled', ended = ? WHERE id = ? AND state = 'queued'",
                (time.time(), identity),
            )
            return changed.rowcount > 0

    def recover(self) -> None:
        """Queue again what was running when the service ended; give up on what ended it too often."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE jobs SET state = 'failed', ended = ?, error = 'the service ended while this job ran' "
                "WHERE state = 'running' AND attempts >= ?",
                (time.time(), MOST_ATTEMPTS),
            )
            connection.execute("UPDATE jobs SET state = 'queued', started = NULL WHERE state = 'running'")

    def job(self, identity: str) -> dict[str, Any] | None:
        """A job without its plan; None where there is none."""
        return next(iter(self._rows("WHERE id = ?", (identity,))), None)

    def jobs(self, limit: int) -> list[dict[str, Any]]:
        """The newest jobs first, without their plans."""
        return self._rows("ORDER BY number DESC LIMIT ?", (limit,))

    def plan(self, identity: str) -> dict[str, Any] | None:
        """The plan of a job; None where it has none. Raises JobDamaged."""
        with self._lock:
            row = self._connection.execute("SELECT plan, cost FROM jobs WHERE id = ?", (identity,)).fetchone()
        if row is None or row["plan"] is None:
            return None
        plan = _data(row["plan"], identity, "plan")
        if row["cost"] is not None and row["cost"] != plan.get("cost"):
            raise JobDamaged(identity, "record")
        return plan

    def add_event(self, identity: str, number: int, event: dict[str, Any]) -> None:
        """Note the progress of a job."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO events (job, number, event) VALUES (?, ?, ?)",
                (identity, number, sealed(json.dumps(event))),
            )

    def events(self, identity: str, after: int) -> list[tuple[int, dict[str, Any]]]:
        """Progress of a job beyond event number `after`; what is damaged of it is left out."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT number, event FROM events WHERE job = ? AND number > ? ORDER BY number",
                (identity, after),
            ).fetchall()
        found = [(row["number"], unsealed(row["event"])) for row in rows]
        return [(number, event) for number, event in found if isinstance(number, int) and event is not None]

    def _rows(self, clause: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        columns = (
            "id, label, state, created, started, ended, attempts, cost, error, plan IS NOT NULL AS has_plan"
        )
        with self._lock:
            rows = self._connection.execute(f"SELECT {columns} FROM jobs {clause}", values).fetchall()
        return [_sound(row) for row in rows]

    def _forget_old(self, connection: sqlite3.Connection) -> None:
        """Keep the newest jobs; what is queued or running is never forgotten."""
        connection.execute(
            "DELETE FROM jobs WHERE state NOT IN ('queued', 'running') AND number <= "
            "(SELECT max(number) FROM jobs) - ?",
            (self._kept,),
        )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            before = self._connection.total_changes
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException as error:
                if isinstance(error, sqlite3.Error):
                    self._trouble = str(error)
                if self._connection.in_transaction:
                    with suppress(sqlite3.Error):  # some errors have ended the transaction themselves
                        self._connection.execute("ROLLBACK")
                raise
            if self._connection.total_changes > before:
                self._trouble = None


def _data(text: object, identity: str, what: str) -> dict[str, Any]:
    data = unsealed(text)
    if data is None:
        raise JobDamaged(identity, what)
    return data


def _sound(row: sqlite3.Row) -> dict[str, Any]:
    """A job as it is kept; one whose record is damaged counts as failed, for that reason."""
    identity = str(row["id"])
    times = [row[key] for key in ("created", "started", "ended", "cost")]
    finite = all(one is None or (isinstance(one, float) and math.isfinite(one)) for one in times)
    words = isinstance(row["label"], str) and isinstance(row["error"], str | None)
    if (
        finite
        and words
        and row["state"] in STATES
        and isinstance(row["attempts"], int)
        and times[0] is not None
    ):
        return dict(row) | {"id": identity, "has_plan": bool(row["has_plan"])}
    damage = str(JobDamaged(identity, "record"))
    nothing = dict.fromkeys(("started", "ended", "cost"))
    rest = {"label": "", "state": "failed", "created": 0.0, "attempts": 0, "error": damage, "has_plan": False}
    return {"id": identity, **nothing, **rest}
