"""The command line: parses, calls, prints."""

from __future__ import annotations

import os
import sys

import click
import typer

from planner.cli import catalog
from planner.cli.check import check
from planner.cli.rates import rates
from planner.cli.schema import schema
from planner.cli.solve import solve
from planner.cli.validate import validate
from planner.errors import ExitCode, PlannerError

app = typer.Typer(
    name="planner",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Capacity planning for teams that serve large language models.",
    epilog="Start with: planner solve instances/tiny.yaml",
)
for verb in (solve, validate, rates, check, schema):
    app.command()(verb)
app.add_typer(catalog.app, name="catalog")


def _version(value: bool) -> None:
    if value:
        from planner.version import __version__

        typer.echo(f"planner {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", help="Show the version.", callback=_version, is_eager=True),
) -> None:
    """Capacity planning for teams that serve large language models."""


def main() -> None:
    """Run the command line; every error is one message on stderr and an exit code."""
    sys.exit(_run())


def _run() -> int:
    try:
        code = app(standalone_mode=False)
        return int(code or 0)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return int(ExitCode.USAGE)
    except PlannerError as error:
        sys.stderr.write(f"{error}\n")
        return int(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("interrupted\n")
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("PLANNER_DEBUG"):
            raise
        sys.stderr.write(f"internal error: {type(error).__name__}: {error}\nset PLANNER_DEBUG=1 for the details\n")
        return int(ExitCode.INTERNAL)
