"""`planner alternatives`: plans that cost little more and are better in another respect."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner.app.cli.executors import few_on
from planner.app.cli.options import (
    ExecutorName,
    FewWorkers,
    InstanceFile,
    Json,
    Scheduler,
    Seed,
    Settings,
    Solver,
)


def share(given: str | float) -> float:
    """A share written as `2%` or `0.02`. Raises BadParameter."""
    text = str(given).strip()
    try:
        value = float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no share: write 2% or 0.02") from None
    if not 0.0 <= value <= 1.0:
        raise typer.BadParameter(f"'{text}' does not lie between 0 and 100%")
    return value


def alternatives(
    file: InstanceFile,
    slack: Annotated[
        float, typer.Option(parser=share, metavar="SHARE", help="How much dearer: 2% or 0.02.")
    ] = 0.02,
    plan: Annotated[Path | None, typer.Option(help="The cheapest plan; absent: solve first.")] = None,
    change_from: Annotated[
        Path | None, typer.Option(help="The plan that runs now, for the least change.", metavar="PLAN")
    ] = None,
    json: Json = False,
    out: Annotated[
        Path | None, typer.Option(help="Write each plan to a folder in here.", metavar="DIR")
    ] = None,
    time_limit: Annotated[float, typer.Option(min=1.0, help="Seconds for each goal.")] = 20.0,
    gap: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Relative gap to prove for each goal.")
    ] = 0.005,
    solver: Solver = "race",
    seed: Seed = 1,
    executor: ExecutorName = "local",
    scheduler: Scheduler = None,
    workers: FewWorkers = 1,
    settings: Settings = [],  # noqa: B006 (typer reads the default, nobody changes it)
) -> None:
    """Find plans within a slack of the optimum that are better at something else.

    Goals: fewest hardware types, least commitment, most owned, least change against a plan.

    Each costs at most the proven bound and the slack, and is audited.

    Examples:

      planner alternatives instances/peak.yaml --slack 2%

      planner alternatives instances/peak.yaml --slack 1% --change-from out/last_week --out out/choices
    """
    from planner.app.cli.common import output, print_json, read_instance, read_plan
    from planner.app.cli.plan_folder import check_writable, write_plan
    from planner.optimize.solve_options import SolveOptions
    from planner.study.near_optimal import AlternativeOptions
    from planner.study.near_optimal import alternatives as find
    from planner.view.reporting.alternatives import render_alternatives

    instance = read_instance(file, settings)
    options = AlternativeOptions(time_limit, SolveOptions(relative_gap=gap, solver=solver, seed=seed))
    given, earlier = (read_plan(path) if path is not None else None for path in (plan, change_from))
    if out is not None:
        check_writable(out)
    with few_on(executor, scheduler, workers) as running:
        found = find(instance, given, slack, earlier, options, executor=running)
    for entry in found.found if out is not None else ():
        assert out is not None
        write_plan(entry.plan, out / entry.goal.replace(" ", "_"))
    if json:
        print_json(found.to_dict())
    else:
        output().print(render_alternatives(found))
