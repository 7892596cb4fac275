"""The command line: parses, calls, prints."""

from __future__ import annotations

import typer

from planner.cli import catalog, kernel, sensitivity
from planner.cli.alternatives import alternatives
from planner.cli.check import check
from planner.cli.compare import compare
from planner.cli.deferral import deferral
from planner.cli.evaluate import evaluate
from planner.cli.explain import explain
from planner.cli.export import export
from planner.cli.rates import rates
from planner.cli.report import report
from planner.cli.schema import schema
from planner.cli.serve import serve
from planner.cli.simulate import simulate
from planner.cli.solve import solve
from planner.cli.sweep import sweep
from planner.cli.uncertainty import worth
from planner.cli.validate import validate

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
        from planner.version import __version__

        typer.echo(f"planner {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", help="Show the version.", callback=_version, is_eager=True
    ),
) -> None:
    """Capacity planning for teams that serve large language models."""
