"""Workers: threads that take queued jobs and watch over the processes that solve them."""

from __future__ import annotations

import logging
import threading
import time
from itertools import count
from typing import TYPE_CHECKING, Any

from planner.service.child import Child
from planner.solution import Status

if TYPE_CHECKING:
    from planner.service.settings import Settings
    from planner.service.store import Store

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
START_SECONDS = 15.0
NOTE_SECONDS = 0.5


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
        """Take up what an earlier run left, and begin."""
        self._store.recover()
        for thread in self._threads:
            thread.start()

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
        while not self._ending:
            job = self._store.take()
            if job is None:
                with self._wake:
                    self._wake.wait(IDLE_SECONDS)
                continue
            try:
                self._do(*job)
            except Exception:
                log.exception("job %s", job[0])
                self._store.end(job[0], "failed", None, "internal error")

    def _do(self, identity: str, request: dict[str, Any]) -> None:
        seconds = float(request["options"]["time_limit_s"]) + START_SECONDS
        task = {"task": "solve", "memory_mb": self._settings.max_memory_mb, **request}
        child = Child(task)
        with self._wake:
            self._running[identity] = child
        plan, error = child.run(seconds, Diary(self._store, identity).note)
        with self._wake:
            del self._running[identity]
            cancelled = identity in self._cancelled
            self._cancelled.discard(identity)
            if self._ending and plan is None:
                self._store.put_back(identity)
                return
        if plan is not None and plan["status"] == str(Status.REFUSED):
            error = "; ".join(("the audit refuses the plan that was found", *plan["reasons"]))
            self._store.end(identity, "failed", plan, error)
            return
        state = "cancelled" if cancelled else "done" if plan is not None else "failed"
        self._store.end(identity, state, plan, None if plan is not None or cancelled else error)


class Diary:
    """Progress of one job in the store: every better plan, and bounds a few times a second."""

    def __init__(self, store: Store, identity: str) -> None:
        self._store = store
        self._identity = identity
        self._numbers = count(1)
        self._cost: float | None = None
        self._noted = 0.0

    def note(self, event: dict[str, Any]) -> None:
        """Keep an event, if it tells enough."""
        now = time.monotonic()
        if event["cost"] != self._cost or now - self._noted >= NOTE_SECONDS:
            self._cost, self._noted = event["cost"], now
            self._store.add_event(self._identity, next(self._numbers), event)
