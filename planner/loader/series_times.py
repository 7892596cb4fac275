"""The time column of a CSV series: its rows must be the periods of the horizon, one by one and in order.

A column is a time column by its name (`time_names`). Where no name says so, one that holds dates with a clock, not the
same in every row, is one too. It may hold dates with a clock, dates, clocks, or numbers that count hours or periods.
What has no offset from UTC is on the clock of the horizon, or in UTC where the name says so: in a zone an hour that
comes twice is the one that its row stands for, and an hour that never comes is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from planner.core.csv_table import finite_number
from planner.core.errors import shortened
from planner.core.units import HOURS_PER_DAY, SECONDS_PER_HOUR
from planner.core.written_days import DayOrder, as_iso, day_order, is_written
from planner.loader.time_names import names_end, names_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from planner.instance.horizon import Horizon

_DATE = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.\d{1,6})?)?\s?(Z|UTC|[+-]\d\d:?\d\d)?", re.ASCII
)
_CLOCK = re.compile(r"(\d?\d):(\d\d)(?::(\d\d))?", re.ASCII)
_EPOCH_SECONDS = 1e8  # later than 1973: no count of hours or periods is as large
_EPOCH_MILLISECONDS = 1e11
_TOLERANCE_HOURS = 1 / 120


class Reading(NamedTuple):
    """What a time column comes to: the row that is wrong, with the reason, or what was taken for granted."""

    row: int | None = None
    message: str = ""
    assumed: str = ""


@dataclass(frozen=True)
class _Axis:
    """What the rows of a column should be: the clock of the horizon, whose hours count from its start."""

    horizon: Horizon
    at_end: bool
    in_utc: bool

    def expected(self, rows: int) -> list[float]:
        """Hours from the start of the horizon to each period, or to the end of it."""
        return [self.horizon.period_hours * (row + self.at_end) for row in range(rows)]

    def begins(self, row: int) -> datetime:
        """Beginning of a period on the clock that times without an offset are on."""
        moment = self.horizon.moment(row)
        return moment.astimezone(UTC) if self.in_utc else moment

    def forward(self, rows: int) -> list[float]:
        """Hours that this clock has gone forward by the time of each row since the start, beside its running."""
        local = None if self.in_utc else self.horizon.local_time()
        if local is None:
            return [0.0] * rows
        at = local.shift.tolist()
        return [at[min(row + self.at_end, len(at) - 1)] for row in range(rows)]

    @property
    def zone(self) -> datetime:
        """The start of the horizon in the zone of what has none."""
        return self.horizon.start.astimezone(UTC) if self.in_utc else self.horizon.start

    @property
    def clock(self) -> float:
        """Hour of the day at the start of the horizon."""
        start = self.zone
        return start.hour + start.minute / 60 + start.second / SECONDS_PER_HOUR


def are_moments(texts: Sequence[str]) -> bool:
    """Whether all texts are dates with a clock that go on from row to row, whatever the name of their column."""
    return len(set(texts)) > 1 and any(
        all(is_moment(text) and not _is_date_alone(text) for text in ways) for ways in ways_to_read(texts)
    )


def read_times(name: str, texts: Sequence[str], horizon: Horizon) -> Reading:
    """Compare the texts of a time column with the periods of the horizon, of days in either order the one that fits."""
    axis = _Axis(horizon, names_end(name), names_utc(name))
    if not texts:
        return Reading()
    readings = [_read(axis, ways) for ways in ways_to_read(texts)]
    fitting = next((reading for reading in readings if reading.row is None), None)
    return fitting or max(readings, key=lambda reading: reading.row or 0)


def ways_to_read(texts: Sequence[str]) -> list[Sequence[str]]:
    """The texts, with days whose year comes last in the order of ISO 8601: both ways where they tell not which."""
    if not any(map(is_written, texts)):
        return [texts]
    told = day_order(texts)
    return [[as_iso(text, order) for text in texts] for order in DayOrder if told in (None, order)]


def _read(axis: _Axis, texts: Sequence[str]) -> Reading:
    for fits, read in (
        (_is_date_alone, _dates),
        (is_moment, _moments),
        (_is_clock, _clocks),
        (_is_number, _numbers),
    ):
        if fits(texts[0]):
            strange = next((row for row, text in enumerate(texts) if not fits(text)), None)
            return read(axis, texts) if strange is None else Reading(strange, _unreadable(texts[strange]))
    return Reading(0, _unreadable(texts[0]))


def _unreadable(text: str) -> str:
    if not text:
        return "is empty, and its name says that it is a time column"
    return (
        f"holds '{shortened(text)}', no time that can be compared with the horizon: write 2026-01-31T00:00+00:00 as in "
        "the other rows, or give the column a name without a word for time"
    )


def _moment(text: str) -> datetime | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    offset = {None: "", "Z": "+00:00", "UTC": "+00:00"}.get(found[4], found[4])
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00'}{found[3] or ':00'}{offset}")
    except ValueError:
        return None
    return moment if 1900 <= moment.year < 3000 else None


def _is_date_alone(text: str) -> bool:
    return len(text) == 10 and _moment(text) is not None


def is_moment(text: str) -> bool:
    """Whether a text is a date, with or without a clock."""
    return _moment(text) is not None


def _is_clock(text: str) -> bool:
    found = _CLOCK.fullmatch(text)
    return found is not None and int(found[1]) < 24 and int(found[2]) < 60 and int(found[3] or 0) < 60


def _is_number(text: str) -> bool:
    return finite_number(text) is not None


def _dates(axis: _Axis, texts: Sequence[str]) -> Reading:
    """Dates without a clock: the day that each period begins in."""
    for row, text in enumerate(texts[: axis.horizon.periods]):
        day = axis.begins(row).date().isoformat()
        if text != day:
            return Reading(row, f"has {text} where the horizon has {day} (period {row})")
    return Reading()


def _moments(axis: _Axis, texts: Sequence[str]) -> Reading:
    start, moments = axis.zone, [moment for text in texts if (moment := _moment(text)) is not None]
    bare = any(moment.tzinfo is None for moment in moments)
    zone = start.tzinfo if axis.in_utc else axis.horizon.zone or start.tzinfo
    never = next((row for row, moment in enumerate(moments) if not _exists(moment, zone)), None)
    if never is not None:
        return Reading(never, f"has {texts[never]}, which no clock shows in {axis.horizon.timezone}")
    expected = axis.expected(len(moments))
    hours = [_hours_after(start, moment, zone, want) for moment, want in zip(moments, expected, strict=True)]
    said = "UTC, as its name says" if axis.in_utc else f"the zone of the horizon, {_named(axis.horizon)}"
    return _compared(axis, texts, hours)._replace(
        assumed=f"has no offset from UTC: read in {said}" if bare else ""
    )


def _exists(moment: datetime, zone: tzinfo | None) -> bool:
    """Whether a clock of the zone shows a moment without an offset."""
    if moment.tzinfo is not None:
        return True
    there = moment.replace(tzinfo=zone)
    return there.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment


def _hours_after(start: datetime, moment: datetime, zone: tzinfo | None, want: float) -> float:
    """Hours from the start to a moment; of two that look alike, to the one nearer to what is due."""
    if moment.tzinfo is not None:
        return (moment - start).total_seconds() / SECONDS_PER_HOUR
    both = (moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    hours = [(one - start).total_seconds() / SECONDS_PER_HOUR for one in both]
    return min(hours, key=lambda hour: abs(hour - want))


def _named(horizon: Horizon) -> str:
    """The zone of the horizon in words."""
    return horizon.timezone or horizon.start.isoformat()[-6:]


def _clocks(axis: _Axis, texts: Sequence[str]) -> Reading:
    parts = [found for text in texts if (found := _CLOCK.fullmatch(text)) is not None]
    hours = [int(part[1]) + int(part[2]) / 60 + int(part[3] or 0) / SECONDS_PER_HOUR for part in parts]
    return _compared(axis, texts, _by_the_day(axis, hours))


def _by_the_day(axis: _Axis, clock: Sequence[float]) -> list[float]:
    """Hours from the start of clocks: on the day on which they come nearest to their period."""
    half = HOURS_PER_DAY / 2
    due = zip(clock, axis.expected(len(clock)), axis.forward(len(clock)), strict=True)
    return [
        want + (hour - axis.clock - want - ahead + half) % HOURS_PER_DAY - half for hour, want, ahead in due
    ]


def _numbers(axis: _Axis, texts: Sequence[str]) -> Reading:
    """Hours or periods counted from 0 or 1, hours of the day, or seconds since 1970."""
    numbers = [float(text) for text in texts]
    length = axis.horizon.period_hours
    if numbers[0] >= _EPOCH_SECONDS:
        unit = 1000.0 if numbers[0] >= _EPOCH_MILLISECONDS else 1.0
        since = axis.horizon.start.timestamp()
        return _compared(axis, texts, [(number / unit - since) / SECONDS_PER_HOUR for number in numbers])
    ways: list[tuple[str, Callable[[], list[float]]]] = [
        ("", lambda: _by_the_day(axis, numbers)),
        ("from the beginning of the horizon", lambda: numbers),
        ("", lambda: [number * length for number in numbers]),
        ("", lambda: [(number - 1) * length for number in numbers]),
    ]
    if any(not 0 <= number < HOURS_PER_DAY for number in numbers) or axis.in_utc:
        ways = ways[:1] if axis.in_utc else ways[1:]
    readings = [(_compared(axis, texts, hours()), counted) for counted, hours in ways]
    for reading, counted in readings:
        if reading.row is None:
            start = axis.horizon.start
            assumption = (
                f"counts hours {counted}, which is {start:%H:%M}, not hours of the day" if counted else ""
            )
            ambiguous = axis.clock > 0 and max(numbers) < HOURS_PER_DAY
            return reading._replace(assumed=assumption if ambiguous else "")
    return max((reading for reading, _ in readings), key=lambda reading: reading.row or 0)


def _compared(axis: _Axis, texts: Sequence[str], hours: Sequence[float]) -> Reading:
    """The first row that is not its period, and what is wrong with the column."""
    rows = min(len(hours), axis.horizon.periods)
    tolerance = min(_TOLERANCE_HOURS, axis.horizon.period_hours / 10)
    late = [hour - want for hour, want in zip(hours, axis.expected(rows), strict=False)]
    row = next((row for row, by in enumerate(late) if abs(by) > tolerance), None)
    if row is None:
        return Reading()
    moment = axis.horizon.moment(row + axis.at_end)
    difference = f"has {shortened(texts[row])} where the horizon has {moment.isoformat(timespec='minutes')}"
    return Reading(row, f"{difference} (period {row}); {_kind(axis, list(hours), late, row, tolerance)}")


def _kind(axis: _Axis, hours: list[float], late: Iterable[float], row: int, tolerance: float) -> str:
    by = list(late)
    if max(by) - min(by) <= 2 * tolerance:
        return f"every row is {abs(by[0]):g} h too {'late' if by[0] > 0 else 'early'}"
    if _same(sorted(hours), axis.expected(len(hours)), tolerance):
        return "the rows are in another order"
    if any(abs(hours[row] - before) <= tolerance for before in hours[:row]):
        return "a time is given twice"
    if by[row] > 0 and hours == sorted(hours):
        return f"{by[row] / axis.horizon.period_hours:g} periods are missing before it"
    return "the rows are not its periods in their order"


def _same(left: Sequence[float], right: Sequence[float], tolerance: float) -> bool:
    return all(abs(one - other) <= tolerance for one, other in zip(left, right, strict=True))
