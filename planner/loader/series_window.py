"""Series that are longer than the horizon: which of their rows are its periods, by their times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.errors import shortened
from planner.loader.series_times import is_moment, read_times, ways_to_read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.instance.horizon import Horizon


def window_of(times: Mapping[str, Sequence[str]], horizon: Horizon) -> tuple[slice, str] | None:
    """Which rows of columns with more of them than periods are those of the horizon, and what is to be said of it.

    `times` are texts by the name of their column; a column tells it by dates, with or without a clock. Where some
    of them are not its periods they are those from its beginning on, so that it is told which row is wrong.
    None where no column tells it, or there are no more rows than periods.
    """
    doubtful: tuple[slice, str] | None = None
    for name, texts in times.items():
        first = _first_row(name, texts, horizon) if len(texts) > horizon.periods else None
        if first is None or first + horizon.periods > len(texts):
            continue
        rows = slice(first, first + horizon.periods)
        said = f"rows {first + 1} to {rows.stop} of {len(texts)} are those of the horizon"
        found = rows, f"{said}, as '{shortened(name)}' has it"
        if read_times(name, texts[rows], horizon).row is None:
            return found
        doubtful = doubtful or found
    return doubtful


def _first_row(name: str, texts: Sequence[str], horizon: Horizon) -> int | None:
    """Row in which the horizon begins; None where none does."""
    for ways in ways_to_read(texts):
        for row, text in enumerate(ways):
            if is_moment(text) and read_times(name, [text], horizon).row is None:
                return row
    return None
