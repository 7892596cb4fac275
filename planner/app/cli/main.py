"""The command line: parses, calls, prints."""

from __future__ import annotations

import typer

from planner.app.cli import catalog, kernel, sensitivity
from planner.app.cli.alternatives import alternatives
from planner.app.cli.check import check
from planner.app.cli.compare import compare
from planner.app.cli.deferral import deferral
from planner.app.cli.evaluate import evaluate
from planner.app.cli.explain import explain
from planner.app.cli.export import export
from planner.app.cli.rates import rates
from planner.app.cli.report import report
from planner.app.cli.schema import schema
from planner.app.cli.serve import serve
from planner.app.cli.simulate import simulate
from planner.app.cli.solve import solve
from planner.app.cli.sweep import sweep
from planner.app.cli.uncertainty import worth
from planner.app.cli.validate import validate

VERBS = (
    solve,
    validate,
    rates,
    check,
    explain,
    alternatives,
    report,
    export,
    compare,
    sweep,
    evaluate,
    worth,
    deferral,
    schema,
    serve,
    simulate,
)

app = typer.Typer(
    name="planner",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Capacity planning for teams that serve large language models.",
    epilog="Start with: planner solve instances/tiny.yaml",
)
for verb in VERBS:
    app.command()(verb)
app.add_typer(catalog.app, name="catalog")
app.add_typer(kernel.app, name="kernel")
app.add_typer(sensitivity.app, name="sensitivity")


def _version(value: bool) -> None:
    if value:
        from planner.core.version import __version__

        typer.echo(f"planner {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", help="Show the version.", callback=_version, is_eager=True
    ),
) -> None:
    """Capacity planning for teams that serve large language models."""
