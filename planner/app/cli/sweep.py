"""`planner sweep`: many cases of one instance into one table."""

from __future__ import annotations

import json as json_text
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.app.cli.executors import executor_of
from planner.app.cli.options import ExecutorName, Json, Quiet, Scheduler, Settings, Warm, Workers
from planner.core.errors import ExitCode
from planner.core.solution import Method

if TYPE_CHECKING:
    import pandas as pd

    from planner.plan.plan import Plan
    from planner.study.sweeps import SweepProgress
    from planner.study.sweeps.spec import LoadedSweep

AS_SPEC = "as SPEC says"
SpecFile = Annotated[Path, typer.Argument(help="Sweep file (YAML).", metavar="SPEC")]
Table = Annotated[
    Path | None, typer.Option(help="Table of results: CSV, or Parquet by its name. Default: SPEC.csv.")
]
CaseLimit = Annotated[
    float | None, typer.Option(min=0.1, help="Seconds for each case.", show_default=AS_SPEC)
]
CaseGap = Annotated[
    float | None,
    typer.Option(min=0.0, max=1.0, help="Relative gap to prove in each case.", show_default=AS_SPEC),
]
CaseSolver = Annotated[str | None, typer.Option(help="Engine: race, or one by name.", show_default=AS_SPEC)]
CaseMethod = Annotated[
    Method | None, typer.Option(help="By size, at once, or by period.", show_default=AS_SPEC)
]
CaseThreads = Annotated[
    int | None, typer.Option(min=1, max=256, help="Threads of each case.", show_default=AS_SPEC)
]
Seed = Annotated[
    int | None, typer.Option(min=0, max=2**31 - 1, help="Seed of draws and engines.", show_default=AS_SPEC)
]


def sweep(
    spec: SpecFile,
    out: Table = None,
    time_limit: CaseLimit = None,
    gap: CaseGap = None,
    solver: CaseSolver = None,
    method: CaseMethod = None,
    threads: CaseThreads = None,
    seed: Seed = None,
    warm: Warm = None,
    settings: Settings = [],  # noqa: B006 (typer reads the default, nobody changes it)
    executor: ExecutorName = "local",
    scheduler: Scheduler = None,
    workers: Workers = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Solve every case of a sweep file; killed and started again, it goes on where it was.

    Finished cases are kept in OUT.journal.jsonl as they finish; OUT holds the table as far as it goes. A case
    that cannot be solved is a row with its reason; one that failed, as by a killed worker, is solved again.

    Options say how each case is solved where that is not to be as SPEC says.

    Exit codes: 0 every case has a row, 1 the audit refuses the plan of a case, 3 invalid input,
    7 no Dask, 130 Ctrl-C (finished cases are kept).

    Examples:

      planner sweep instances/sweeps/rent_price.yaml --out out/rent_price.csv

      planner sweep instances/sweeps/rent_price.yaml --gap 0.001 --threads 2 --set workloads.chat.demand.scale=2

      planner sweep instances/sweeps/rent_price.yaml --executor dask --scheduler tcp://localhost:8786
    """
    from planner.app.cli.common import print_json, read_plan
    from planner.core.overwriting import refuse_overwriting
    from planner.loader import assignments
    from planner.study.sweeps.rows import raise_refused
    from planner.study.sweeps.spec import load_sweep

    target = out if out is not None else spec.with_suffix(".csv")
    refuse_overwriting([target], [spec])
    options = {
        **{"time_limit_s": time_limit, "gap": gap, "solver": solver, "method": method},
        **{"threads": threads, "seed": seed, "overrides": assignments(settings) or None},
    }
    loaded = load_sweep(spec, {key: value for key, value in options.items() if value is not None})
    start = None if warm is None else read_plan(warm)
    refuse_overwriting([target, journal_of(target)])
    table, interrupted = _solved(loaded, target, start, (executor, scheduler, workers), quiet)
    if json:
        print_json(json_text.loads(table.to_json(orient="records")))
    elif not quiet:
        _summarise(table, target)
    raise_refused(table)
    if interrupted:
        _tell_interrupted(len(loaded.cases) - len(table))


def journal_of(target: Path) -> Path:
    """Where the cases of a table are kept as they finish."""
    return target.with_name(f"{target.name}.journal.jsonl")


def _solved(
    loaded: LoadedSweep,
    target: Path,
    start: Plan | None,
    where: tuple[str, str | None, int | None],
    quiet: bool,
) -> tuple[pd.DataFrame, bool]:
    """The table of all cases, kept beside `target` as it grows, and whether Ctrl-C ended it before its end."""
    from planner.app.cli.common import cancel_on_signals
    from planner.optimize.engines import CancelToken
    from planner.study.sweeps import sweep as run

    cancel = CancelToken()
    cancel_on_signals(cancel)
    with executor_of(*where) as running:
        table = run(
            loaded.instance,
            loaded.cases,
            loaded.spec.options,
            executor=running,
            workers=where[2],
            journal=journal_of(target),
            out=target,
            warm_start=loaded.spec.warm_start,
            start=start,
            on_progress=None if quiet else show_progress,
            cancel=cancel,
        )
    return table, cancel.cancelled


def show_progress(progress: SweepProgress) -> None:
    """One line a finished case on stderr; on a terminal one live line."""
    row = progress.row
    live = sys.stderr.isatty()
    outcome = row["reason"] if row["cost"] is None else f"{row['cost']:,.2f}"
    line = f"{progress.done}/{progress.total}  {progress.seconds:,.1f} s  {row['status']}  {outcome}"
    sys.stderr.write(f"\r\x1b[2K{line[:110]}" if live else f"{line}\n")
    sys.stderr.flush()


def end_progress() -> None:
    """Take the live line off the terminal."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[2K")


def _tell_interrupted(left: int) -> None:
    from planner.app.cli.common import messages

    messages().print(f"interrupted: run it again to solve the other {left} cases")
    raise typer.Exit(ExitCode.INTERRUPTED)


def _summarise(table: pd.DataFrame, target: Path) -> None:
    from planner.app.cli.common import messages, output

    end_progress()
    for status, count in table["status"].value_counts().items():
        output().print(f"{count} {status}", markup=False)
    costs = table["cost"].dropna()
    if len(costs):
        output().print(
            f"cost {costs.min():,.2f} .. {costs.max():,.2f}, median {costs.median():,.2f}", markup=False
        )
    messages().print(f"wrote {target}", style="dim", markup=False)
