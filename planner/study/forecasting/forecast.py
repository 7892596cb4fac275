"""Demand ahead out of demand behind: the method that did best before, and scenarios out of what it missed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import HOURS_PER_DAY, HOURS_PER_WEEK
from planner.study.forecasting.backtest import Backtest, backtest
from planner.study.forecasting.clock import SeasonClock
from planner.study.forecasting.courses import courses_of
from planner.study.forecasting.methods import LEAST_PERIODS, least_periods, methods_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.study.forecasting.courses import PossibleCourse
    from planner.study.forecasting.methods import ForecastMethod


@dataclass(frozen=True)
class DemandForecast:
    """Rates ahead by measure, shape [period]; the methods tried, the one chosen, and how they did before."""

    rates: dict[str, NDArray[np.float64]]
    methods: tuple[ForecastMethod, ...]
    chosen: ForecastMethod
    test: Backtest
    courses: tuple[PossibleCourse, ...]

    @property
    def yardstick(self) -> ForecastMethod:
        """The naive method that did best."""
        return self.test.best([method for method in self.methods if method.is_yardstick])


def forecast_of(
    history: dict[str, NDArray[np.float64]],
    period_hours: float,
    ahead: int,
    with_decomposition: bool,
    clock: SeasonClock | None = None,
    events: NDArray[np.float64] | None = None,
) -> DemandForecast:
    """Forecast rates by measure, all with the method that did best for the first of them.

    Days and weeks go by the clock, of history and periods ahead; None: one that is never changed. `events` are factors
    of history and periods ahead, above 0 in the history, which is learned and tested without them. Raises InstanceError
    where the history is too short to test any.
    """
    seasons = {"day": round(HOURS_PER_DAY / period_hours), "week": round(HOURS_PER_WEEK / period_hours)}
    if max(seasons.values()) < LEAST_PERIODS:
        said = (
            f"periods of {period_hours:g} h are too long for a forecast: there is no week of several to go by"
        )
        raise InstanceError([Fault(said)])
    known = len(next(iter(history.values())))
    events = np.ones(known + ahead) if events is None else events
    history = {name: series / events[:known] for name, series in history.items()}
    first = next(iter(history.values()))
    clock = clock or SeasonClock.of(0.0, period_hours, known + ahead, None)
    methods = methods_for(len(first), ahead, seasons, with_decomposition)
    longest = max((method.season for method in methods), default=0)
    tested = min(ahead, len(first) - 2 * longest)
    if not methods or tested < 1:
        days = least_periods(ahead, seasons) * period_hours / HOURS_PER_DAY
        seen = len(first) * period_hours / HOURS_PER_DAY
        raise InstanceError([Fault(f"{seen:.3g} days are too few to test a forecast: {days:.3g} at least")])
    test = backtest(first, tested, methods, clock)
    chosen = test.best(methods)
    rates = {name: clock.forecast(chosen, series, ahead) * events[known:] for name, series in history.items()}
    if {"cached_tokens", "input_tokens"} <= rates.keys():
        rates["cached_tokens"] = np.minimum(rates["cached_tokens"], rates["input_tokens"])
    courses = courses_of(first, next(iter(rates.values())), chosen, clock, period_hours)
    return DemandForecast(rates, tuple(methods), chosen, test, courses)
