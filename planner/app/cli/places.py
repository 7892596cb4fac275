"""Where independent solves run, as options of the verbs that have many of them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from planner.core.errors import ExitCode, PlannerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.core.executors.protocol import Executor

ENGINES = ("local", "dask")

Engine = Annotated[str, typer.Option(help="Where cases run: local processes, or dask.")]
Scheduler = Annotated[str | None, typer.Option(help="Address of a Dask scheduler: tcp://host:8786")]
Workers = Annotated[int | None, typer.Option(min=1, max=1024, help="Cases at a time; one a processor.")]
FewWorkers = Annotated[int, typer.Option(min=1, max=1024, help="Solves at a time.")]


class UsageError(PlannerError):
    """Options that do not go together."""

    exit_code = ExitCode.USAGE


@contextmanager
def place_of(engine: str, scheduler: str | None, workers: int | None) -> Iterator[Executor | None]:
    """The place where cases run, given up at the end; None stands for local processes of the run's own."""
    if engine not in ENGINES:
        raise UsageError(f"no engine '{engine}'; there are {', '.join(ENGINES)}")
    if engine == "local":
        if scheduler is not None:
            raise UsageError("--scheduler needs --engine dask")
        yield None
        return
    from planner.core.executors.dask_cluster import DaskExecutor

    with DaskExecutor(scheduler, workers) as executor:
        yield executor


@contextmanager
def few_of(engine: str, scheduler: str | None, workers: int) -> Iterator[Executor | None]:
    """The same for verbs with a handful of solves: None, one after another, unless more workers are asked for."""
    with place_of(engine, scheduler, workers) as place:
        if place is not None or workers == 1:
            yield place
            return
        from planner.core.executors.local import LocalExecutor

        with LocalExecutor(workers) as several:
            yield several
