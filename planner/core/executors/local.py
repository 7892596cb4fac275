"""Local executor: worker processes of this machine, each started with a command of its own.

Neither forked nor spawned by multiprocessing, so the host's main module is never imported again: plain
scripts, notebooks and programs read from stdin can all sweep.
"""

from __future__ import annotations

import os
import pickle
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from planner.core.child_process import ChildProcess
from planner.core.errors import PlannerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

A = TypeVar("A")
R = TypeVar("R")

ATTEMPTS = 2


class WorkerLost(PlannerError):
    """A worker process died in the middle of a call."""


class StartFailed(WorkerLost):
    """A worker process died before it was ready: no call can succeed."""


class OutOfTime(WorkerLost):
    """A call did not end within its limit, and its process was ended."""


class WorkerProcess:
    """One worker process. Calls and answers travel pickled by us, so that one that cannot be is reported as such."""

    def __init__(self) -> None:
        self._inbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._process = ChildProcess("planner.core.executors.worker", take=self._inbox.put)
        self._ready = False

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.alive

    def call(self, function: Callable[[A], R], argument: A, limit_s: float | None) -> R:
        """Run a call there. Raises what it raises; WorkerLost when the process dies or the limit passes."""
        asked = pickle.dumps((function, argument))
        if not self._ready:  # starting up does not count against the limit of a call
            if self._inbox.get() is None:
                raise StartFailed("a worker process cannot start; stderr has its last words")
            self._ready = True
        self._process.send(asked)
        try:
            answer = self._inbox.get(timeout=limit_s)
        except queue.Empty:
            raise OutOfTime(f"did not end within {limit_s:g} s") from None
        if answer is None:
            raise WorkerLost("its process died")
        result, error = pickle.loads(answer)
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]

    def kill(self) -> None:
        """End the process at once, from any thread: a call that waits for it then raises WorkerLost."""
        self._process.kill()

    def end(self) -> None:
        """End the process and give its pipes back; only where no other thread can be in a call."""
        self._process.end()


class LocalExecutor:
    """A fixed number of worker processes. Use as a context manager, or call `close`."""

    def __init__(self, workers: int | None = None, limit_s: float | None = None) -> None:
        """`workers` is one a processor when not given; a call that lasts longer than `limit_s` is ended.

        Raises ValueError for fewer than one worker. Processes start with the first calls.
        """
        count = workers if workers is not None else len(os.sched_getaffinity(0))
        if count < 1:
            raise ValueError(f"workers must be 1 or more, not {count}")
        self._workers = count
        self._limit_s = limit_s
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="planner-sweep")
        self._lock = threading.Lock()
        self._all: set[WorkerProcess] = set()
        self._idle: list[WorkerProcess] = []
        self._closed = False

    @property
    def workers(self) -> int:
        """Calls that run at the same time."""
        return self._workers

    @property
    def pids(self) -> list[int]:
        """Ids of the processes there are."""
        with self._lock:
            return sorted(process.pid for process in self._all)

    def submit(self, function: Callable[[A], R], argument: A) -> Future[R]:
        """Queue a call. When its process dies it is run once more in a fresh one, then WorkerLost stands."""
        return self._threads.submit(self._run, function, argument)

    def close(self) -> None:
        """End the processes, with whatever they are at; queued calls are dropped."""
        with self._lock:
            self._closed = True
            running = tuple(self._all)
        for process in running:
            process.kill()
        # a thread in a call still waits for its process, and drops it: pipes are closed when all have ended
        self._threads.shutdown(wait=True, cancel_futures=True)
        for process in tuple(self._all):
            process.end()

    def __enter__(self) -> LocalExecutor:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _run(self, function: Callable[[A], R], argument: A) -> R:
        for attempt in range(1, ATTEMPTS + 1):
            process = self._take()
            try:
                result = process.call(function, argument, self._limit_s)
            except WorkerLost as lost:
                self._drop(process)
                # a call that was out of time would be so again
                if attempt == ATTEMPTS or self._closed or isinstance(lost, OutOfTime):
                    raise
                continue
            except BaseException:
                self._give_back(process)
                raise
            self._give_back(process)
            return result
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _take(self) -> WorkerProcess:
        with self._lock:
            if self._closed:
                raise WorkerLost("the executor is closed")
            while self._idle:
                process = self._idle.pop()
                if process.alive:
                    return process
                self._all.discard(process)
            process = WorkerProcess()
            self._all.add(process)
            return process

    def _give_back(self, process: WorkerProcess) -> None:
        with self._lock:
            self._idle.append(process)

    def _drop(self, process: WorkerProcess) -> None:
        process.end()
        with self._lock:
            self._all.discard(process)
