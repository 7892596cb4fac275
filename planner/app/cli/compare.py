"""`planner compare`: what changes between plans or instances."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.app.cli.executors import few_on
from planner.app.cli.options import ExecutorName, FewWorkers, Json, Scheduler
from planner.core.errors import ExitCode

if TYPE_CHECKING:
    import pandas as pd

    from planner.instance import Instance
    from planner.plan.plan import Plan

Things = Annotated[
    list[Path],
    typer.Argument(help="plan.json files, folders of plans, or instance files.", metavar="A B [C ...]"),
]


def compare(
    things: Things,
    json: Json = False,
    table: Annotated[bool, typer.Option("--table", help="Print tables side by side.")] = False,
    time_limit: Annotated[
        float, typer.Option(min=0.1, help="Seconds for each instance that is solved.")
    ] = 60.0,
    gap: Annotated[float, typer.Option(min=0.0, max=1.0, help="Relative gap to prove for them.")] = 0.005,
    executor: ExecutorName = "local",
    scheduler: Scheduler = None,
    workers: FewWorkers = 1,
) -> None:
    """Say what changes from A to B: inputs, cost by term, fleet, units, hours. Instances are solved first.

    Exit codes: 0 compared, 2 fewer than two things, 3 invalid input, 4 or 6 one of them has no plan.

    Examples:

      planner compare out/peak out/peak_dearer

      planner compare instances/peak.yaml instances/deepseek_day.yaml --table
    """
    from planner.app.cli.common import output, print_json
    from planner.optimize.solve_options import SolveOptions
    from planner.study.comparison import compare as put_side_by_side

    if len(things) < 2:
        raise typer.BadParameter("give two or more plans or instances")
    options = SolveOptions(time_limit_s=time_limit, relative_gap=gap)
    read = [_read(thing) for thing in things]
    with few_on(executor, scheduler, workers) as running:
        result = put_side_by_side(*read, labels=_labels(things), options=options, executor=running)
    if json:
        print_json(result.to_dict())
    elif table:
        for name in ("verdict", "inputs", "fleet", "units", "costs", "hours"):
            output().print(_rich(name, getattr(result, name)))
    else:
        output().print(result.text(), markup=False)
    unusable = [plan for plan in result.plans if not plan.usable]
    if unusable:
        from planner.app.cli.common import exit_code_of

        raise typer.Exit(exit_code_of(unusable[0]))
    raise typer.Exit(ExitCode.SOLVED)


def _read(path: Path) -> Plan | Instance:
    from planner.app.cli.common import read_instance, read_plan

    return read_instance(path, []) if path.suffix in (".yaml", ".yml") else read_plan(path)


def _labels(paths: list[Path]) -> list[str]:
    """The shortest ends of the paths that all differ; whole paths where one file is given twice."""
    paths = [path.parent if path.name == "plan.json" else path for path in paths]
    deepest = max(len(path.parts) for path in paths)
    for length in range(1, deepest + 1):
        labels = ["/".join(path.with_suffix("").parts[-length:]) for path in paths]
        if len(set(labels)) == len(labels):
            return labels
    return [f"{path} ({place})" for place, path in enumerate(paths, 1)]


def _rich(title: str, frame: pd.DataFrame) -> object:
    from planner.view.reporting.table import PlainTable

    shown = PlainTable(title=title, title_justify="left", box=None, header_style="bold")
    for name in frame.columns:
        shown.add_column(str(name))
    for row in frame.itertuples(index=False, name=None):
        shown.add_row(*(_cell(value) for value in row))
    return shown


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, float):
        return "" if value != value else f"{value:,.4g}" if abs(value) < 10 else f"{value:,.2f}"
    return "" if value is None else str(value)
