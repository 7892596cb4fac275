"""`planner explain`: why there is no plan, or why the plan is as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner.app.cli.options import InstanceFile, Json, Seed, Settings
from planner.core.errors import ExitCode

OptionalPlan = Annotated[
    Path | None,
    typer.Argument(help="plan.json, or the folder it is in; absent: solve first.", metavar="[PLAN]"),
]


def explain(
    file: InstanceFile,
    plan: OptionalPlan = None,
    json: Json = False,
    time_limit: Annotated[
        float,
        typer.Option(min=1.0, help="Seconds for the solve, and again for what the next best would cost."),
    ] = 30.0,
    checks: Annotated[int, typer.Option(min=0, help="Periods of each work where duals are checked.")] = 3,
    seed: Seed = 1,
    settings: Settings = [],  # noqa: B006 (typer reads the default, nobody changes it)
) -> None:
    """Say what binds in which hour, what more demand costs, why options lost, what the next best would cost.

    Where no plan exists: which work is short in which hour, by how much, and the cheapest repairs.
    Exit codes: 0 explained, 1 refused by the audit, 3 invalid input, 4 infeasible (explained all the same),
    6 no plan in time.

    Examples:

      planner explain instances/tiny.yaml

      planner explain instances/peak.yaml out/peak --json

      planner explain instances/peak.yaml --set fleet.h800.rent.max_nodes=10
    """
    from planner.app.cli.common import exit_code_of, output, print_json, read_instance, read_plan
    from planner.optimize.pipeline import solve
    from planner.optimize.solve_options import SolveOptions
    from planner.study.explanation import ExplainOptions
    from planner.study.explanation import explain as why

    instance = read_instance(file, settings)
    found = (
        read_plan(plan)
        if plan is not None
        else solve(instance, SolveOptions(time_limit_s=time_limit, seed=seed))
    )
    options = ExplainOptions(time_limit_s=time_limit, checked_periods=checks, seed=seed)
    explanation = why(instance, found, options)
    if json:
        print_json(explanation.to_dict())
    else:
        from planner.view.reporting.explanation import render_explanation

        output().print(render_explanation(explanation))
    raise typer.Exit(ExitCode.SOLVED if found.usable else exit_code_of(found))
