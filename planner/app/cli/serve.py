"""`planner serve`: the service and its what-if page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from planner.core.errors import ExitCode

MOST_TOKEN_BYTES = 10_000


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but localhost needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 picks a free one.")] = 8642,
    token_file: Annotated[
        Path | None, typer.Option(help="File with the bearer token; else PLANNER_TOKEN.", metavar="FILE")
    ] = None,
    database: Annotated[
        Path | None, typer.Option(help="SQLite file that keeps the jobs.", metavar="FILE")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Solves at a time.")] = 1,
    queue: Annotated[int, typer.Option(min=1, max=10_000, help="Jobs that may wait.")] = 20,
    max_seconds: Annotated[float, typer.Option(min=1, help="Longest time limit of a solve.")] = 300.0,
    request_seconds: Annotated[
        float, typer.Option(min=0.5, help="A request that has not come whole by then is dropped.")
    ] = 30.0,
    max_memory_mb: Annotated[int, typer.Option(min=500, help="Memory of a solving process.")] = 4_000,
) -> None:
    """Serve validate, rates, solve, compare and report over HTTP, with a what-if page.

    Jobs are solved in processes of their own and are kept in a database: a restart takes up what was
    accepted. The OpenAPI document is at /api/openapi.json. Ends with SIGINT or SIGTERM.

    Examples:

      planner serve

      PLANNER_TOKEN=$(openssl rand -hex 24) planner serve --host 0.0.0.0 --workers 4
    """
    from planner.app.cli.common import messages
    from planner.app.service import Settings
    from planner.app.service import serve as run
    from planner.app.service.settings import default_database
    from planner.core.overwriting import forget_reads

    settings = Settings(
        host=host,
        port=port,
        token=_token(token_file),
        database=database if database is not None else default_database(),
        workers=workers,
        queue_limit=queue,
        max_solve_seconds=max_seconds,
        max_memory_mb=max_memory_mb,
        request_seconds=request_seconds,
    )
    forget_reads()
    run(settings, on_ready=lambda address: messages().print(f"serving {address}", markup=False))
    raise typer.Exit(ExitCode.SOLVED)


def _token(file: Path | None) -> str | None:
    from planner.core.input_file import read_text

    if file is None:
        return os.environ.get("PLANNER_TOKEN") or None
    return read_text(file, MOST_TOKEN_BYTES).strip()
