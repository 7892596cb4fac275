"""`planner export`: a plan in the formats that other people's tools read."""

from __future__ import annotations

from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from planner.app.cli.options import PlanFile
from planner.app.cli.plan_folder import PLAN_FILE
from planner.app.cli.report import Alternatives, named_plans
from planner.core.errors import ExitCode
from planner.view.exports.export import FORMATS, check_name, option_of


def export(
    plan: PlanFile,
    instance: Annotated[
        Path | None, typer.Option(help="Instance; absent: the one the plan carries.", metavar="FILE")
    ] = None,
    alternatives: Alternatives = [],  # noqa: B006 (typer reads the default, nobody changes it)
    **formats: Path | None,
) -> None:
    """Write a plan in the formats asked for: one option a format, each with the file or folder to write.

    Exit codes: 0 written, 2 no format asked for, 3 invalid input.

    Examples:

      planner export out/peak --xlsx peak.xlsx

      planner export out/peak --focus focus.csv --csv tables/
    """
    from planner.app.cli.common import messages, read_instance, read_plan
    from planner.core.overwriting import refuse_overwriting
    from planner.view.exports import export as write

    chosen = {kind: path for kind, path in formats.items() if path is not None}
    if not chosen:
        raise typer.BadParameter(f"ask for at least one of {', '.join(option_of(kind) for kind in formats)}")
    refuse_overwriting(chosen.values(), [plan, plan / PLAN_FILE, instance])
    question = read_instance(instance, []) if instance is not None else None
    others = dict(pair for text in alternatives for pair in named_plans(text))
    known = read_plan(plan)
    for kind, path in chosen.items():
        check_name(kind, path)
    for kind, path in chosen.items():
        files = write(known, kind, path, question, others)
        messages().print(f"wrote {', '.join(map(str, files))}", style="dim", markup=False)
    raise typer.Exit(ExitCode.SOLVED)


def _options() -> dict[str, Any]:
    """Type of the option of each format, as typer reads it from a signature."""
    return {
        kind: Annotated[
            Path | None, typer.Option(help=known.help, metavar="DIR" if known.file is None else "FILE")
        ]
        for kind, known in FORMATS.items()
    }


def _with_options() -> None:
    """Give `export` a parameter for each format in place of `**formats`."""
    types = get_type_hints(export, include_extras=True) | _options()
    plan, *others = (one for one in signature(export).parameters.values() if one.name != "formats")
    added = [Parameter(kind, Parameter.KEYWORD_ONLY, default=None) for kind in FORMATS]
    listed = [plan, *added, *(one.replace(kind=Parameter.KEYWORD_ONLY) for one in others)]
    export.__annotations__ = {one.name: types[one.name] for one in listed}
    typed = [one.replace(annotation=types[one.name]) for one in listed]
    export.__signature__ = signature(export).replace(parameters=typed)  # type: ignore[attr-defined]


_with_options()
