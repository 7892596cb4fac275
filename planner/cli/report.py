"""`planner report`: one self-contained page about a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planner.cli.check import PlanFile  # noqa: TC001 (typer reads the annotation)
from planner.errors import ExitCode, Fault, InstanceError

Alternatives = Annotated[
    list[str], typer.Option("--alternative", help="Another plan to set beside it.", metavar="NAME=PLAN")
]


def report(
    plan: PlanFile,
    html: Annotated[Path, typer.Option(help="The page to write.", metavar="FILE")],
    instance: Annotated[
        Path | None,
        typer.Option(help="Instance to audit against; absent: the one the plan carries."),
    ] = None,
    alternatives: Alternatives = [],  # noqa: B006 (typer reads the default, nobody changes it)
) -> None:
    """Write a page that opens offline: decision, fleet, hours, cost, service, assumptions, audit.

    Exit codes: 0 written, 3 invalid input.

    Examples:

      planner report out/peak --html peak.html

      planner report out/peak --html peak.html --alternative "rent only=out/rent"
    """
    from planner.atomic import write_text
    from planner.cli.common import messages, read_instance, read_plan
    from planner.reporting.html import report as page

    question = read_instance(instance, []) if instance is not None else None
    others = {name: read_plan(file) for name, file in map(named, alternatives)}
    write_text(html, page(read_plan(plan), question, others))
    messages().print(f"wrote {html}", style="dim", markup=False)
    raise typer.Exit(ExitCode.SOLVED)


def named(text: str) -> tuple[str, Path]:
    """Split `NAME=PLAN`. Raises InstanceError."""
    name, separator, file = text.partition("=")
    if not separator or not name or not file:
        raise InstanceError([Fault(f"expected NAME=PLAN, got '{text}'")])
    return name, Path(file)
