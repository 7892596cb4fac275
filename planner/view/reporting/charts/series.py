"""What charts draw: named rows of values over time, and how many of them a picture can show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.plan.period_names import blocks_of, period_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

MAX_COLUMNS = 366
MAX_SERIES = 8
_STEPS = (1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 168, 336, 672)


@dataclass(frozen=True)
class ChartSeries:
    """One row of values, shape [column], with its hue (0..7, or -1 for grey) and pattern on the page."""

    name: str
    values: NDArray[np.float64]
    hue: int
    pattern: str = "plain"


@dataclass(frozen=True)
class Columns:
    """Periods gathered into equal columns, so that a picture stays readable; `step` periods each.

    `starts` are their moments; `blocks` the columns at which a stage or scenario begins, with its
    name, where there are several: they are drawn one after another.
    """

    labels: tuple[str, ...]
    step: int
    starts: tuple[datetime, ...]
    hours: float
    blocks: tuple[tuple[int, str], ...] = ()

    @classmethod
    def of(cls, periods: Sequence[str], period_hours: float) -> Columns:
        """The finest columns that a picture can show; whole days for a year of hours.

        No column holds periods of two blocks, where that can be.
        """
        runs = blocks_of(periods)
        steps = [step for step in _STEPS if len(periods) <= step * MAX_COLUMNS]
        whole = [step for step in steps if len(runs) == 1 or len(runs[0]) % step == 0]
        step = (whole or steps or [-(-len(periods) // MAX_COLUMNS)])[0]
        labels = tuple(periods[::step])
        names = [period_name(label) for label in labels]
        begins = tuple((run.start // step, period_name(periods[run.start]).block) for run in runs)
        return cls(
            labels=labels,
            step=step,
            starts=tuple(name.start for name in names),
            hours=step * period_hours,
            blocks=begins if len(runs) > 1 else (),
        )

    def spoken(self) -> list[str]:
        """Block and moment of every column, in words."""
        names = [""] * len(self.labels)
        for column, name in self.blocks:
            names[column:] = [f"{name} "] * (len(self.labels) - column)
        moments = [start.strftime("%a %d %b %Y %H:%M") for start in self.starts]
        return [f"{name}{moment}" for name, moment in zip(names, moments, strict=True)]

    def mean(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean of each column, from values of shape [period]."""
        counts = np.diff([*self._edges(len(values)), len(values)])
        return np.asarray(np.add.reduceat(values, self._edges(len(values))) / counts)

    def highest(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Highest value of each column, from values of shape [period]."""
        return np.asarray(np.maximum.reduceat(values, self._edges(len(values))))

    def note(self, period_hours: float) -> str:
        """What was gathered, in words; empty where every period has a column of its own."""
        if self.step == 1:
            return ""
        span = f"{self.step * period_hours:g} hours"
        return f"Each column gathers {span}: areas show the mean, lines the highest value in it."

    def _edges(self, periods: int) -> list[int]:
        return list(range(0, periods, self.step))


def fold(series: list[ChartSeries], limit: int = MAX_SERIES) -> list[ChartSeries]:
    """The largest series in their order, the others added up as one."""
    if len(series) <= limit:
        return series
    ranked = sorted(series, key=lambda one: -float(one.values.sum()))
    kept, rest = ranked[: limit - 1], ranked[limit - 1 :]
    others = ChartSeries(f"{len(rest)} others", np.sum([one.values for one in rest], axis=0), hue=-1)
    return [one for one in series if any(one is mine for mine in kept)] + [others]


def recoloured(series: list[ChartSeries]) -> list[ChartSeries]:
    """The series with hues in their order."""
    return [replace(one, hue=place % MAX_SERIES if one.hue >= 0 else -1) for place, one in enumerate(series)]
