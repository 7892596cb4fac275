"""Times of logs and series as seconds since 1970: texts and numbers, with an offset, in a zone, or from a start on.

What has no offset is read in the zone that is given. There the hour in which clocks go back comes twice, and that in
which they go forward never: the second of two is told from the first by the order of rows, where that is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from planner.core.errors import InstanceError
from planner.core.units import SECONDS_PER_HOUR
from planner.core.written_days import DayOrder, as_iso, day_order, is_written
from planner.loader.demand.columns import numbers_of, textual
from planner.loader.time_names import words_of

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from planner.loader.demand.columns import RecordColumns

_UNITS = (
    (1e17, 1e-9),
    (1e14, 1e-6),
    (1e11, 1e-3),
    (1e8, 1.0),
)  # at least this: nano-, micro-, milliseconds, seconds
EARLIEST, LATEST = 631_152_000.0, 4_102_444_800.0  # 1990 and 2100
MOST_FAULTS = 20
COUNTED_BELOW = EARLIEST / 10
"""Numbers below count from the beginning of a log, two years of seconds at most."""
SECONDS_BY_WORD = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3_600.0),
    **dict.fromkeys(("day", "days"), 86_400.0),
}
"""Units of counted times, as names of columns say them."""
_LOOKED_AT = 100
"""First cells of a column by which it is judged: one alone may be an odd one."""


@dataclass
class Clock:
    """How times of a file are meant. `twice_in_order`: whether hours that come twice are told apart by their order;
    `each_once`: whether no two rows are of the same time. `seconds_per_count` is set where the first times that are
    read only count, in the unit that their name says."""

    zone: ZoneInfo | None
    start: datetime | None = None
    seconds_per_count: float | None = None
    twice_in_order: bool = False
    each_once: bool = False
    day_order: DayOrder | None = None
    """Of days written with the year last what comes first; None: what the first rows tell."""
    met_written: bool = False
    """Whether there were such days."""
    rows_twice: int = 0
    """Rows of times that clocks show twice, and the place of the first of them."""
    first_twice: str = ""
    _judged: bool = False
    _second: bool = False
    _wall: float = -np.inf

    def seconds(self, columns: RecordColumns, name: str) -> NDArray[np.float64]:
        """Seconds since 1970 of a column, shape [record]. Raises InstanceError with the lines that are wrong."""
        cells = columns.values[name]
        numbers = _numbers(cells)
        usual = _usual(numbers)
        if (
            not self._judged
            and self.seconds_per_count is None
            and usual is not None
            and usual < COUNTED_BELOW
        ):
            self.seconds_per_count = _unit(columns, name)
        self._judged = True
        if self.seconds_per_count is not None:
            return self._counted(columns, name, numbers)
        seconds = _since_1970(numbers) if usual is not None else self._read(columns, name, cells)
        wrong = ~((seconds >= EARLIEST) & (seconds <= LATEST))
        _refuse(columns, name, wrong, "holds {cell}, no time between 1990 and 2100")
        return seconds

    def _counted(
        self, columns: RecordColumns, name: str, numbers: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        if self.start is None:
            message = "counts time from the beginning of the log: say when that was, by --start 2026-01-31T00:00+00:00"
            raise InstanceError([columns.fault(0, message, name)])
        passed = numbers * (self.seconds_per_count or 1.0)
        _refuse(
            columns,
            name,
            ~(np.abs(passed) < EARLIEST),
            "holds {cell}, no time since the beginning of the log",
        )
        return np.asarray(self.start.timestamp() + passed)

    def _read(self, columns: RecordColumns, name: str, cells: pd.Series[Any]) -> NDArray[np.float64]:
        texts = cells.astype(str).str.strip() if textual(cells) else cells.astype(str)
        texts = texts.str.removesuffix(" UTC") if texts.str.endswith(" UTC").any() else texts
        texts = self._iso(columns, name, texts)
        try:
            moments = pd.to_datetime(texts, format="ISO8601", errors="coerce")
        except ValueError:  # offsets that differ, or some with and some without
            moments = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True)
            bare = ~texts.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", regex=True).to_numpy()
            _refuse(columns, name, bare, "holds {cell}, without the offset from UTC that others have")
        _refuse(
            columns, name, moments.isna().to_numpy(), "holds {cell}, no time: write 2026-01-31T00:00:00+00:00"
        )
        if moments.dt.tz is None:
            return self._in_zone(columns, name, moments)
        return np.asarray(
            moments.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[ns]").view("i8")
            / 1e9
        )

    def _iso(self, columns: RecordColumns, name: str, texts: pd.Series[Any]) -> pd.Series[Any]:
        """Texts with days whose year comes last as ISO 8601 has them. Raises InstanceError where nothing tells how."""
        if not any(map(is_written, texts.iloc[:_LOOKED_AT])):
            return texts
        self.met_written = True
        self.day_order = self.day_order or day_order(texts)
        if self.day_order is None:
            place = next(place for place, text in enumerate(texts) if is_written(text))
            message = f"holds {columns.shown(place, name)}, in which day or month may come first"
            ways = " or ".join(f"--fill dates={order}" for order in DayOrder)
            raise InstanceError([columns.fault(place, f"{message}: say which, by {ways}", name)])
        order = self.day_order
        return texts.map(lambda text: as_iso(text, order))

    def _in_zone(self, columns: RecordColumns, name: str, moments: pd.Series[Any]) -> NDArray[np.float64]:
        if self.zone is None:
            bare = f"holds {columns.shown(0, name)}, without an offset from UTC"
            message = f"{bare}: name its zone, by --timezone UTC or Europe/Berlin"
            raise InstanceError([columns.fault(0, message, name)])
        wall = moments.to_numpy().astype("datetime64[ns]").view("i8") / 1e9
        first, second = (self._localized(moments, is_first) for is_first in (True, False))
        never = (
            "holds {cell}, which no clock shows in "
            + f"{self.zone.key}, where clocks go forward: is its zone another one?"
        )
        _refuse(columns, name, np.isnan(first), never)
        twice = first != second
        if not twice.any():
            self._second, self._wall = False, float(wall[-1]) if len(wall) else self._wall
            return first
        self.first_twice = self.first_twice or f"{columns.file}:{columns.lines[int(np.argmax(twice))]}"
        self.rows_twice += int(twice.sum())
        if not self.twice_in_order:
            back = f"twice in {self.zone.key}, where clocks go back"
            comes = (
                f"holds {{cell}}, which comes {back}: --fill dst=order tells them apart by the order of rows"
            )
            _refuse(columns, name, twice, comes)
        return np.asarray(np.where(self._are_second(wall, twice), second, first))

    def _localized(self, moments: pd.Series[Any], is_first: bool) -> NDArray[np.float64]:
        flags = np.full(len(moments), is_first)
        local = moments.dt.tz_localize(self.zone, ambiguous=flags, nonexistent="NaT")
        plain = local.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[ns]")
        return np.where(np.isnat(plain), np.nan, plain.view("i8") / 1e9)

    def _are_second(self, wall: NDArray[np.float64], twice: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Of hours that come twice, the rows after the clock has gone back: by a quarter of an hour, or at all."""
        before = np.concatenate([[self._wall], wall[:-1]])
        back = before - wall >= (0.0 if self.each_once else SECONDS_PER_HOUR / 4)
        is_second = np.zeros(len(wall), dtype=bool)
        now = self._second
        for place in np.flatnonzero(twice | np.roll(twice, 1)).tolist():
            now = bool(twice[place]) and (now or bool(back[place]))
            is_second[place] = now
        self._second, self._wall = now and bool(twice[-1]), float(wall[-1])
        return is_second


def _numbers(cells: pd.Series[Any]) -> NDArray[np.float64]:
    """The cells as numbers, NaN where one is none, all of them where most of the first are none."""
    if textual(cells) and 2 * sum(map(_looks_numeric, cells.iloc[:_LOOKED_AT])) < len(
        cells.iloc[:_LOOKED_AT]
    ):
        return np.full(len(cells), np.nan)
    return numbers_of(cells)


def _usual(numbers: NDArray[np.float64]) -> float | None:
    """The usual size of times that are numbers, by the first of them; None where they are none."""
    first = np.abs(numbers[:_LOOKED_AT])
    there = first[np.isfinite(first)]
    return float(np.median(there)) if len(there) else None


def _unit(columns: RecordColumns, name: str) -> float:
    """Seconds of a step of times that only count, by their name. Raises InstanceError where it says none."""
    unit = next((SECONDS_BY_WORD[word] for word in words_of(name) if word in SECONDS_BY_WORD), None)
    if unit is None:
        message = (
            f"holds {columns.shown(0, name)}, which counts from a beginning in no unit that its name says: "
            f"--map time_s={name} or time_ms={name}, with --start"
        )
        raise InstanceError([columns.fault(0, message, name)])
    return unit


def _looks_numeric(cell: Any) -> bool:
    return isinstance(cell, int | float) or (isinstance(cell, str) and cell.replace(".", "", 1).isdigit())


def _since_1970(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numbers since 1970 in the unit that their size tells."""
    size = float(np.nanmedian(np.abs(numbers)))
    scale = next((unit for least, unit in _UNITS if size >= least), 1.0)
    return np.asarray(numbers * scale)


def _refuse(columns: RecordColumns, name: str, wrong: NDArray[np.bool_], message: str) -> None:
    places = np.flatnonzero(wrong)
    if not len(places):
        return
    faults = [
        columns.fault(place, message.format(cell=columns.shown(place, name)), name)
        for place in places[:MOST_FAULTS].tolist()
    ]
    if len(places) > MOST_FAULTS:
        faults.append(
            columns.fault(int(places[MOST_FAULTS]), f"and {len(places) - MOST_FAULTS:,} more such rows", name)
        )
    raise InstanceError(faults)
