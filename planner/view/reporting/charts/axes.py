"""Axes: round figures for values, round moments for time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.view.reporting.charts.series import Columns

_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_HOUR_STEPS = (1, 2, 3, 4, 6, 12, 24, 48, 72, 168, 336, 720, 1440)
_HOURS_OF_CLOCK_AXIS = 60
_HOURS_OF_WEEKDAY_AXIS = 21 * 24
_SUFFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def ticks(top: float, count: int = 4) -> list[float]:
    """About `count` round values from 0 to at least `top`."""
    if top <= 0 or not math.isfinite(top):
        return [0.0, 1.0]
    raw = top / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor for factor in _ROUND if factor * power >= raw * (1 - 1e-9)) * power
    return [step * index for index in range(math.ceil(top / step - 1e-9) + 1)]


def short(value: float) -> str:
    """A figure for an axis: 1.5M, 200k, 0.25."""
    for size, suffix in _SUFFIXES:
        if abs(value) >= size:
            return f"{value / size:.4g}{suffix}"
    return f"{value:.4g}"


def time_ticks(columns: Columns, most: int) -> list[tuple[int, str]]:
    """Columns to mark on a time axis, at most `most` of them, and their labels: blocks where there are several."""
    if columns.blocks:
        return list(columns.blocks[:: -(-len(columns.blocks) // most)])
    total = columns.hours * len(columns.labels)
    steps = [max(1, round(hours / columns.hours)) for hours in _HOUR_STEPS if hours >= columns.hours]
    step = next((one for one in steps if len(columns.labels) <= one * most), -(-len(columns.labels) // most))
    form = (
        "%H:%M" if total <= _HOURS_OF_CLOCK_AXIS else "%a %d" if total <= _HOURS_OF_WEEKDAY_AXIS else "%d %b"
    )
    return [(index, columns.starts[index].strftime(form)) for index in range(0, len(columns.labels), step)]
