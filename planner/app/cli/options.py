"""Arguments and options that several verbs take: each with one name, one meaning and one help text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

InstanceFile = Annotated[Path, typer.Argument(help="Instance file (YAML).", metavar="FILE")]
PlanFile = Annotated[Path, typer.Argument(help="plan.json, or the folder it is in.", metavar="PLAN")]

Settings = Annotated[
    list[str],
    typer.Option("--set", help="Override a value: workloads.chat.demand.scale=1.3", metavar="KEY=VALUE"),
]
Quotes = Annotated[
    Path | None, typer.Option(help="Quote sheet with prices and limits to take.", metavar="FILE")
]
Warm = Annotated[Path | None, typer.Option(help="Start from this plan.", metavar="PLAN")]
MostMoved = Annotated[
    int | None, typer.Option(min=0, help="With --warm: nodes that may move against it in a period.")
]
MostChanged = Annotated[
    int | None, typer.Option(min=0, help="With --warm: pools that may have another size.")
]

Solver = Annotated[str, typer.Option(help="Engine: race, or one by name.")]
Seed = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of every random choice.")]
EachLimit = Annotated[float, typer.Option(min=0.1, help="Seconds for each solve.")]
Unserved = Annotated[
    float | None,
    typer.Option(
        "--shed-usd-per-million",
        min=0.0,
        help="Price of a million tokens (requests) not served, of workloads that state none; in what is lived.",
        metavar="USD",
    ),
]
EachGap = Annotated[float, typer.Option(min=0.0, max=1.0, help="Relative gap to prove in each solve.")]

ExecutorName = Annotated[str, typer.Option(help="Where solves run: local processes, or dask.")]
Scheduler = Annotated[str | None, typer.Option(help="Address of a Dask scheduler: tcp://host:8786")]
Workers = Annotated[int | None, typer.Option(min=1, max=1024, help="Cases at a time; one a processor.")]
FewWorkers = Annotated[int, typer.Option(min=1, max=1024, help="Solves at a time.")]

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")]
