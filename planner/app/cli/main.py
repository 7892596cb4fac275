"""The command line: parses, calls, prints. A new verb is its file in this folder, and its name in `VERBS`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import typer

from planner.app.cli.spread import SpreadCommand
from planner.app.cli.worded import WordedGroup

if TYPE_CHECKING:
    from collections.abc import Iterable

VERBS = (
    "init",
    "solve",
    "validate",
    "rates",
    "check",
    "explain",
    "alternatives",
    "report",
    "export",
    "compare",
    "sweep",
    "evaluate",
    "worth",
    "deferral",
    "attribute",
    "track",
    "roll",
    "schema",
    "serve",
    "simulate",
    "catalog",
    "import",
    "forecast",
    "backtest",
    "kernel",
    "sensitivity",
)
"""Verbs in the order of the help. Each is the function of that name in the file of that name, or where the verb has
verbs of its own the `app` there."""


def application(verbs: Iterable[str] = VERBS) -> typer.Typer:
    """The command line with these verbs."""
    made = typer.Typer(
        name="planner",
        cls=WordedGroup,
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        help="Capacity planning for teams that serve large language models.",
        epilog="Start with: planner solve instances/tiny.yaml",
    )
    made.callback()(_options)
    for name in verbs:
        module = import_module(f"planner.app.cli.{name}")
        if hasattr(module, "app"):
            made.add_typer(module.app, name=name)
        else:
            made.command(name, cls=SpreadCommand)(getattr(module, name))
    return made


def _version(value: bool) -> None:
    if value:
        from planner.core.version import __version__

        typer.echo(f"planner {__version__}")
        raise typer.Exit


def _options(
    version: bool = typer.Option(
        False, "--version", help="Show the version.", callback=_version, is_eager=True
    ),
) -> None:
    """Capacity planning for teams that serve large language models."""


app = application()
