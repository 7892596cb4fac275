"""Ways to forecast a series that repeats itself: the seasonal naive one, the yardstick, and others.

    seasonal naive: y[n + k] = y[n + k - season], the last season over and over
    median: the median of y[n + k - i * season] over all whole seasons i that were seen
    stl: seasons by loess (STL, robust; Cleveland et al. 1990), the rest by exponential smoothing with damped trend

STL and the smoothing are those of statsmodels.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.extras import need

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Series = NDArray[np.float64]

LEAST_SEASONS = 2
"""Whole seasons that a method must have seen."""
LEAST_PERIODS = 2
"""Periods of a season."""


@dataclass(frozen=True)
class ForecastMethod:
    """A way to forecast `ahead` periods of a series with a season of so many periods; `is_yardstick`: the naive one."""

    name: str
    season: int
    is_yardstick: bool
    forecast: Callable[[Series, int, int], Series]

    def __call__(self, history: Series, ahead: int) -> Series:
        """What comes, never below zero, shape [ahead]."""
        return np.maximum(self.forecast(history, self.season, ahead), 0.0)


def seasonal_naive(history: Series, season: int, ahead: int) -> Series:
    """The last season over and over."""
    return np.resize(history[-season:], ahead)


def median(history: Series, season: int, ahead: int) -> Series:
    """The median of each place of the season, over all whole seasons seen."""
    whole = len(history) // season
    return np.resize(np.median(history[-whole * season :].reshape(whole, season), axis=0), ahead)


def stl(history: Series, season: int, ahead: int) -> Series:
    """Seasons by loess and the rest by exponential smoothing."""
    need("the forecast by decomposition", "statsmodels")
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel
    from statsmodels.tsa.forecasting.stl import STLForecast

    if np.ptp(history) == 0.0:
        return np.full(ahead, history[-1])
    with warnings.catch_warnings():  # of searches that end at a bound: the backtest judges what comes of them
        warnings.simplefilter("ignore")
        smoothing = {"error": "add", "trend": "add", "damped_trend": True}
        model = STLForecast(history, ETSModel, model_kwargs=smoothing, period=season, robust=True)
        found = np.asarray(model.fit(fit_kwargs={"disp": 0}).forecast(ahead), dtype=np.float64)
    return found if np.isfinite(found).all() else seasonal_naive(history, season, ahead)


def least_periods(ahead: int, seasons: dict[str, int]) -> int:
    """Periods of history that some method needs, where any season has `LEAST_PERIODS`."""
    return min(LEAST_SEASONS * one + min(ahead, one) for one in seasons.values() if one >= LEAST_PERIODS)


def methods_for(
    periods: int, ahead: int, seasons: dict[str, int], with_decomposition: bool
) -> list[ForecastMethod]:
    """The methods that so long a history can be tried on, `seasons` being names and lengths in periods."""
    tried = []
    for name, season in seasons.items():
        if season >= LEAST_PERIODS and periods >= least_periods(ahead, {name: season}):
            tried.append(ForecastMethod(f"same hour, last {name}", season, True, seasonal_naive))
            if with_decomposition:
                others = {"median of each hour": median, "decomposed": stl}
                tried += [
                    ForecastMethod(f"{title}, season of a {name}", season, False, way)
                    for title, way in others.items()
                ]
    return tried
