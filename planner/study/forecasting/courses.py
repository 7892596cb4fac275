"""What demand may come to, out of what forecasts of the past missed, each error on the hour in which it occurred.

    factor[t] = actual[u] / forecast[u]        u: the same weekday and hour, whole weeks before t, by the clock

The forecast of a window of the past is made as it begins. Windows begin whole weeks before the forecast does, and none
lies over another. Where too few weeks are known, and the method takes all days for alike, they begin whole days before.

    demand[course] = sum_t factor[t] * rate[t] / sum_t rate[t]        courses are named low, middle and high by it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_DAY, HOURS_PER_WEEK
from planner.study.forecasting.methods import LEAST_PERIODS, LEAST_SEASONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.study.forecasting.clock import SeasonClock
    from planner.study.forecasting.methods import ForecastMethod

SCENARIOS = ("low", "middle", "high")
MOST_WINDOWS = 24
NEGLIGIBLE_SHARE = 0.01
"""Share of the mean that a forecast must have for what it missed to be told as a factor on it."""


@dataclass(frozen=True)
class PossibleCourse:
    """What the demand may come to: factors on the forecast, shape [period], and how likely they are.

    `demand` is the demand of all periods over that of the forecast; `of_weekdays` whether errors are of the weekday on
    which they are laid, beside the hour.
    """

    name: str
    probability: float
    factors: NDArray[np.float64]
    demand: float
    of_weekdays: bool


def courses_of(
    history: NDArray[np.float64],
    rates: NDArray[np.float64],
    chosen: ForecastMethod,
    clock: SeasonClock,
    period_hours: float,
) -> tuple[PossibleCourse, ...]:
    """Of as many groups of windows, by the demand they lead to, the middle one; none where there are too few."""
    week, day = (round(hours / period_hours) for hours in (HOURS_PER_WEEK, HOURS_PER_DAY))
    for cycle in (week, day):
        if cycle < LEAST_PERIODS or chosen.season > cycle:
            continue
        factors = _errors(history, len(rates), chosen, clock, cycle)
        if len(factors) >= len(SCENARIOS):
            return _grouped(factors, rates, cycle == week)
    return ()


def _errors(
    history: NDArray[np.float64], ahead: int, chosen: ForecastMethod, clock: SeasonClock, cycle: int
) -> NDArray[np.float64]:
    """Factors of each window, laid on the periods ahead, shape [window, period ahead]; a forecast of nothing has none.

    Windows lie whole cycles apart. Before the first the method has seen its seasons, the naive one the one it repeats.
    """
    known, apart = len(history), cycle * -(-ahead // cycle)
    shown = clock.places[known : known + ahead]
    seen = chosen.season * (1 if chosen.is_yardstick else LEAST_SEASONS)
    backs = np.arange(apart, shown[0] - seen + 1, apart)
    windows = []
    for back in backs[np.unique(np.linspace(0, len(backs) - 1, min(MOST_WINDOWS, len(backs))).astype(int))]:
        periods = clock.at(shown - back)
        origin, last = int(periods.min()), int(periods.max())
        if last >= known:
            continue
        made = clock.forecast(chosen, history[:origin], last + 1 - origin)[periods - origin]
        if made.sum() <= 0:
            continue
        told = made >= NEGLIGIBLE_SHARE * made.mean()
        windows.append(np.where(told, history[periods] / np.where(told, made, 1.0), 1.0))
    return np.array(windows).reshape(-1, ahead)


def _grouped(
    factors: NDArray[np.float64], rates: NDArray[np.float64], of_weekdays: bool
) -> tuple[PossibleCourse, ...]:
    """The middle window of each group; what does not divide goes to the middle group, or one each to the others."""
    demand = (factors @ rates) / max(float(rates.sum()), 1e-12)
    each, over = divmod(len(factors), len(SCENARIOS))
    sizes = np.full(len(SCENARIOS), each) + {0: [0, 0, 0], 1: [0, 1, 0], 2: [1, 0, 1]}[over]
    groups = np.split(np.argsort(demand, kind="stable"), np.cumsum(sizes)[:-1])
    middles = [group[len(group) // 2] for group in groups]
    return tuple(
        PossibleCourse(name, len(group) / len(factors), factors[middle], float(demand[middle]), of_weekdays)
        for name, group, middle in zip(SCENARIOS, groups, middles, strict=True)
    )
