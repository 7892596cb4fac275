"""`planner track`: a plan against what happened: bills, monitoring and demand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.app.cli.demand_options import FillOption, Mapped, OfModel, Start, Timezone, demand_history
from planner.app.cli.idle import refuse_idle
from planner.app.cli.options import EachGap, EachLimit, Json, PlanFile
from planner.app.cli.plan_folder import PLAN_FILE
from planner.core.errors import ExitCode, Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.study.sweeps.table_file import TableFile
    from planner.study.tracking import Tracking
    from planner.study.tracking.hindsight import SolvedBeside

Usage = Annotated[
    list[str],
    typer.Option(
        "--usage",
        help="Bill (CSV of FOCUS), nodes in use or down, or demand; of several workloads NAME=FILE. Repeat.",
        metavar="FILE",
    ),
]
Rules = Annotated[
    list[str],
    typer.Option(
        "--channel",
        help="Lines of bills that are of a channel: h100.rent=SkuId:p5.48xlarge",
        metavar="CHANNEL=COLUMN:VALUE",
    ),
]
Moved = Annotated[
    int | None, typer.Option(min=0, help="Nodes that a plan from here on may move in a period.")
]
Out = Annotated[Path | None, typer.Option(help="Table of hardware and periods: CSV, or Parquet by its name.")]
Html = Annotated[Path | None, typer.Option(help="Page of it that opens offline, to write.", metavar="FILE")]


def track(
    context: typer.Context,
    plan: PlanFile,
    usage: Usage,
    channel: Rules = [],  # noqa: B006 (typer reads the default, nobody changes it)
    instance: Annotated[
        Path | None, typer.Option(help="Instance; absent: the one the plan carries.", metavar="FILE")
    ] = None,
    optimum: Annotated[
        bool,
        typer.Option(
            "--optimum/--no-optimum", help="Also find the best plan of what happened, and from here."
        ),
    ] = True,
    max_nodes_moved: Moved = None,
    timezone: Timezone = None,
    start: Start = None,
    mapped: Mapped = None,
    model: OfModel = None,
    fill: FillOption = None,
    out: Out = None,
    html: Html = None,
    json: Json = False,
    time_limit: EachLimit = 60.0,
    gap: EachGap = 0.005,
) -> None:
    """Compare a plan with what happened, tell why the cost is another, and what the optimum would have cost.

    Hours and cost are in bills (FOCUS), whose lines say by tags planner/hardware and planner/channel what they are of,
    or by --channel; tokens in what `planner import demand` reads, nodes in use and down in series of Prometheus
    planner_nodes_used and planner_nodes_down with a label hardware (CSV: time, hardware, nodes_used, nodes_down), what
    requests took in the buckets of engines (vllm:time_to_first_token_seconds_bucket ...), for the promises.

    The difference of the cost is split into demand, rate, price, failures, decisions and what is no node's; the parts
    add up. Optimum: with the demand that came, at the prices paid. What is left of the horizon is planned anew.

    Exit codes: 0 done, 2 usage, 3 invalid input, 130 Ctrl-C.

    Examples:

      planner track out/peak --usage focus.csv --usage tokens.json --max-nodes-moved 8

      planner track out/peak --usage bill.csv --channel h100.rent=SkuId:p5.48xlarge --no-optimum
    """
    from planner.app.cli.common import print_json, read_instance, read_plan
    from planner.app.cli.track_tables import record, show
    from planner.core.overwriting import refuse_overwriting
    from planner.loader.demand.files_by_workload import files_meant, files_named
    from planner.loader.usage.channel_rules import channel_rules
    from planner.loader.usage.usage_files import read_usage
    from planner.optimize.solve_options import SolveOptions
    from planner.study.tracking import track as compared
    from planner.study.tracking.hindsight import solved_beside

    if max_nodes_moved is not None and not optimum:
        raise InstanceError([Fault("changes nothing beside --no-optimum: leave it out", "--max-nodes-moved")])
    refuse_overwriting([out, html], [plan, plan / PLAN_FILE, instance, *files_meant(usage)])
    table = _can_write(out, html)
    known = read_plan(plan)
    question = _question(known, read_instance(instance, []) if instance is not None else None)
    files = files_named(usage, question)
    refuse_overwriting([out, html], [file for file, _ in files])
    told = read_usage(files, question, channel_rules(channel, question))
    reading = (timezone, start, mapped, model, fill)
    histories = {
        name: demand_history(context, question, paths, reading) for name, paths in told.demand.items()
    }
    if not told.demand:
        refuse_idle(context, set())
    found = compared(known, question, told.bill.lines, told.samples, histories, told.latencies)
    options = SolveOptions(time_limit_s=time_limit, relative_gap=gap)
    best = solved_beside(found, max_nodes_moved, options) if optimum else None
    if table is not None:
        table.write(found.frame())
    if html is not None:
        _write_page(html, found, told.bill.others, best)
    if json:
        print_json(record(found, told.bill.others, best))
    else:
        show(found, told.bill.others, best)
    raise typer.Exit(ExitCode.SOLVED)


def _can_write(out: Path | None, html: Path | None) -> TableFile | None:
    """The table's file. Raises ExtraMissing where a package is lacking, before anything is solved."""
    from planner.core.extras import need
    from planner.study.sweeps.table_file import TableFile

    if html is not None:
        need("the HTML report", "jinja2")
    return None if out is None else TableFile(out)


def _write_page(html: Path, found: Tracking, others: Mapping[str, float], best: SolvedBeside | None) -> None:
    from planner.app.cli.common import messages
    from planner.core.atomic import write_text
    from planner.view.reporting.tracking_page import tracking_page

    write_text(html, tracking_page(found, others, best))
    messages().print(f"wrote {html}", style="dim", markup=False)


def _question(plan: Plan, given: Instance | None) -> Instance:
    """The instance of a plan: the one given, else the one that it carries. Raises InstanceError without either."""
    from planner.loader import from_dict

    if given is None and not plan.question:
        raise InstanceError([Fault("the plan does not carry its instance: give it too, by --instance")])
    return given if given is not None else from_dict(plan.question)
