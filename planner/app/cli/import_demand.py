"""`planner import demand`: request logs and monitoring -> the demand of a workload."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from planner.loader.demand.observe import DemandWanted, Observed

Files = Annotated[list[Path], typer.Argument(help="Logs, or exports of monitoring, of one service.")]
Timezone = Annotated[
    str | None, typer.Option(help="IANA zone of times without an offset, and of the series.")
]
Start = Annotated[str | None, typer.Option(help="Moment that times count from, where they only count.")]
PeriodMinutes = Annotated[int, typer.Option(min=1, max=1440, help="Length of a period.")]
FromFirst = Annotated[
    bool, typer.Option("--from-first", help="Let periods begin with the first row, not on the clock.")
]
Mapped = Annotated[
    list[str] | None, typer.Option("--map", help="Where it is: time=NAME, input_tokens=NAME ...")
]
Model = Annotated[
    str | None, typer.Option(help="Model whose requests count, where there are several; all: every one.")
]
FillOption = Annotated[
    list[str] | None, typer.Option("--fill", help="What to do about a defect, such as gaps=interpolate.")
]
CacheMinutes = Annotated[
    float | None, typer.Option(min=0, help="How long a prefix stays cached after use; absent: for good.")
]
WorkloadName = Annotated[str, typer.Option(help="Name of the workload.")]
Out = Annotated[Path | None, typer.Option(help="CSV file to write the series to; YAML beside it.")]
Json = Annotated[bool, typer.Option("--json", help="JSON on stdout instead of YAML.")]


def import_demand(
    files: Files,
    timezone: Timezone = None,
    start: Start = None,
    period_minutes: PeriodMinutes = 60,
    from_first: FromFirst = False,
    mapped: Mapped = None,
    model: Model = None,
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
    from planner.loader.demand.observe import observe
    from planner.loader.words import name_faults

    if wrong := name_faults(workload, "--workload"):
        raise InstanceError(wrong)
    wanted = demand_wanted(timezone, start, period_minutes, from_first, mapped, model, fill, cache_minutes)
    _show(observe(files, wanted), workload, out, as_json)


def demand_wanted(
    timezone: str | None,
    start: str | None,
    period_minutes: int,
    from_first: bool,
    mapped: list[str] | None,
    model: str | None,
    fill: list[str] | None,
    cache_minutes: float | None,
) -> DemandWanted:
    """What the options ask for. Raises InstanceError where one of them cannot be read."""
    import numpy as np

    from planner.loader.demand.fill import fill_of
    from planner.loader.demand.mapping import mapping_of
    from planner.loader.demand.observe import DemandWanted

    return DemandWanted(
        zone=_zone(timezone),
        start=_moment(start),
        period_minutes=period_minutes,
        from_first=from_first,
        mapping=mapping_of(mapped or ()),
        model=model,
        fill=fill_of(fill or ()),
        cache_kept_s=np.inf if cache_minutes is None else cache_minutes * 60,
    )


def _zone(name: str | None) -> ZoneInfo | None:
    from planner.instance.time_zone import zone_of

    return None if name is None else zone_of(name, "--timezone")


def _moment(text: str | None) -> datetime | None:
    from planner.core.errors import Fault, InstanceError
    from planner.instance import Horizon

    if text is None:
        return None
    try:
        return Horizon(start=text, periods=1).start  # type: ignore[arg-type]
    except ValueError:
        message = f"'{text}' is no date and time with its offset from UTC, such as 2026-01-31T00:00+00:00"
        raise InstanceError([Fault(message, "--start")]) from None


def _show(observed: Observed, workload: str, out: Path | None, as_json: bool) -> None:
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
    table = PlainTable("measured", "value", "95 % interval", box=None, pad_edge=False)
    for name, figure in findings(observed):
        table.add_row(name, figure.figure, figure.interval)
    messages().print(table)
    for note in observed.notes:
        messages().print(f"note: {note}")
    if out is not None:
        write_text(out, series_text(observed))
        beside = out.with_suffix(".yaml")
        write_text(beside, snippet_text(observed, workload, csv))
        lengths = lengths_text(observed)
        if lengths is not None:
            write_text(out.with_name(lengths_name(csv)), lengths)
        messages().print(
            f"{periods.count} periods of {_minutes(periods.minutes)} in {out}, what reads them in {beside}"
        )
    if as_json:
        print_json(as_record(observed, workload, csv))
    elif out is None:
        typer.echo(snippet_text(observed, workload, csv), nl=False)


def _minutes(count: int) -> str:
    return "a minute" if count == 1 else f"{count} minutes"
