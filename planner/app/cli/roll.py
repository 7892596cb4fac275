"""`planner roll`: the rest planned anew, again and again, from what runs and what came."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.app.cli.demand_options import FillOption, Mapped, OfModel, Start, Timezone, demand_history
from planner.app.cli.options import EachGap, EachLimit, InstanceFile, Json, Settings, Unserved
from planner.core.errors import ExitCode, Fault, InstanceError

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.study.tracking.happened import DemandThatCame
    from planner.study.uncertainty.rolling import RollingState

Came = Annotated[
    list[str],
    typer.Option(
        "--came",
        help="Demand that came, as `planner import demand` reads it; of several workloads NAME=FILE. Repeat.",
        metavar="FILE",
    ),
]
Begun = Annotated[
    Path | None,
    typer.Option("--plan", help="The plan that runs at the beginning; absent: found.", metavar="PLAN"),
]
Every = Annotated[int, typer.Option(min=1, help="Periods from one plan to the next.")]
Moved = Annotated[int | None, typer.Option(min=0, help="Nodes that a new plan may move in a period.")]
Out = Annotated[
    Path | None,
    typer.Option(help="Folder for the plan of what is left, or where nothing is, that was lived."),
]


def roll(
    context: typer.Context,
    file: InstanceFile,
    came: Came,
    plan: Begun = None,
    every: Every = 1,
    max_nodes_moved: Moved = None,
    shed: Unserved = None,
    timezone: Timezone = None,
    start: Start = None,
    mapped: Mapped = None,
    model: OfModel = None,
    fill: FillOption = None,
    out: Out = None,
    json: Json = False,
    time_limit: EachLimit = 20.0,
    gap: EachGap = 0.01,
    settings: Settings = [],  # noqa: B006 (typer reads the default, nobody changes it)
) -> None:
    """Plan the rest anew every few periods, from what runs, what was signed, and the demand that came so far.

    Each plan takes demand off from the stated one by as much as it was in the period before, keeps what was signed, and
    moves no more nodes than --max-nodes-moved. Where files tell the demand of a part of the horizon, the last plan is
    of what is left; where they tell all of it, the day is lived: what it cost beside the first plan held throughout and
    the best plan in hindsight.

    Exit codes: 0 done, 2 usage, 3 invalid input or a plan is missing, 130 Ctrl-C.

    Examples:

      planner roll mine.yaml --plan out/mine --came so_far.csv --max-nodes-moved 8 --out out/now

      planner roll mine.yaml --came yesterday.csv --every 4 --shed-usd-per-million 5
    """
    from planner.app.cli.common import messages, print_json, read_instance, read_plan
    from planner.app.cli.plan_folder import PLAN_FILE, check_writable, write_plan
    from planner.app.cli.roll_tables import record, show
    from planner.core.overwriting import refuse_overwriting
    from planner.loader.demand.files_by_workload import files_meant
    from planner.optimize.solve_options import SolveOptions
    from planner.study.uncertainty.drift import LoadThatCame
    from planner.study.uncertainty.rolling import RollingDay, RollingRule, refuse_rolling, roll_until
    from planner.study.uncertainty.rolling import roll as lived

    if out is not None:
        runs = [] if plan is None else [plan, plan / PLAN_FILE]
        refuse_overwriting([out / PLAN_FILE], [file, *runs, *files_meant(came)])
        check_writable(out)
    instance = _with_prices(read_instance(file, settings), shed)
    begun = None if plan is None else read_plan(plan)
    rule = RollingRule(every, max_nodes_moved)
    refuse_rolling(instance, rule, begun)
    told, known = _demand(context, instance, came, (timezone, start, mapped, model, fill))
    options = SolveOptions(time_limit_s=time_limit, relative_gap=gap)
    found: RollingDay | RollingState
    if known == instance.periods:
        found = lived(instance, told.instance, max_nodes_moved, options, planned=begun, every=every)
    else:
        found = roll_until(instance, LoadThatCame(told.instance), known, rule, options, begun)
    if json:
        print_json(record(instance, found, told))
    else:
        show(instance, found, told)
    if out is not None:
        files = write_plan(found.lived if isinstance(found, RollingDay) else found.running, out)
        messages().print(f"wrote {', '.join(map(str, files))}", style="dim", markup=False)
    raise typer.Exit(ExitCode.SOLVED)


def _with_prices(instance: Instance, shed: float | None) -> Instance:
    """The instance with a price of what goes unserved. Raises InstanceError where it has none, or the option no use."""
    from planner.study.unserved import price_faults, shed_prices

    if faults := price_faults(instance, shed):
        raise InstanceError(faults)
    return instance if shed is None else instance.override(shed_prices(instance, shed))


def _demand(
    context: typer.Context,
    instance: Instance,
    came: list[str],
    reading: tuple[str | None, str | None, list[str] | None, str | None, list[str] | None],
) -> tuple[DemandThatCame, int]:
    """The demand that came, and the periods from the first on in which all files tell it."""
    from planner.loader.demand.files_by_workload import files_named, workload_of
    from planner.study.tracking.grid import PlanGrid
    from planner.study.tracking.happened import with_demand

    files: dict[str, list[Path]] = {}
    for path, name in files_named(came, instance):
        files.setdefault(workload_of(path, name, instance, "--came"), []).append(path)
    histories = {name: demand_history(context, instance, paths, reading) for name, paths in files.items()}
    told = with_demand(instance, histories, PlanGrid.of_horizon(instance.horizon), "--came")
    known = min(int(there.argmin()) if not there.all() else len(there) for there in told.told.values())
    if known == 0:
        words = f"tells nothing of the first period, {instance.labels()[0]}: a horizon is rolled from its beginning"
        raise InstanceError([Fault(words, "--came")])
    return told, known
