"""Scenarios made from a series: quantiles of its days, whole days drawn at random, or errors of a forecast.

Every function returns plain scenarios, as an instance states them under `scenarios`: factors on the demand of
the instance, so that the mean day of the series represents the demand stated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

Scenarios = dict[str, dict[str, Any]]


def days_of(series: ArrayLike, periods_per_day: int) -> NDArray[np.float64]:
    """Whole days of a series, shape [day, period of the day]. Raises ValueError without a whole day of load."""
    values = np.asarray(series, dtype=np.float64)
    days = values[: len(values) // periods_per_day * periods_per_day].reshape(-1, periods_per_day)
    if not len(days) or not days.mean(axis=0).all():
        raise ValueError("the series needs a whole day, and load in every period of its mean day")
    return days


def quantile_days(
    series: ArrayLike, periods_per_day: int, quantiles: Sequence[float] = (0.1, 0.5, 0.9)
) -> Scenarios:
    """One scenario per quantile of the load of each period over the days of a series.

    Each represents the probability between the midpoints to its neighbours.
    """
    days = days_of(series, periods_per_day)
    levels = np.sort(np.asarray(quantiles, dtype=np.float64))
    edges = np.concatenate([[0.0], (levels[1:] + levels[:-1]) / 2, [1.0]])
    factors = np.quantile(days, levels, axis=0) / days.mean(axis=0)
    return {
        f"q{level * 100:g}": _scenario(probability, factor)
        for level, probability, factor in zip(levels, np.diff(edges), factors, strict=True)
    }


def bootstrap_days(series: ArrayLike, periods_per_day: int, count: int, seed: int = 1) -> Scenarios:
    """`count` days drawn with replacement; a day drawn more often is one scenario with more probability."""
    days = days_of(series, periods_per_day)
    drawn, times = np.unique(np.random.default_rng(seed).integers(len(days), size=count), return_counts=True)
    mean = days.mean(axis=0)
    return {
        f"day{day + 1}": _scenario(n / count, days[day] / mean) for day, n in zip(drawn, times, strict=True)
    }


def forecast_errors(series: ArrayLike, periods_per_day: int, count: int, seed: int = 1) -> Scenarios:
    """`count` paths of errors of the hour-ahead forecast 'yesterday's load, times how the last hour compared'.

    An error is actual / forecast; paths draw runs of one day of errors, so that errors keep their company.
    Raises ValueError with fewer than three whole days.
    """
    values = np.asarray(series, dtype=np.float64)
    if len(values) < 3 * periods_per_day:
        raise ValueError("the series needs three whole days")
    at = np.arange(periods_per_day + 1, len(values))
    forecast = (
        values[at - periods_per_day] * values[at - 1] / np.maximum(values[at - 1 - periods_per_day], 1e-12)
    )
    errors = values[at] / np.maximum(forecast, 1e-12)
    starts = np.random.default_rng(seed).integers(len(errors) - periods_per_day + 1, size=count)
    return {
        f"path{number + 1}": _scenario(1.0 / count, errors[start : start + periods_per_day])
        for number, start in enumerate(starts)
    }


def _scenario(probability: float, factors: NDArray[np.float64]) -> dict[str, Any]:
    return {
        "probability": float(probability),
        "demand_factors": [round(float(value), 6) for value in factors],
    }
