"""Sweep: many cases of one instance, solved side by side, into one tidy table."""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.core.executors.local import StartFailed
from planner.optimize.engines import prover
from planner.optimize.solve_options import SolveOptions
from planner.study.sweeps.case import Case, CaseTask, cases_of
from planner.study.sweeps.designs import grid
from planner.study.sweeps.journal import Journal
from planner.study.sweeps.rows import FAILED, failed_row, table_of
from planner.study.sweeps.solving import solve_task
from planner.study.sweeps.table_file import TableFile
from planner.study.sweeps.workers import check_kept, workers_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    import pandas as pd

    from planner.core.executors.protocol import Executor
    from planner.instance import Instance
    from planner.model.signed import Signed
    from planner.optimize.customize import Customize
    from planner.optimize.engines import CancelToken
    from planner.plan.plan import Plan
    from planner.study.sweeps.case import Inputs
    from planner.study.sweeps.rows import Row

_LOGGER = logging.getLogger(__name__)

CASE_OPTIONS = SolveOptions(time_limit_s=60.0, relative_gap=0.01, solver=prover(), threads=1)
# calls queued for each worker, so that none waits for the host while cases keep the order of the design
_QUEUED_PER_WORKER = 2
_POLL_S = 0.1
LOST = "what ran it was lost"


@dataclass(frozen=True)
class SweepProgress:
    """Progress of a sweep, reported after every finished case. `done` counts cases, repeated ones included."""

    done: int
    total: int
    seconds: float
    case: Case
    row: Row


def sweep(
    instance: Instance,
    cases: Mapping[str, Sequence[Any]] | Iterable[Inputs] | pd.DataFrame,
    options: SolveOptions = CASE_OPTIONS,
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    journal: str | Path | None = None,
    out: str | Path | None = None,
    warm_start: bool = True,
    start: Plan | None = None,
    customize: Customize | None = None,
    signed: Sequence[Signed] | None = None,
    tell_signed: bool = False,
    on_progress: Callable[[SweepProgress], None] | None = None,
    cancel: CancelToken | None = None,
) -> pd.DataFrame:
    """Solve every case and return one row a case: inputs, cost, bound, gap, fleet, service, status, seconds.

    `cases` maps instance paths to values (a full grid), or lists the inputs of each case, also as a frame
    with a column a path. `options.time_limit_s` is the limit of each case. A case that is invalid,
    infeasible, too slow or fatal is a row with its `status` and `reason`. Equal cases are solved once. With
    a `journal` (JSON lines) rows are kept as they finish, and a sweep started again solves only the others
    and those that failed, as by a worker that was killed or a cluster that was lost.
    `out` names a CSV or Parquet file that holds the table, as far as it goes, at any moment.

    Cases are solved as `options` say, which are those of `planner.solve`; one thread and one engine a case
    solve most cases in a given time. They run one a worker, in local processes (`workers`; absent: as many as
    the processors have room for, each with its threads) or by another `executor`. `signed` is the first stage
    of each case where that is decided already, and with `tell_signed` the column `signed` says that of each
    plan (`planner.model.signed`). With `warm_start` a case starts from the plan of a neighbour, so which of
    several plans within the gap is found may depend on the order in which workers finish; `start` is a plan of the
    instance for cases that have no nearer one. `customize` adds constraints to the model of every case, as in
    `planner.solve`; cases are then solved in this process, one after another, unless `workers` or an executor is
    given, whose processes import the function. Ctrl-C or `cancel` ends the sweep with the rows so far. Raises
    InstanceError for a bad journal, StartFailed when no worker can start, SolverUnavailable when the executor is
    lost (finished rows are kept), PlannerError for `customize` that workers cannot import, or beside a journal.
    """
    check_kept(customize, journal)
    listed = cases_of(instance, _inputs(cases), options, signed, tell_signed)
    with ExitStack() as stack:
        book = stack.enter_context(Journal(Path(journal) if journal is not None else None))
        running = stack.enter_context(workers_for(options, executor, workers, customize))
        file = TableFile(Path(out)) if out is not None else None
        runner = _Runner(listed, book, file, on_progress)
        base = json.dumps(instance.to_dict())
        common = CaseTask(base, {}, options, warm_start, tell_signed, start, customize)
        tasks = {key: common.of(case) for key, case in runner.open_cases().items()}
        try:
            runner.run(running, tasks, cancel)
        finally:  # what is finished is in the file, even where the place of the cases was lost
            table = table_of(listed, book.rows)
            if file is not None:
                file.write(table)
        return table


class _Runner:
    """Hands tasks to an executor and files what comes back, each key once."""

    def __init__(
        self,
        cases: list[Case],
        journal: Journal,
        file: TableFile | None,
        on_progress: Callable[[SweepProgress], None] | None,
    ) -> None:
        self._listed = cases
        self._cases: dict[str, list[Case]] = {}
        for case in cases:
            self._cases.setdefault(case.key, []).append(case)
        self._total = len(cases)
        self._journal = journal
        self._table_file = file
        self._on_progress = on_progress
        self._began = time.monotonic()
        self._done = sum(len(group) for key, group in self._cases.items() if key in journal.rows)
        self._running: dict[Future[Row], str] = {}

    def open_cases(self) -> dict[str, Case]:
        """The first case of every key that has no row yet, in the order of the design."""
        return {key: group[0] for key, group in self._cases.items() if key not in self._journal.rows}

    def run(self, executor: Executor, tasks: dict[str, CaseTask], cancel: CancelToken | None) -> None:
        """Solve the tasks; an interrupt leaves what is finished."""
        waiting = iter(tasks.items())
        room = executor.workers * _QUEUED_PER_WORKER
        try:
            self._fill(executor, waiting, room)
            while self._running and not (cancel is not None and cancel.cancelled):
                finished, _ = wait(self._running, timeout=_POLL_S, return_when=FIRST_COMPLETED)
                for future in finished:
                    self._file(self._running.pop(future), future)
                self._fill(executor, waiting, room - len(self._running))
        except KeyboardInterrupt:
            _LOGGER.warning("interrupted after %d of %d cases", self._done, self._total)
        for future in self._running:
            future.cancel()

    def _fill(self, executor: Executor, waiting: Iterator[tuple[str, CaseTask]], room: int) -> None:
        for _, (key, task) in zip(range(room), waiting, strict=False):
            self._running[executor.submit(solve_task, task)] = key

    def _file(self, key: str, future: Future[Row]) -> None:
        try:
            row = future.result()
        except StartFailed:
            raise
        except Exception as error:  # the worker was lost, or the cluster gave up: a row like any other
            row = failed_row(FAILED, f"{type(error).__name__}: {str(error) or LOST}", seconds=0.0)
        if not self._journal.add(key, row):
            return
        if self._table_file is not None:
            self._table_file.offer(lambda: table_of(self._listed, self._journal.rows))
        for case in self._cases[key]:
            self._done += 1
            if self._on_progress is not None:
                seconds = time.monotonic() - self._began
                self._on_progress(SweepProgress(self._done, self._total, seconds, case, row))


def _inputs(cases: Any) -> list[Inputs]:
    """The inputs of every case, whatever shape they were given in."""
    if hasattr(cases, "to_dict"):
        records: list[Inputs] = cases.to_dict("records")
        return records
    if hasattr(cases, "items"):
        return grid(cases)
    return [dict(case) for case in cases]
