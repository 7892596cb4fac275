"""Where independent solves run, as options of the verbs that have many of them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from planner.core.errors import ExitCode, PlannerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from planner.core.executors.protocol import Executor
    from planner.instance import Instance
    from planner.optimize.solve_options import SolveOptions

T = TypeVar("T")

EXECUTORS = ("local", "dask")


class UsageError(PlannerError):
    """Options that do not go together."""

    exit_code = ExitCode.USAGE


@contextmanager
def executor_of(name: str, scheduler: str | None, workers: int | None) -> Iterator[Executor | None]:
    """The executor of that name, closed at the end; None means local processes of the run's own."""
    if name not in EXECUTORS:
        raise UsageError(f"no executor '{name}'; there are {', '.join(EXECUTORS)}")
    if name == "local":
        if scheduler is not None:
            raise UsageError("--scheduler needs --executor dask")
        yield None
        return
    from planner.core.executors.dask_cluster import DaskExecutor

    with DaskExecutor(scheduler, workers) as executor:
        yield executor


@contextmanager
def few_on(name: str, scheduler: str | None, workers: int) -> Iterator[Executor | None]:
    """The same for verbs with a handful of solves: None, one after another, unless more workers are asked for."""
    with executor_of(name, scheduler, workers) as executor:
        if executor is not None or workers == 1:
            yield executor
            return
        from planner.core.executors.local import LocalExecutor

        with LocalExecutor(workers) as several:
            yield several


def found_by_few(
    find: Callable[[Instance, SolveOptions, Executor | None], T],
    file: Path,
    settings: list[str],
    limits: tuple[float, float],
    where: tuple[str, str | None, int],
) -> tuple[Instance, T]:
    """The instance of a file, and what `find` makes of it with a handful of solves.

    `limits` are seconds and relative gap of each solve, `where` the executor, its scheduler and workers.
    """
    from planner.app.cli.common import read_instance
    from planner.optimize.solve_options import SolveOptions

    instance = read_instance(file, settings)
    with few_on(*where) as executor:
        time_limit_s, relative_gap = limits
        return instance, find(
            instance, SolveOptions(time_limit_s=time_limit_s, relative_gap=relative_gap), executor
        )
