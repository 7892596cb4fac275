"""`planner import demand`: request logs and monitoring -> the demand of a workload."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.app.cli.demand_options import (
    FillOption,
    FromFirst,
    Mapped,
    OfModel,
    PeriodMinutes,
    Start,
    Timezone,
    WorkloadName,
    demand_wanted,
    observed_by,
    written_files,
)
from planner.core.demand_traits import DemandTrait

if TYPE_CHECKING:
    from planner.loader.demand.observe import Observed

Files = Annotated[list[Path], typer.Argument(help="Logs, or exports of monitoring, of one service.")]
CacheMinutes = Annotated[
    float | None,
    typer.Option(
        min=0,
        help="How long a prefix stays cached after use; absent: for good.",
        rich_help_panel=DemandTrait.PREFIX_BLOCKS.value,
    ),
]
Out = Annotated[Path | None, typer.Option(help="CSV file to write the series to; YAML beside it.")]
Json = Annotated[bool, typer.Option("--json", help="JSON on stdout instead of YAML.")]


def import_demand(
    context: typer.Context,
    files: Files,
    timezone: Timezone = None,
    start: Start = None,
    period_minutes: PeriodMinutes = 60,
    from_first: FromFirst = False,
    mapped: Mapped = None,
    model: OfModel = None,
    fill: FillOption = None,
    cache_minutes: CacheMinutes = None,
    workload: WorkloadName = "chat",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Make the demand of a workload of request logs, or of monitoring: series, lengths, variability.

    Reads logs of Azure's, Mooncake's and BurstGPT's traces, OpenAI-style gateways, LiteLLM, Langfuse and
    OpenTelemetry, range queries of Prometheus, exports of Grafana, and CSV files by the minute or hour; other columns
    by --map. Gaps, rows twice, rows out of order and hours that come twice are told, and need --fill.

    Examples:

      planner import demand azure2023_conv.csv --timezone UTC --out chat.csv

      planner import demand tokens.json requests.json --timezone Europe/Berlin --fill gaps=week-before --out chat.csv
    """
    from planner.core.errors import InstanceError
    from planner.core.named_files import named_files
    from planner.core.overwriting import refuse_overwriting
    from planner.loader.words import name_faults

    if wrong := name_faults(workload, "--workload"):
        raise InstanceError(wrong)
    files = named_files(files)
    refuse_overwriting(written_files(out), files)
    wanted = demand_wanted(timezone, start, period_minutes, from_first, mapped, model, fill, cache_minutes)
    _show(*observed_by(context, files, wanted), workload, out, as_json)


def _show(observed: Observed, notes: list[str], workload: str, out: Path | None, as_json: bool) -> None:
    from planner.app.cli.common import messages, print_json
    from planner.core.atomic import write_text
    from planner.loader.demand.write import (
        as_record,
        findings,
        lengths_name,
        lengths_text,
        series_text,
        snippet_text,
    )
    from planner.view.reporting.table import PlainTable

    csv = out.name if out is not None else "demand.csv"
    periods = observed.periods
    snippet = snippet_text(observed, workload, csv)
    table = PlainTable("measured", "value", "95 % interval", box=None, pad_edge=False)
    for name, figure in findings(observed):
        table.add_row(name, figure.figure, figure.interval)
    if findings(observed):
        messages().print(table)
    for note in notes:
        messages().print(f"note: {note}")
    if out is not None:
        write_text(out, series_text(observed))
        beside = out.with_suffix(".yaml")
        write_text(beside, snippet)
        lengths = lengths_text(observed)
        if lengths is not None:
            write_text(out.with_name(lengths_name(csv)), lengths)
        messages().print(
            f"{periods.count} periods of {_minutes(periods.minutes)} in {out}, what reads them in {beside}"
        )
    if as_json:
        print_json(as_record(observed, workload, csv))
    elif out is None:
        typer.echo(snippet, nl=False)


def _minutes(count: int) -> str:
    return "a minute" if count == 1 else f"{count} minutes"
