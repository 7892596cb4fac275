"""`planner backtest`: plans made on the past, lived through what came."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.app.cli.demand_options import FillOption, Mapped, OfModel, Start, demand_history
from planner.app.cli.executors import found_by_few
from planner.app.cli.forecast import Naive
from planner.app.cli.options import (
    EachGap,
    EachLimit,
    ExecutorName,
    FewWorkers,
    InstanceFile,
    Json,
    Scheduler,
    Settings,
    Unserved,
)

if TYPE_CHECKING:
    from planner.core.executors.protocol import Executor
    from planner.instance import Instance
    from planner.optimize.solve_options import SolveOptions
    from planner.study.backtesting.outcome import BacktestOutcome

History = Annotated[
    list[Path], typer.Option(help="Demand of the past, as `planner import demand` reads it.", metavar="FILE")
]
OfWorkload = Annotated[
    str | None, typer.Option(help="The workload that it is of; may be left out where there is one.")
]
Ahead = Annotated[
    int | None,
    typer.Option("--periods", min=1, help="Length of each horizon; absent: as long as the instance's."),
]
Horizons = Annotated[int, typer.Option(min=1, max=1000, help="At most so many horizons, the latest ones.")]
Quantile = Annotated[
    list[float], typer.Option(min=0.0, max=1.0, help="Safety: a quantile of past weeks (days), hour by hour.")
]
Headroom = Annotated[list[float], typer.Option(min=0.01, max=100.0, help="Safety: a factor on the forecast.")]
Scenarios = Annotated[bool, typer.Option(help="Safety: scenarios out of what forecasts missed.")]
Timezone = Annotated[
    str | None, typer.Option(help="IANA zone of times without an offset; absent: the horizon's.")
]
Out = Annotated[
    Path | None, typer.Option(help="Table of safeties and horizons: CSV, or Parquet by its name.")
]


def backtest(
    context: typer.Context,
    file: InstanceFile,
    history: History,
    workload: OfWorkload = None,
    periods: Ahead = None,
    horizons: Horizons = 4,
    quantile: Quantile = [0.9],  # noqa: B006 (typer reads the default, nobody changes it)
    headroom: Headroom = [1.2],  # noqa: B006 (as above)
    scenarios: Scenarios = True,
    shed: Unserved = None,
    naive: Naive = False,
    timezone: Timezone = None,
    start: Start = None,
    mapped: Mapped = None,
    model: OfModel = None,
    fill: FillOption = None,
    out: Out = None,
    json: Json = False,
    time_limit: EachLimit = 60.0,
    gap: EachGap = 0.005,
    executor: ExecutorName = "local",
    scheduler: Scheduler = None,
    workers: FewWorkers = 1,
    settings: Settings = [],  # noqa: B006 (as above)
) -> None:
    """Plan on the past, live through what came, and tell which safety was worth it.

    Horizons as long as the instance's (--periods: shorter) are cut from the end of the history. Each is planned from
    what was known before it: the forecast, a quantile of past weeks, the forecast times a headroom, or scenarios. What
    a plan signs stays; what is hired by the period follows what comes, as far as start-up allows. Regret is the cost
    above that of the plan that knew what would come.

    Exit codes: 0 done, 2 usage, 3 invalid input or a plan is missing, 7 no Dask, 130 Ctrl-C.

    Example:

      planner backtest mine.yaml --history past.csv --periods 24 --headroom 1.1 --headroom 1.3 --out lived.csv
    """
    from planner.app.cli.common import messages, print_json
    from planner.core.named_files import named_files
    from planner.core.overwriting import refuse_overwriting
    from planner.study.backtesting.backtest import BacktestQuestion
    from planner.study.backtesting.backtest import backtest as tried
    from planner.study.backtesting.history import shortened
    from planner.study.backtesting.safeties import usual_safeties
    from planner.study.sweeps import CASE_OPTIONS
    from planner.study.sweeps.table_file import TableFile

    history = named_files(history)
    refuse_overwriting([out], [file, *history])
    table = None if out is None else TableFile(out)
    reading = (timezone, start, mapped, model, fill)

    def find(instance: Instance, options: SolveOptions, running: Executor | None) -> BacktestOutcome:
        instance, name = shortened(instance, periods), _workload(instance, workload)
        safeties = tuple(usual_safeties(quantile, headroom, scenarios))
        asked = BacktestQuestion(name, safeties, horizons, shed, not naive)
        how = replace(CASE_OPTIONS, time_limit_s=options.time_limit_s, relative_gap=options.relative_gap)
        return tried(instance, demand_history(context, instance, history, reading), asked, how, running)

    where = (executor, scheduler, workers)
    instance, found = found_by_few(find, file, settings, (time_limit, gap), where)
    if table is not None and out is not None:
        table.write(found.frame())
        messages().print(f"{len(found.lived)} rows in {out}", markup=False)
    if json:
        print_json(_record(instance, found))
    else:
        _show(instance, found)


def _workload(instance: Instance, name: str | None) -> str:
    from planner.core.errors import Fault, InstanceError

    there = list(instance.workloads)
    if name is not None or len(there) == 1:
        return name or there[0]
    raise InstanceError([Fault(f"say which workload the history is of: {', '.join(there)}", "--workload")])


def _record(instance: Instance, found: BacktestOutcome) -> dict[str, Any]:
    return {
        "instance": instance.name,
        "currency": instance.currency,
        "horizons": found.horizons,
        "safeties": found.by_safety().reset_index().to_dict("records"),
        "lived": found.frame().to_dict("records"),
        "left_out": found.left_out,
        "notes": list(found.notes),
        "verdict": found.verdict(),
    }


def _show(instance: Instance, found: BacktestOutcome) -> None:
    from planner.app.cli.common import output, print_table

    first, last = (end(one.begins for one in found.lived) for end in (min, max))
    title = f"{instance.name}: {found.horizons} horizons lived, from {first} to {last} on ({instance.currency}, means)"
    header = (
        "safety",
        "nodes signed",
        "planned",
        "lived",
        "of it unserved",
        "unserved",
        "regret",
        "largest regret",
    )
    rows = [
        (
            str(name),
            f"{row['nodes_signed']:,.1f}",
            *(f"{row[key]:,.2f}" for key in ("planned_cost", "cost", "unserved_cost")),
            f"{row['breach_share']:.3%}",
            *(f"{row[key]:,.2f}" for key in ("regret", "largest_regret")),
        )
        for name, row in found.by_safety().iterrows()
    ]
    hindsight = float(found.by_safety()["hindsight_cost"].iloc[0])
    rows.append(("in hindsight", "", "", f"{hindsight:,.2f}", "", "", "", ""))
    print_table(header, rows, title, right=range(1, len(header)))
    for name, reason in found.left_out.items():
        output().print(f"{name} left out: {reason}", markup=False)
    for note in found.notes:
        output().print(f"note: {note}", markup=False)
    output().print(found.verdict(), markup=False)
