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
    history: NDArray[np.float64], ahead: int, methods: Sequence[ForecastMethod], apart: int = 1
) -> Backtest:
    """Forecast from evenly spaced moments of the past, none of which is nearer to the end than what it forecasts.

    Every method has seen its seasons at every one of them. They lie whole multiples of `apart` before the end: with the
    periods of a day, each begins at the hour of the day at which the history ends. There may then be none.
    """
    first = LEAST_SEASONS * max(method.season for method in methods)
    last = len(history) - apart * -(-ahead // apart)
    places = np.arange(last, first - 1, -apart)[::-1]
    chosen = np.linspace(0, len(places) - 1, min(MOST_ORIGINS, len(places))).astype(np.int64)
    origins = np.unique(places[chosen])
    return Backtest(
        actual=np.array([history[origin : origin + ahead] for origin in origins]).reshape(-1, ahead),
        forecasts={
            method.name: np.array([method(history[:origin], ahead) for origin in origins]).reshape(-1, ahead)
            for method in methods
        },
    )
