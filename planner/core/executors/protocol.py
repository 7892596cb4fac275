"""What is asked of a place where independent solves run: one protocol for every set of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

A = TypeVar("A")
R = TypeVar("R")


class Executor(Protocol):
    """Runs functions of modules that workers can import, in processes that are not the host's.

    A worker that dies takes no result with it: its calls are run again elsewhere, so every future ends once,
    with a result or an exception.
    """

    @property
    def workers(self) -> int:
        """Calls that run at the same time."""

    def submit(self, function: Callable[[A], R], argument: A) -> Future[R]:
        """Queue a call."""

    def close(self) -> None:
        """Give the workers up; queued calls are dropped."""
