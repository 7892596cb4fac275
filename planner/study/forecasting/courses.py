"""What demand may come to, out of what forecasts of the past missed, each error on the hour in which it occurred.

    factor[t] = actual[u] / forecast[u]        u: the same weekday and hour, whole weeks before t, by the clock

The forecast of a window of the past is made as it begins. Windows begin whole weeks before the forecast does, and none
lies over another. Where too few weeks are known, and the method takes all days for alike, they begin whole days before.

    demand[course] = sum_t factor[t] * rate[t] / sum_t rate[t]        courses are named low, middle and high by it

Three windows stand for all, with probabilities p by which mean and variance of the demand are those of all n of them:

    sum p = 1,    sum p * demand = mean,    sum p * demand^2 = mean of squares

Of the windows for which these p are likely enough those are taken whose hours are nearest in mean and variance
(moments as in Hoyland and Wallace, *Management Science* 47, 2001; courses are windows as they were, so that hours keep
their company).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import HOURS_PER_DAY, HOURS_PER_WEEK
from planner.study.forecasting.methods import LEAST_PERIODS, LEAST_SEASONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.study.forecasting.clock import SeasonClock
    from planner.study.forecasting.methods import ForecastMethod

SCENARIOS = ("low", "middle", "high")
MOST_WINDOWS = 24
LEAST_PROBABILITY = 0.05
"""Of a course: one less likely decides nothing and costs as much to plan for."""
NEGLIGIBLE_SHARE = 0.01
"""Share of the mean that a forecast must have for what it missed to be told as a factor on it."""

_ROUNDING = 1e-9


@dataclass(frozen=True)
class CoursesSeen:
    """The windows that courses stand for: how many, and mean and standard deviation of the demand they lead to.

    `of_weekdays`: whether errors are of the weekday on which they are laid, beside the hour. `demand_kept` and
    `hours_kept` are the spread (standard deviation) of the courses over that of the windows: of the demand, and of
    single hours.
    """

    windows: int
    of_weekdays: bool
    demand: float
    spread: float
    demand_kept: float
    hours_kept: float


@dataclass(frozen=True)
class PossibleCourse:
    """What the demand may come to: factors on the forecast, shape [period], and how likely they are.

    `demand` is the demand of all periods over that of the forecast, `seen` what it was taken out of.
    """

    name: str
    probability: float
    factors: NDArray[np.float64]
    demand: float
    seen: CoursesSeen


def courses_of(
    history: NDArray[np.float64],
    rates: NDArray[np.float64],
    chosen: ForecastMethod,
    clock: SeasonClock,
    period_hours: float,
) -> tuple[PossibleCourse, ...]:
    """Three windows, by the demand they lead to, for all of them; none where there are too few."""
    week, day = (round(hours / period_hours) for hours in (HOURS_PER_WEEK, HOURS_PER_DAY))
    for cycle in (week, day):
        if cycle < LEAST_PERIODS or chosen.season > cycle:
            continue
        factors = _errors(history, len(rates), chosen, clock, cycle)
        if len(factors) >= len(SCENARIOS):
            return _three_of(factors, rates, cycle == week)
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


def _three_of(
    factors: NDArray[np.float64], rates: NDArray[np.float64], of_weekdays: bool
) -> tuple[PossibleCourse, ...]:
    """Three windows with probabilities that keep mean and spread of the demand of all windows, as told above.

    Windows that all lead to the same demand, or to two demands, are three groups of them by it, the middle one of each.
    """
    weights = rates / max(float(rates.sum()), 1e-12)
    demand = factors @ weights
    order = np.argsort(demand, kind="stable")
    chosen = _matched(factors[order], demand[order], weights) or _in_groups(len(demand))
    windows = [(int(order[place]), probability) for place, probability in chosen]
    kept = [probability for _, probability in windows]
    seen = CoursesSeen(
        len(factors),
        of_weekdays,
        float(demand.mean()),
        float(demand.std()),
        _spread_over(demand[[window for window, _ in windows]], kept, demand),
        _spread_over(factors[[window for window, _ in windows]], kept, factors, weights),
    )
    return tuple(
        PossibleCourse(name, probability, factors[window], float(demand[window]), seen)
        for name, (window, probability) in zip(SCENARIOS, windows, strict=True)
    )


def _matched(
    factors: NDArray[np.float64], demand: NDArray[np.float64], weights: NDArray[np.float64]
) -> list[tuple[int, float]]:
    """Places and probabilities of three of the windows, sorted by demand, whose hours are nearest to those of all.

    None where no three can have the mean and the spread of all with probabilities of `LEAST_PROBABILITY` at least.
    """
    triples = np.array(list(combinations(range(len(demand)), len(SCENARIOS))))
    about = demand - demand.mean()
    scale = float(np.abs(about).max())
    if scale <= _ROUNDING:
        return []
    about /= scale
    moments = np.stack([np.ones_like(about), about, about**2])
    systems = np.moveaxis(moments[:, triples], 0, 1)
    solvable = np.abs(np.linalg.det(systems)) > _ROUNDING
    triples, systems = triples[solvable], systems[solvable]
    asked = np.broadcast_to(moments.mean(axis=1)[:, None], (len(triples), len(SCENARIOS), 1))
    found = np.linalg.solve(systems, asked)[..., 0]
    likely = (found >= LEAST_PROBABILITY - _ROUNDING).all(axis=1)
    if not likely.any():
        return []
    triples, found = triples[likely], found[likely]
    best = int(np.argmin(_off_by_the_hour(factors, weights, triples, found)))
    return list(zip(triples[best].tolist(), found[best].tolist(), strict=True))


def _off_by_the_hour(
    factors: NDArray[np.float64],
    weights: NDArray[np.float64],
    triples: NDArray[np.int64],
    probabilities: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How far means and variances of hours are from those of all windows, in squares, shape [triple].

    Each as a share of what it would be about the mean alone, hours by their demand.
    """
    about = factors - factors.mean(axis=0)
    squares = about**2 - (about**2).mean(axis=0)
    off = np.zeros(len(triples))
    for parts, usual in ((about, (about**2).mean(axis=0)), (squares, (about**2).mean(axis=0) ** 2)):
        products = (parts * weights) @ parts.T
        between = products[triples[:, :, None], triples[:, None, :]]
        off += np.einsum("ni,nij,nj->n", probabilities, between, probabilities) / max(usual @ weights, 1e-12)
    return off


def _in_groups(windows: int) -> list[tuple[int, float]]:
    """The middle place of each group; what does not divide goes to the middle group, or one each to the others."""
    each, over = divmod(windows, len(SCENARIOS))
    sizes = np.full(len(SCENARIOS), each) + {0: [0, 0, 0], 1: [0, 1, 0], 2: [1, 0, 1]}[over]
    groups = np.split(np.arange(windows), np.cumsum(sizes)[:-1])
    return [(int(group[len(group) // 2]), len(group) / windows) for group in groups]


def _spread_over(
    chosen: NDArray[np.float64],
    probabilities: Sequence[float],
    every: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
) -> float:
    """Standard deviation of the chosen over that of all, of hours by their demand; 1 where all are alike."""
    share = np.asarray(probabilities)
    own = share @ (chosen - share @ chosen) ** 2
    whole = every.var(axis=0)
    if weights is not None:
        own, whole = own @ weights, whole @ weights
    return float(np.sqrt(own / whole)) if whole > _ROUNDING**2 else 1.0
