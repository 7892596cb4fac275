"""Options of verbs that read demand out of logs or monitoring, and what they ask for together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from planner.app.cli.idle import GivenInput, refuse_idle
from planner.core.demand_traits import DemandTrait

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from planner.instance import Instance
    from planner.loader.demand.observe import DemandWanted, Observed
    from planner.study.backtesting.history import DemandHistory

FILES, COUNTED = GivenInput.FILES.value, DemandTrait.COUNTED_TIMES.value
Timezone = Annotated[
    str | None,
    typer.Option(help="IANA zone of times without an offset, and of the series.", rich_help_panel=FILES),
]
Start = Annotated[str | None, typer.Option(help="Moment that times count from.", rich_help_panel=COUNTED)]
PeriodMinutes = Annotated[
    int, typer.Option(min=1, max=1440, help="Length of a period.", rich_help_panel=FILES)
]
FromFirst = Annotated[
    bool,
    typer.Option(
        "--from-first", help="Let periods begin with the first row, not on the clock.", rich_help_panel=FILES
    ),
]
Mapped = Annotated[
    list[str] | None,
    typer.Option("--map", help="Where it is: time=NAME, input_tokens=NAME ...", rich_help_panel=FILES),
]
FillOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fill", help="What to do about a defect, such as gaps=interpolate.", rich_help_panel=FILES
    ),
]
OfModel = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Model whose requests count, where there are several; all: every one.",
        rich_help_panel=DemandTrait.MODELS.value,
    ),
]
WorkloadName = Annotated[str, typer.Option(help="Name of the workload.")]


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
    """What the options ask for. Raises InstanceError with all that cannot be read."""
    import numpy as np

    from planner.core.errors import Fault, InstanceError, tried
    from planner.loader.demand.fill import Fill, fill_of
    from planner.loader.demand.mapping import mapping_of
    from planner.loader.demand.observe import DemandWanted

    faults: list[Fault] = []
    wanted = DemandWanted(
        zone=tried(faults, lambda: _zone(timezone)),
        start=tried(faults, lambda: _moment(start)),
        period_minutes=period_minutes,
        from_first=from_first,
        mapping=tried(faults, lambda: mapping_of(mapped or ())) or {},
        model=model,
        fill=tried(faults, lambda: fill_of(fill or ())) or Fill(),
        cache_kept_s=np.inf if cache_minutes is None else cache_minutes * 60,
    )
    if faults:
        raise InstanceError(faults)
    return wanted


def observed_by(
    context: typer.Context, files: list[Path], wanted: DemandWanted, *beside: str
) -> tuple[Observed, list[str]]:
    """What files tell, and what is to be said of it; panels `beside` those of demand are met too.

    Raises InstanceError where files cannot be read, or an option is for inputs that were not met.
    """
    from planner.loader.demand.observe import observe

    observed = observe(files, wanted)
    refuse_idle(context, {GivenInput.FILES, *observed.traits, *beside})
    return observed, [*observed.notes, *wanted.fill.idle(observed.defects)]


def demand_history(
    context: typer.Context,
    instance: Instance,
    files: list[Path],
    reading: tuple[str | None, str | None, list[str] | None, str | None, list[str] | None],
) -> DemandHistory:
    """Demand that files tell on the grid of an instance; what is to be said of it goes to stderr.

    `reading` is zone, start, mapping, model and fill, as the options of those names give them.
    """
    from planner.app.cli.common import messages
    from planner.study.backtesting.history import DemandHistory, begins_off_clock, period_minutes_of

    timezone, start, mapped, model, fill = reading
    zone = timezone or instance.horizon.timezone
    minutes = period_minutes_of(instance)
    off_clock = begins_off_clock(instance)
    wanted = demand_wanted(zone, start, minutes, off_clock, mapped, model, fill, None)
    observed, notes = observed_by(context, files, wanted)
    for note in notes:
        messages().print(f"note: {note}", markup=False)
    periods = observed.periods
    return DemandHistory(periods.begin_s, instance.horizon.period_hours, periods.means)


def written_files(out: Path | None) -> list[Path]:
    """A series by its name with what may lie beside it: what reads it, and lengths; none where nothing is written."""
    from planner.loader.demand.write import lengths_name

    return [] if out is None else [out, out.with_suffix(".yaml"), out.with_name(lengths_name(out.name))]


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
