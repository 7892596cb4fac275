"""`planner export`: a plan in the formats that other people's tools read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner.app.cli.check import PlanFile
from planner.app.cli.report import Alternatives, named_plans
from planner.core.errors import ExitCode


def export(
    plan: PlanFile,
    xlsx: Annotated[Path | None, typer.Option(help="Workbook for a buyer.", metavar="FILE")] = None,
    focus: Annotated[Path | None, typer.Option(help="FOCUS 1.2 rows, as CSV.", metavar="FILE")] = None,
    csv: Annotated[Path | None, typer.Option(help="Every table as CSV.", metavar="DIR")] = None,
    parquet: Annotated[Path | None, typer.Option(help="Every table as Parquet.", metavar="DIR")] = None,
    json: Annotated[Path | None, typer.Option(help="The plan as JSON.", metavar="FILE")] = None,
    lp: Annotated[Path | None, typer.Option(help="The program in LP format.", metavar="FILE")] = None,
    mps: Annotated[Path | None, typer.Option(help="The program in MPS format.", metavar="FILE")] = None,
    quotes: Annotated[
        Path | None, typer.Option(help="Quote sheet to fill in; solve --quotes reads it.", metavar="FILE")
    ] = None,
    instance: Annotated[
        Path | None, typer.Option(help="Instance; absent: the one the plan carries.", metavar="FILE")
    ] = None,
    alternatives: Alternatives = [],  # noqa: B006 (typer reads the default, nobody changes it)
) -> None:
    """Write a plan as a workbook, FOCUS rows, CSV, Parquet, JSON, a linear program or a quote sheet.

    Exit codes: 0 written, 2 no format asked for, 3 invalid input.

    Examples:

      planner export out/peak --xlsx peak.xlsx

      planner export out/peak --focus focus.csv --csv tables/
    """
    from planner.app.cli.common import messages, read_instance, read_plan
    from planner.view.exports import export as write

    asked = {"xlsx": xlsx, "focus": focus, "csv": csv, "parquet": parquet}
    asked |= {"json": json, "lp": lp, "mps": mps, "quotes": quotes}
    chosen = {kind: path for kind, path in asked.items() if path is not None}
    if not chosen:
        raise typer.BadParameter(f"ask for at least one of {', '.join(f'--{kind}' for kind in asked)}")
    question = read_instance(instance, []) if instance is not None else None
    others = dict(pair for text in alternatives for pair in named_plans(text))
    known = read_plan(plan)
    for kind, path in chosen.items():
        files = write(known, kind, path, question, others)
        messages().print(f"wrote {', '.join(map(str, files))}", style="dim", markup=False)
    raise typer.Exit(ExitCode.SOLVED)
