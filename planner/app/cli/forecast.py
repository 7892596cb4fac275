"""`planner forecast`: demand ahead out of demand behind."""

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
)
from planner.app.cli.idle import GivenInput

if TYPE_CHECKING:
    from planner.loader.demand.observe import Observed
    from planner.study.forecasting.forecast import DemandForecast

Files = Annotated[list[Path], typer.Argument(help="History, as `planner import demand` reads it.")]
Ahead = Annotated[int, typer.Option(min=1, max=10_000, help="Periods to forecast.")]
Event = Annotated[
    list[str] | None,
    typer.Option(help="What is known of a day or of hours, before or ahead: 2026-11-27=1.5 times the usual."),
]
Naive = Annotated[bool, typer.Option("--naive", help="Try the naive methods alone, without statsmodels.")]
WorkloadName = Annotated[
    str, typer.Option(help="Name of the workload.", rich_help_panel=GivenInput.WRITTEN.value)
]
Out = Annotated[Path | None, typer.Option(help="CSV file to write the series to; YAML beside it.")]
Json = Annotated[bool, typer.Option("--json", help="JSON on stdout.")]


def forecast(
    context: typer.Context,
    files: Files,
    periods: Ahead = 168,
    timezone: Timezone = None,
    start: Start = None,
    period_minutes: PeriodMinutes = 60,
    from_first: FromFirst = False,
    mapped: Mapped = None,
    model: OfModel = None,
    fill: FillOption = None,
    event: Event = None,
    naive: Naive = False,
    workload: WorkloadName = "chat",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Forecast demand, with the error that the method made before beside that of the seasonal naive forecast.

    The method that did best in a backtest over rolling origins is taken, which may be the naive one. What it missed
    before becomes scenarios, on the weekdays and hours on which it came. Days and weeks go by the clock of --timezone.

    Examples:

      planner forecast chat.csv --periods 168 --out next_week.csv

      planner forecast hours.csv --timezone Europe/Berlin --event 2026-11-27=1.5 --out next_week.csv

      planner forecast hours.csv --event 2026-11-27T08:00/2026-11-27T12:00=1.5
    """
    from planner.app.cli.common import messages, print_json
    from planner.app.cli.demand_options import demand_wanted, observed_by, written_files
    from planner.core.atomic import write_text
    from planner.core.errors import InstanceError
    from planner.core.named_files import named_files
    from planner.core.overwriting import refuse_overwriting
    from planner.loader.words import name_faults
    from planner.study.forecasting.clock import SeasonClock
    from planner.study.forecasting.events import factors_of
    from planner.study.forecasting.forecast import forecast_of
    from planner.study.forecasting.write import as_record, in_words, series_text, snippet_text

    if wrong := name_faults(workload, "--workload"):
        raise InstanceError(wrong)
    files = named_files(files)
    refuse_overwriting(written_files(out), files)
    wanted = demand_wanted(timezone, start, period_minutes, from_first, mapped, model, fill, None)
    observed, notes = observed_by(context, files, wanted, *([GivenInput.WRITTEN] if out is not None else []))
    for note in notes:
        messages().print(f"note: {note}", markup=False)
    known, hours = observed.periods, period_minutes / 60
    clock = SeasonClock.of(known.begin_s, hours, known.count + periods, observed.zone)
    labels = _labels(observed, periods)
    every = [*known.labels(observed.zone), *labels] if event else []
    events = factors_of(event, every, known.count) if event else None
    found = forecast_of(known.means, hours, periods, not naive, clock, events)
    _table(found)
    for words in in_words(found, labels):
        messages().print(words)
    csv = out.name if out is not None else "forecast.csv"
    if out is not None:
        write_text(out, series_text(found, labels, observed.sources))
        write_text(
            out.with_suffix(".yaml"), snippet_text(found, labels, period_minutes, observed, workload, csv)
        )
        messages().print(f"{periods} periods in {out}, what reads them in {out.with_suffix('.yaml')}")
    if as_json:
        print_json(as_record(found, labels))
    elif out is None:
        typer.echo(series_text(found, labels, observed.sources), nl=False)


def _labels(observed: Observed, periods: int) -> list[str]:
    """Beginnings of the periods after those observed."""
    from planner.loader.demand.course import MINUTE_S, moment_text

    known = observed.periods
    begin = known.begin_s + known.count * known.minutes * MINUTE_S
    step = known.minutes * MINUTE_S
    return [moment_text(begin + step * period, observed.zone) for period in range(periods)]


def _table(found: DemandForecast) -> None:
    from planner.app.cli.common import messages
    from planner.study.forecasting.write import leads_of
    from planner.view.reporting.table import PlainTable

    leads = leads_of(found)
    headings = [f"periods {first + 1} to {last}" for first, last in leads]
    table = PlainTable("method", *headings, "all", box=None, pad_edge=False)
    for method in found.methods:
        errors = [found.test.error(method.name, *lead) for lead in leads] + [found.test.error(method.name)]
        mark = " *" if method is found.chosen else ""
        table.add_row(f"{method.name}{mark}", *(f"{error:.1%}" for error in errors))
    messages().print(f"error over {found.test.origins} origins of the past; * chosen")
    messages().print(table)
