"""Capital: what repays money that is tied up over some years, and what is still owed when a plan ends.

    recovery = r / (1 - (1 + r)^-n)          paid at the end of each year, where the plan is not discounted
             = ln(1 + r) / (1 - (1 + r)^-n)  paid evenly, at the discount rate of the plan where it has one
    rest     = years after the last period of an offer until its last term or life is over, at present value

r: yearly rate, n: years (r = 0: 1 / n). The first is the capital recovery factor of engineering economics, the second
the same for even payments (`planner/instance/present_value.py`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels.offers import chance_of
from planner.instance.present_value import discounted_years, even_recovery

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.channels.offers import Run
    from planner.instance.timeline import Timeline


_SLACK_YEARS = 1e-9


def capital_recovery(cost_of_capital: float, life_years: float) -> float:
    """Yearly payment that repays 1 over `life_years` at `cost_of_capital` per year."""
    if cost_of_capital == 0.0:
        return 1.0 / life_years
    return cost_of_capital / -math.expm1(-life_years * math.log1p(cost_of_capital))


def rate_of(timeline: Timeline, cost_of_capital: float | None) -> float:
    """Yearly rate at which money is tied up: that of the plan, else that of the channel, else 0."""
    if timeline.discount_rate_per_year is not None:
        return timeline.discount_rate_per_year
    return cost_of_capital or 0.0


def recovery_of(timeline: Timeline, cost_of_capital: float | None, years: float) -> float:
    """Yearly payment that repays 1 over some years, as the plan counts money."""
    rate = rate_of(timeline, cost_of_capital)
    if timeline.discount_rate_per_year is not None:
        return even_recovery(rate, years)
    return capital_recovery(rate, years)


def terms_within(begin: NDArray[np.float64], end: NDArray[np.float64], years: float) -> NDArray[np.float64]:
    """Terms or lives that begin in a time one after another: what ends within a stage is taken anew."""
    return np.maximum(1.0, np.ceil((end - begin) / years - _SLACK_YEARS))


def rest_years(timeline: Timeline, run: Run, years: float | None) -> NDArray[np.float64]:
    """Years left of each offer after its last period, at present value, by its probability; shape [offer].

    0 without stages, where the horizon stands for any time and nothing ends.
    """
    first, last = run
    if not timeline.staged or years is None:
        return np.zeros(len(first))
    begin, end = timeline.year_from[first], timeline.year_to[last]
    until = begin + years * terms_within(begin, end, years)
    rate = timeline.discount_rate_per_year or 0.0
    left = discounted_years(rate, end, until)
    return np.where(left > _SLACK_YEARS, left, 0.0) * chance_of(timeline, run)
