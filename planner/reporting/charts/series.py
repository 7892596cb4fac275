"""What charts draw: named rows of values over time, and how many of them a picture can bear."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MAX_COLUMNS = 366
MAX_SERIES = 8
_STEPS = (1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 168, 336, 672)


@dataclass(frozen=True)
class Series:
    """One row of values, shape [column], with its hue (0..7, or -1 for grey) and pattern on the page."""

    name: str
    values: NDArray[np.float64]
    hue: int
    pattern: str = "plain"


@dataclass(frozen=True)
class Columns:
    """Periods gathered into equal columns, so that a picture stays readable; `step` periods each."""

    labels: tuple[str, ...]
    step: int
    starts: tuple[datetime, ...]
    hours: float

    @classmethod
    def of(cls, periods: Sequence[str], period_hours: float) -> Columns:
        """The finest columns that a picture can bear; whole days for a year of hours."""
        steps = (step for step in _STEPS if len(periods) <= step * MAX_COLUMNS)
        step = next(steps, -(-len(periods) // MAX_COLUMNS))
        labels = tuple(periods[::step])
        return cls(
            labels, step, tuple(datetime.fromisoformat(label) for label in labels), step * period_hours
        )

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


def fold(series: list[Series], limit: int = MAX_SERIES) -> list[Series]:
    """The largest series in their order, the others added up as one."""
    if len(series) <= limit:
        return series
    ranked = sorted(series, key=lambda one: -float(one.values.sum()))
    kept, rest = ranked[: limit - 1], ranked[limit - 1 :]
    others = Series(f"{len(rest)} others", np.sum([one.values for one in rest], axis=0), hue=-1)
    return [one for one in series if any(one is mine for mine in kept)] + [others]


def recoloured(series: list[Series]) -> list[Series]:
    """The series with hues in their order."""
    return [replace(one, hue=place % MAX_SERIES if one.hue >= 0 else -1) for place, one in enumerate(series)]
