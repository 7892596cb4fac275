"""Step chart over time: a stack of areas, and lines over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from planner.view.reporting.charts.axes import short, ticks, time_ticks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.view.reporting.charts.series import ChartSeries, Columns

MANY_COLUMNS = 100
LABEL_WIDTH = 40
_MARKS = {
    "hatched": Markup('<path class="mark" d="M-2,2l4,-4M0,8l8,-8M6,10l4,-4"/>'),
    "dotted": Markup('<circle class="dot" cx="4" cy="4" r="1.8"/>'),
    "crossed": Markup('<path class="mark" d="M0,4H8M4,0V8"/>'),
    "barred": Markup('<path class="mark" d="M4,0V8"/>'),
}
PATTERNS = ("plain", *_MARKS)
"""Patterns of areas, from the plainest on."""


@dataclass(frozen=True)
class StepChart:
    """A chart before it is drawn: areas from bottom to top, lines over them, one axis for all."""

    ident: str
    title: str
    unit: str
    columns: Columns
    areas: tuple[ChartSeries, ...] = ()
    lines: tuple[ChartSeries, ...] = ()
    note: str = ""
    percent: bool = False

    @property
    def top(self) -> float:
        """Highest value to be shown."""
        stacked = np.sum([area.values for area in self.areas], axis=0) if self.areas else np.zeros(1)
        return float(max([stacked.max(initial=0.0), *(line.values.max(initial=0.0) for line in self.lines)]))

    @property
    def data(self) -> dict[str, object]:
        """What the page reads out under the pointer or at the keyboard's cursor; top of the stack first."""
        rows = [*self.lines, *reversed(self.areas)]
        digits = 4 if self.percent else 6
        return {
            "labels": self.columns.spoken(),
            "unit": self.unit,
            "percent": self.percent,
            "rows": [
                [row.name, [float(f"{value:.{digits}g}") for value in row.values.tolist()]] for row in rows
            ],
        }

    def legend(self, *widths: int) -> Markup:
        """What each line and area shows, top of the stack first; for pictures of these widths."""
        marks = [
            Markup('<path class="line ink{} {}" d="M0,6H20"/>').format(_hue(line), line.pattern)
            for line in self.lines
        ] + [_swatch(self.ident, area, widths) for area in reversed(self.areas)]
        names = [line.name for line in self.lines] + [area.name for area in reversed(self.areas)]
        items = [
            Markup('<li><svg class="swatch" viewBox="0 0 20 12" aria-hidden="true">{}</svg>{}</li>').format(
                mark, name
            )
            for mark, name in zip(marks, names, strict=True)
        ]
        return Markup('<ul class="legend">{}</ul>').format(Markup("").join(items))

    def draw(self, width: int, height: int = 260) -> Markup:
        """The picture as SVG of this size."""
        frame = _Frame(width, height, len(self.columns.labels), ticks(self.top))
        name, detail = f"{self.ident}-{width}", "fine" if frame.columns > MANY_COLUMNS else "coarse"
        parts = [*_axes(self, frame), *_patterns(self.areas, name)]
        base = np.zeros(len(self.columns.labels))
        for area in self.areas:
            over = base + area.values
            fill = f"url(#{name}-{area.hue}-{area.pattern})" if area.pattern != "plain" else None
            parts.append(_area(frame, base, over, area, fill))
            base = over
        parts += [
            Markup('<path class="line ink{} {}" d="{}"/>').format(
                _hue(line), line.pattern, _outline(frame, line.values)
            )
            for line in self.lines
        ]
        parts.append(Markup('<line class="cursor" y1="{}" y2="{}"/>').format(frame.roof, frame.floor))
        return Markup(
            '<svg viewBox="0 0 {} {}" class="{}" role="img" aria-label="{}" data-left="{}" data-right="{}">'
            "{}</svg>"
        ).format(width, height, detail, self.title, frame.left, frame.right, Markup("").join(parts))


@dataclass(frozen=True)
class _Frame:
    """Positions in a picture, in its own pixels."""

    width: int
    height: int
    columns: int
    ticks: list[float]
    left: int = 52
    roof: int = 12

    @property
    def right(self) -> int:
        return self.width - 8

    @property
    def floor(self) -> int:
        return self.height - 26

    def x(self, edge: int) -> float:
        return self.left + (self.right - self.left) * edge / max(1, self.columns)

    def y(self, value: float) -> float:
        return self.floor - (self.floor - self.roof) * value / self.ticks[-1]


def _hue(series: ChartSeries) -> str:
    return "-grey" if series.hue < 0 else str(series.hue)


def _swatch(ident: str, area: ChartSeries, widths: tuple[int, ...]) -> Markup:
    """A patterned swatch borrows the pattern of its picture, so there is one for each width."""
    if area.pattern == "plain":
        return Markup('<rect class="fill{}" width="20" height="12"/>').format(_hue(area))
    sizes = zip(("wide", "narrow"), widths, strict=False) if len(widths) > 1 else [("", widths[0])]
    return Markup("").join(
        Markup('<rect class="{}" fill="url(#{}-{}-{}-{})" width="20" height="12"/>').format(
            name, ident, width, area.hue, area.pattern
        )
        for name, width in sizes
    )


def _axes(chart: StepChart, frame: _Frame) -> Iterator[Markup]:
    for value in frame.ticks:
        y = f"{frame.y(value):.1f}"
        label = f"{value:.0%}" if chart.percent else short(value)
        yield Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
            frame.left, frame.right, y, y
        )
        yield Markup('<text class="tick end" x="{}" y="{}" dy="4">{}</text>').format(frame.left - 6, y, label)
    for column, label in time_ticks(chart.columns, most=max(3, frame.width // 90)):
        x = f"{frame.x(column):.1f}"
        yield Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
            x, x, frame.floor, frame.floor + 4
        )
        at_edge = "tick end" if frame.x(column) > frame.right - LABEL_WIDTH / 2 else "tick"
        yield Markup('<text class="{}" x="{}" y="{}">{}</text>').format(at_edge, x, frame.height - 8, label)


def _patterns(areas: tuple[ChartSeries, ...], name: str) -> Iterator[Markup]:
    for hue, pattern in sorted({(area.hue, area.pattern) for area in areas if area.pattern in _MARKS}):
        yield Markup(
            '<pattern id="{name}-{hue}-{pattern}" width="8" height="8" patternUnits="userSpaceOnUse">'
            '<rect class="fill{hue}" width="8" height="8"/>{mark}</pattern>'
        ).format(name=name, hue=hue, pattern=pattern, mark=_MARKS[pattern])


def _area(
    frame: _Frame, base: NDArray[np.float64], over: NDArray[np.float64], series: ChartSeries, fill: str | None
) -> Markup:
    path = f"{_outline(frame, over)}{_backwards(frame, base)}Z"
    if fill is None:
        return Markup('<path class="area fill{}" d="{}"/>').format(_hue(series), path)
    return Markup('<path class="area" fill="{}" d="{}"/>').format(fill, path)


def _outline(frame: _Frame, values: NDArray[np.float64]) -> str:
    """Steps from left to right; a run of equal values is one step."""
    change = np.flatnonzero(np.diff(values)) + 1
    path = f"M{frame.x(0):.1f},{frame.y(float(values[0])):.1f}"
    path += "".join(f"H{frame.x(int(edge)):.1f}V{frame.y(float(values[edge])):.1f}" for edge in change)
    return f"{path}H{frame.x(len(values)):.1f}"


def _backwards(frame: _Frame, values: NDArray[np.float64]) -> str:
    change = (np.flatnonzero(np.diff(values)) + 1)[::-1]
    path = f"V{frame.y(float(values[-1])):.1f}"
    path += "".join(f"H{frame.x(int(edge)):.1f}V{frame.y(float(values[edge - 1])):.1f}" for edge in change)
    return f"{path}H{frame.x(0):.1f}"
