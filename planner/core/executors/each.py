"""Run a function on each of several arguments: here one after another, or side by side on an executor."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from planner.core.executors.protocol import Executor

A = TypeVar("A")
R = TypeVar("R")


def each(function: Callable[[A], R], arguments: Iterable[A], executor: Executor | None = None) -> list[R]:
    """Results in the order of the arguments. Raises what the first call that fails raises."""
    if executor is None:
        return [function(argument) for argument in arguments]
    futures = [executor.submit(function, argument) for argument in arguments]
    try:
        return [future.result() for future in futures]
    finally:
        for future in futures:
            future.cancel()
