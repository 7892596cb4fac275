"""How far off forecasts would have been: made at moments of the past, compared with what came.

error of a lead = sum over origins |forecast - actual| / sum actual        (weighted absolute percentage error)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.study.forecasting.methods import LEAST_SEASONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.study.forecasting.clock import SeasonClock
    from planner.study.forecasting.methods import ForecastMethod

MOST_ORIGINS = 24


@dataclass(frozen=True)
class Backtest:
    """What was forecast and what came, arrays of shape [origin, lead]; `forecasts` by the name of the method."""

    actual: NDArray[np.float64]
    forecasts: dict[str, NDArray[np.float64]]

    @property
    def origins(self) -> int:
        """Number of moments that were forecast from."""
        return len(self.actual)

    def error(self, method: str, first: int = 0, last: int | None = None) -> float:
        """Error over the leads first..last-1, counted from 0; absent: over all of them."""
        leads = slice(first, last)
        off = np.abs(self.forecasts[method] - self.actual)[:, leads].sum()
        return float(off / max(self.actual[:, leads].sum(), 1e-12))

    def best(self, methods: Sequence[ForecastMethod]) -> ForecastMethod:
        """The method of least error; the naive ones come first where errors are the same."""
        return min(methods, key=lambda method: (self.error(method.name), not method.is_yardstick))


def backtest(
    history: NDArray[np.float64], ahead: int, methods: Sequence[ForecastMethod], clock: SeasonClock
) -> Backtest:
    """Forecast from evenly spaced moments of the past, none of which is nearer to the end than what it forecasts.

    Every method has seen its seasons at every one of them.
    """
    first = LEAST_SEASONS * max(method.season for method in methods)
    last = len(history) - ahead
    origins = np.unique(np.linspace(first, last, min(MOST_ORIGINS, last - first + 1)).astype(np.int64))
    return Backtest(
        actual=np.array([history[origin : origin + ahead] for origin in origins]),
        forecasts={
            method.name: np.array([clock.forecast(method, history[:origin], ahead) for origin in origins])
            for method in methods
        },
    )
