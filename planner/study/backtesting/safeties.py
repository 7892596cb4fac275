"""Safeties: what a plan is made for when the demand ahead is not known.

forecast        the forecast itself
quantile q      of each period over the same periods of past weeks (days, where fewer weeks are known), by the clock
headroom f      f times the forecast
scenarios       the forecast and what it missed before, each way with its probability
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_DAY, HOURS_PER_WEEK
from planner.study.forecasting.methods import ForecastMethod

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.study.backtesting.history import Rates
    from planner.study.forecasting.clock import SeasonClock
    from planner.study.forecasting.courses import PossibleCourse
    from planner.study.forecasting.forecast import DemandForecast
    from planner.study.forecasting.methods import Series

LEAST_SEASONS = 3
"""Whole weeks (days) that a quantile is taken over."""
PLAIN = "forecast"


@dataclass(frozen=True)
class Past:
    """What is known when a horizon begins: rates by measure, shape [period], their forecast, and the clock of both."""

    rates: Rates
    period_hours: float
    ahead: int
    forecast: DemandForecast
    clock: SeasonClock


@dataclass(frozen=True)
class Foreseen:
    """What a plan is made for: rates by measure, shape [period of the horizon], and factors on them by scenario."""

    rates: Rates
    courses: tuple[PossibleCourse, ...] = ()


@dataclass(frozen=True)
class Safety:
    """A way to be safe by its name; `foresee` gives None where the past is too short for it."""

    name: str
    foresee: Callable[[Past], Foreseen | None]


def usual_safeties(quantiles: Sequence[float], headrooms: Sequence[float], scenarios: bool) -> list[Safety]:
    """The plain forecast first, then the others that are asked for."""
    found = [Safety(PLAIN, lambda past: Foreseen(past.forecast.rates))]
    found += [Safety(f"quantile {level:g}", _quantile(level)) for level in dict.fromkeys(quantiles)]
    found += [Safety(f"headroom {factor:g}", _headroom(factor)) for factor in dict.fromkeys(headrooms)]
    return found + ([Safety("scenarios", _scenarios)] if scenarios else [])


def _headroom(factor: float) -> Callable[[Past], Foreseen | None]:
    return lambda past: Foreseen({name: rates * factor for name, rates in past.forecast.rates.items()})


def _scenarios(past: Past) -> Foreseen | None:
    courses = past.forecast.courses
    return Foreseen(past.forecast.rates, courses) if courses else None


def _quantile(level: float) -> Callable[[Past], Foreseen | None]:
    def of_seasons(series: Series, season: int, ahead: int) -> Series:
        whole = len(series) // season
        by_season = series[len(series) - whole * season :].reshape(whole, season)
        return np.resize(np.quantile(by_season, level, axis=0), ahead)

    def foresee(past: Past) -> Foreseen | None:
        known = len(next(iter(past.rates.values())))
        for hours in (HOURS_PER_WEEK, HOURS_PER_DAY):
            season = round(hours / past.period_hours)
            if season >= 1 and known // season >= LEAST_SEASONS:
                way = ForecastMethod(f"quantile {level:g}", season, False, of_seasons)
                return Foreseen(
                    {name: past.clock.forecast(way, rates, past.ahead) for name, rates in past.rates.items()}
                )
        return None

    return foresee
