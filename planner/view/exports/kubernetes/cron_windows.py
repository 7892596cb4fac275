"""When how many units run, as cron windows: above the least number of the whole time, for each run of hours one.

A day of 24 hours repeats daily, a week of 168 hours weekly; anything else is written by date. Hours that repeat on
several days are one window with several days. Windows are cut from the plan's periods, so at the beginning of every
period the most of the windows that are open, and at least the base, is what the plan runs.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from planner.core.units import HOURS_PER_DAY, HOURS_PER_WEEK, SECONDS_PER_HOUR
from planner.plan.period_names import period_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DAYS_A_WEEK = 7
_HALF_A_MINUTE = 1.0 / 120.0


@dataclass(frozen=True)
class CronWindow:
    """So many replicas from `start` to `end`, cron expressions in the zone of the schedule; `periods` of the plan."""

    start: str
    end: str
    replicas: int
    periods: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class CronSchedule:
    """Replicas over time: `base` always, and the most of the windows that are open. `repeats`: day, week or date."""

    zone: str
    repeats: str
    base: int
    windows: tuple[CronWindow, ...]


@dataclass(frozen=True)
class _Stretch:
    first: int
    last: int
    replicas: int
    start: datetime
    end: datetime


def cron_schedule(
    on: Sequence[int], labels: Sequence[str], period_hours: float, zone: str | None, lead: timedelta
) -> CronSchedule:
    """The schedule of a unit that runs `on` units in periods of these labels, each begun `lead` ahead.

    `zone` is an IANA name; None: the offset that the labels have, which is a zone where it is of whole hours, else
    times are in UTC.
    """
    starts = [period_name(label).start for label in labels]
    named, shown = _in_zone(starts, zone)
    ends = [*shown[1:], shown[-1] + timedelta(hours=period_hours)]
    hours = (starts[-1] - starts[0]).total_seconds() / SECONDS_PER_HOUR + period_hours
    repeats = _repetition(hours)
    base = min(on)
    runs = [run for run in _runs(on, shown, ends, cyclic=repeats != "date") if run.replicas > base]
    return CronSchedule(named, repeats, base, tuple(_windows(runs, repeats, lead)))


def _repetition(hours: float) -> str:
    if abs(hours - HOURS_PER_DAY) < _HALF_A_MINUTE:
        return "day"
    return "week" if abs(hours - HOURS_PER_WEEK) < _HALF_A_MINUTE else "date"


def _in_zone(starts: Sequence[datetime], zone: str | None) -> tuple[str, list[datetime]]:
    """Name of the zone, and the beginnings of periods on its clock."""
    if zone is not None:
        return zone, [start.replace(tzinfo=None) for start in starts]
    offset = starts[0].utcoffset() or timedelta()
    hours, rest = divmod(offset, timedelta(hours=1))
    if rest:
        return "UTC", [start.astimezone(UTC).replace(tzinfo=None) for start in starts]
    named = f"Etc/GMT{-hours:+d}" if hours else "UTC"  # their sign is that of POSIX: east is minus
    return named, [start.replace(tzinfo=None) for start in starts]


def _runs(
    on: Sequence[int], starts: Sequence[datetime], ends: Sequence[datetime], *, cyclic: bool
) -> list[_Stretch]:
    """Runs of periods with the same number; where time repeats, the last goes on into the first of the same."""
    runs: list[_Stretch] = []
    for replicas, run in groupby(range(len(on)), key=lambda period: on[period]):
        periods = list(run)
        runs.append(_Stretch(periods[0], periods[-1], replicas, starts[periods[0]], ends[periods[-1]]))
    if cyclic and len(runs) > 1 and runs[0].replicas == runs[-1].replicas:
        cycle = ends[-1] - starts[0]
        first, last = runs.pop(0), runs.pop()
        runs.append(_Stretch(last.first, first.last, last.replicas, last.start, first.end + cycle))
    return runs


def _windows(runs: Iterable[_Stretch], repeats: str, lead: timedelta) -> list[CronWindow]:
    """Runs of equal numbers, clock and length as one window each."""
    alike: dict[tuple[object, ...], list[_Stretch]] = defaultdict(list)
    for run in runs:
        begin = run.start - lead
        months = (begin.month, run.end.month) if repeats == "date" else ()
        alike[(begin.time(), run.end - run.start, run.replicas, months)].append(run)
    return [
        CronWindow(
            start=_cron([run.start - lead for run in same], repeats),
            end=_cron([run.end for run in same], repeats),
            replicas=same[0].replicas,
            periods=tuple((run.first, run.last) for run in same),
        )
        for same in alike.values()
    ]


def _cron(moments: Sequence[datetime], repeats: str) -> str:
    """Minute, hour, days of the month, month, days of the week."""
    clock = f"{moments[0].minute} {moments[0].hour}"
    if repeats == "day":
        return f"{clock} * * *"
    if repeats == "week":
        days = sorted({moment.isoweekday() % DAYS_A_WEEK for moment in moments})
        return f"{clock} * * {'*' if len(days) == DAYS_A_WEEK else ','.join(map(str, days))}"
    return f"{clock} {','.join(map(str, sorted({one.day for one in moments})))} {moments[0].month} *"
