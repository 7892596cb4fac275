"""Workers: threads that take queued jobs and watch over the processes that solve them."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from planner.app.service.child import Child
from planner.app.service.store import JobDamaged
from planner.core.solution import Status

if TYPE_CHECKING:
    from planner.app.service.settings import Settings
    from planner.app.service.store import Store

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
START_SECONDS = 15.0
NOTE_SECONDS = 0.5
RETRY_SECONDS = 2.0


class Workers:
    """The solving end of the service."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._wake = threading.Condition()
        self._running: dict[str, Child] = {}
        self._cancelled: set[str] = set()
        self._ending = False
        self._threads = [
            threading.Thread(target=self._work, name=f"planner-worker-{number}", daemon=True)
            for number in range(settings.workers)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def problems(self) -> list[str]:
        """What keeps jobs from being done; empty when all is well."""
        trouble = self._store.trouble()
        dead = sum(not thread.is_alive() for thread in self._threads)
        return [
            *([f"the store of jobs cannot be written: {trouble}"] if trouble is not None else []),
            *([f"{dead} of {len(self._threads)} workers ended"] if dead else []),
        ]

    def notify(self) -> None:
        """A job was queued."""
        with self._wake:
            self._wake.notify()

    def cancel(self, identity: str) -> bool:
        """Cancel a queued or running job; whether there was one to cancel."""
        if self._store.cancel_queued(identity):
            return True
        with self._wake:
            child = self._running.get(identity)
            if child is None:
                return False
            self._cancelled.add(identity)
        child.stop()
        return True

    def close(self) -> None:
        """Stop working. What runs is killed and queued again: the next start takes it up."""
        with self._wake:
            self._ending = True
            self._wake.notify_all()
            children = list(self._running.values())
        for child in children:
            child.kill()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        """Take job after job. Nothing ends a worker but the end of the service."""
        while not self._ending:
            try:
                job = self._store.take()
            except JobDamaged as damaged:
                self._end(damaged.identity, Ended("failed", None, str(damaged)))
                continue
            except Exception:  # a full disk, a file taken away: it may be there again in a while
                log.exception("no job can be taken")
                job = None
            if job is None:
                with self._wake:
                    self._wake.wait(IDLE_SECONDS)
                continue
            try:
                ended = self._do(*job)
            except Exception as error:
                log.exception("job %s", job[0])
                ended = Ended("failed", None, f"internal error: {type(error).__name__}: {error}")
            self._end(job[0], ended)

    def _end(self, identity: str, ended: Ended) -> None:
        """Write the end of a job, again and again while the store cannot: what was found is not lost.

        When the service ends before, the next start finds the job running and does it again.
        """
        while True:
            try:
                if ended.state == "queued":
                    self._store.put_back(identity)
                else:
                    self._store.end(identity, ended.state, ended.plan, ended.error)
            except Exception:
                log.exception("the end of job %s cannot be written", identity)
                with self._wake:
                    if self._ending or self._wake.wait_for(lambda: self._ending, RETRY_SECONDS):
                        return
            else:
                return

    def _do(self, identity: str, request: dict[str, Any]) -> Ended:
        seconds = float(request["options"]["time_limit_s"]) + START_SECONDS
        task = {"task": "solve", "memory_mb": self._settings.max_memory_mb, **request}
        child = Child(task)
        with self._wake:
            self._running[identity] = child
        cancelled = False
        try:
            plan, error = child.run(seconds, Diary(self._store, identity).note)
        finally:
            with self._wake:
                del self._running[identity]
                cancelled = identity in self._cancelled
                self._cancelled.discard(identity)
        if self._ending and plan is None:
            return Ended("queued", None, None)
        if plan is not None and plan["status"] == str(Status.REFUSED):
            error = "; ".join(("the audit refuses the plan that was found", *plan["reasons"]))
            return Ended("failed", plan, error)
        state = "cancelled" if cancelled else "done" if plan is not None else "failed"
        return Ended(state, plan, None if plan is not None or cancelled else error)


class Ended(NamedTuple):
    """How a job ended: its new state (`queued`: not by its own fault, it is done again), plan and error."""

    state: str
    plan: dict[str, Any] | None
    error: str | None


class Diary:
    """Progress of one job in the store: every better plan, and bounds a few times a second."""

    def __init__(self, store: Store, identity: str) -> None:
        self._store = store
        self._identity = identity
        self._numbers = count(1)
        self._cost: float | None = None
        self._noted = 0.0

    def note(self, event: dict[str, Any]) -> None:
        """Keep an event that carries enough news."""
        now = time.monotonic()
        if event["audited"] or event["cost"] != self._cost or now - self._noted >= NOTE_SECONDS:
            self._cost, self._noted = event["cost"], now
            with suppress(sqlite3.Error):  # the store reports its own fault; a job goes on without its log
                self._store.add_event(self._identity, next(self._numbers), event)
