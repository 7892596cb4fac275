"""Executor in this process: calls run one after another in a thread, for functions that no other process can import."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

A = TypeVar("A")
R = TypeVar("R")


class InProcessExecutor:
    """One worker, a thread of this process: nothing is pickled, and nothing ends a call from outside."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="planner-sweep")

    @property
    def workers(self) -> int:
        """Calls that run at the same time: one."""
        return 1

    def submit(self, function: Callable[[A], R], argument: A) -> Future[R]:
        """Queue a call."""
        return self._thread.submit(function, argument)

    def close(self) -> None:
        """Wait for the call that runs; queued calls are dropped."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> InProcessExecutor:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()
