"""Demand ahead out of demand behind: the method that did best before, and scenarios out of what it missed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import HOURS_PER_DAY, HOURS_PER_WEEK
from planner.study.forecasting.backtest import Backtest, backtest
from planner.study.forecasting.methods import LEAST_PERIODS, least_periods, methods_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.study.forecasting.methods import ForecastMethod

SCENARIOS = ("low", "middle", "high")
LEAST_ORIGINS_EACH = 2
NEGLIGIBLE_SHARE = 0.01
"""Share of the mean that a forecast must have for what it missed to be told as a factor on it."""


@dataclass(frozen=True)
class PossibleCourse:
    """What the demand may come to: factors on the forecast, shape [period], and how likely they are."""

    name: str
    probability: float
    factors: NDArray[np.float64]


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
    history: dict[str, NDArray[np.float64]], period_hours: float, ahead: int, with_decomposition: bool
) -> DemandForecast:
    """Forecast rates by measure, all with the method that did best for the first of them.

    Raises InstanceError where the history is too short to test any.
    """
    seasons = {"day": round(HOURS_PER_DAY / period_hours), "week": round(HOURS_PER_WEEK / period_hours)}
    if max(seasons.values()) < LEAST_PERIODS:
        said = (
            f"periods of {period_hours:g} h are too long for a forecast: there is no week of several to go by"
        )
        raise InstanceError([Fault(said)])
    first = next(iter(history.values()))
    methods = methods_for(len(first), ahead, seasons, with_decomposition)
    longest = max((method.season for method in methods), default=0)
    tested = min(ahead, len(first) - 2 * longest)
    if not methods or tested < 1:
        days = least_periods(ahead, seasons) * period_hours / HOURS_PER_DAY
        seen = len(first) * period_hours / HOURS_PER_DAY
        raise InstanceError([Fault(f"{seen:.3g} days are too few to test a forecast: {days:.3g} at least")])
    test = backtest(first, tested, methods)
    chosen = test.best(methods)
    rates = {name: chosen(series, ahead) for name, series in history.items()}
    if {"cached_tokens", "input_tokens"} <= rates.keys():
        rates["cached_tokens"] = np.minimum(rates["cached_tokens"], rates["input_tokens"])
    courses = _courses(first, test, chosen, seasons["day"]) if tested == ahead else ()
    return DemandForecast(rates, tuple(methods), chosen, test, courses)


def _courses(
    history: NDArray[np.float64], test: Backtest, chosen: ForecastMethod, day: int
) -> tuple[PossibleCourse, ...]:
    """Of as many groups of origins, by how much more came than was forecast, the middle one: hours keep together.

    Origins begin at the hour of the day at which the forecast does, so that what nights missed is no factor on days;
    at any hour where that leaves too few of them.
    """
    least = LEAST_ORIGINS_EACH * len(SCENARIOS)
    ahead = test.actual.shape[1]
    by_day = backtest(history, ahead, [chosen], day) if day > 1 else test
    test = by_day if by_day.origins >= least else test
    made = test.forecasts[chosen.name]
    told = made >= NEGLIGIBLE_SHARE * made.mean(axis=1, keepdims=True)
    factors = np.where(told, test.actual / np.where(made > 0, made, 1.0), 1.0)
    usable = np.flatnonzero(made.sum(axis=1) > 0)
    order = usable[np.argsort(test.actual[usable].sum(axis=1) / made[usable].sum(axis=1), kind="stable")]
    if len(order) < least:
        return ()
    groups = np.array_split(order, len(SCENARIOS))
    return tuple(
        PossibleCourse(name, len(group) / len(order), factors[group[len(group) // 2]])
        for name, group in zip(SCENARIOS, groups, strict=True)
    )
