"""Where the cases of a sweep are solved, and what a function of the user's own may ask of that."""

from __future__ import annotations

import os
import pickle
from contextlib import contextmanager
from typing import TYPE_CHECKING

from planner.core.errors import PlannerError
from planner.core.executors.in_process import InProcessExecutor
from planner.core.executors.local import LocalExecutor
from planner.study.sweeps.solving import forget

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from planner.core.executors.protocol import Executor
    from planner.optimize.customize import Customize
    from planner.optimize.solve_options import SolveOptions

# what a case gets beyond its time limit to be built and read before its process is ended
_GRACE_S = 30.0


def room(threads: int) -> int:
    """How many cases of so many threads the processors of this machine have room for."""
    return max(1, len(os.sched_getaffinity(0)) // threads)


@contextmanager
def workers_for(
    options: SolveOptions, executor: Executor | None, workers: int | None, customize: Customize | None
) -> Iterator[Executor]:
    """The executor given, which stays open; else local processes, or this one for a function of the user's own.

    Raises PlannerError where `workers` are asked for that cannot import the function.
    """
    if executor is not None:
        yield executor
    elif customize is not None and workers is None:
        try:
            with InProcessExecutor() as here:
                yield here
        finally:
            forget()
    else:
        if customize is not None:
            _check_importable(customize)
        limit = None if options.time_limit_s is None else options.time_limit_s + _GRACE_S
        with LocalExecutor(workers or room(options.threads), limit) as local:
            yield local


def check_kept(customize: Customize | None, journal: str | Path | None) -> None:
    """Raise PlannerError where rows would be kept that the next run could not tell from those of another function."""
    if customize is not None and journal is not None:
        raise PlannerError(
            "a journal cannot tell which function its rows were solved with: leave out `journal` or `customize`"
        )


def _check_importable(customize: Customize) -> None:
    try:
        pickle.dumps(customize)
        importable = getattr(customize, "__module__", "__main__") != "__main__"
    except (pickle.PicklingError, AttributeError, TypeError):
        importable = False
    if not importable:
        raise PlannerError(
            "worker processes cannot import `customize`: put the function into a module, or leave out `workers` to"
            " solve the cases in this process"
        )
