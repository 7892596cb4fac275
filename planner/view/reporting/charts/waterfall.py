"""Waterfall: how cost terms add up to a total, a bar each, from top to bottom."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import Markup

from planner.view.reporting.charts.axes import short, ticks

_ROW, _BAR, _FOOT = 30, 18, 24
LABEL = 64
"""Room on the right for the figure of a bar that ends there."""
_TOTAL_HUE, _COST_HUE, _CREDIT_HUE = 0, 1, 2


@dataclass(frozen=True)
class _Bar:
    """A bar from `low` to `high`, that shows `value`."""

    name: str
    low: float
    high: float
    value: float
    hue: int


@dataclass(frozen=True)
class _Scale:
    """Positions of values in the picture."""

    left: float
    right: float
    bottom: float
    top: float

    def x(self, value: float) -> float:
        return self.left + (self.right - self.left) * (value - self.bottom) / (self.top - self.bottom)


def waterfall(terms: list[tuple[str, float]], total: float, title: str, width: int) -> Markup:
    """Draw terms, credits as steps back, also below nothing; the last bar is the total."""
    bars = [*_steps(terms), _Bar("total", min(0.0, total), max(0.0, total), total, _TOTAL_HUE)]
    height = _ROW * len(bars) + _FOOT
    marks = _marks(min(bar.low for bar in bars), max(bar.high for bar in bars), count=max(2, width // 180))
    scale = _Scale(left=150 if width > 500 else 96, right=width - LABEL, bottom=marks[0], top=marks[-1])
    parts = [_mark(scale, value, height) for value in marks]
    parts += [_drawn(scale, bar, place * _ROW + 6) for place, bar in enumerate(bars)]
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        width, height, title, Markup("").join(parts)
    )


def _marks(low: float, high: float, count: int) -> list[float]:
    """Round values from at most `low`, or 0, to at least `high`."""
    step = ticks(max(1e-9, high, -low), count)[1]
    below = 0 if low >= 0 else math.ceil(-low / step - 1e-9)
    above = max(1 if not below else 0, math.ceil(high / step - 1e-9))
    return [step * place for place in range(-below, above + 1)]


def _steps(terms: list[tuple[str, float]]) -> list[_Bar]:
    bars, at = [], 0.0
    for name, value in terms:
        hue = _COST_HUE if value >= 0 else _CREDIT_HUE
        bars.append(_Bar(name, min(at, at + value), max(at, at + value), value, hue))
        at += value
    return bars


def _mark(scale: _Scale, value: float, height: int) -> Markup:
    return Markup(
        '<line class="grid" x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="{1}"/>'
        '<text class="tick" x="{0:.1f}" y="{2}">{3}</text>'
    ).format(scale.x(value), height - _FOOT + 2, height - 6, short(value))


def _drawn(scale: _Scale, bar: _Bar, top: int) -> Markup:
    end = scale.x(bar.high)
    return Markup(
        '<text class="name end" x="{left}" y="{line}">{name}</text>'
        '<rect class="fill{hue}" x="{x:.1f}" y="{top}" width="{wide:.1f}" height="{bar}">'
        "<title>{name}: {value:,.2f}</title></rect>"
        '<text class="value halo" x="{at:.1f}" y="{line}">{short}</text>'
    ).format(
        left=scale.left - 8,
        line=top + 14,
        name=bar.name.replace("_", " "),
        hue=bar.hue,
        x=scale.x(bar.low),
        top=top,
        wide=max(1.0, end - scale.x(bar.low)),
        bar=_BAR,
        value=bar.value,
        at=end + 6,
        short=short(bar.value),
    )
