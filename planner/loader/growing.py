"""Demand that grows, and demand that begins: growth per year and a launch date become factors on what is stated.

    factor[t] = (1 + growth)^(years from growth_from to the middle of t)      without stages, by period
    factor[s] = mean over stage s of (1 + growth)^(years from growth_from)    with stages, whose horizons are alike

Before its launch there is no demand; the period of the launch has the part that comes after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from planner.core.units import HOURS_PER_YEAR, SECONDS_PER_HOUR
from planner.instance.horizon import Moment
from planner.instance.workload import TOKEN_SERIES
from planner.loader.period_values import horizon_of

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from planner.core.errors import Fault
    from planner.instance.horizon import Horizon
    from planner.loader.strict_yaml import Document
    from planner.loader.strict_yaml import Path as Keys

KEYS = ("growth_per_year", "growth_from", "launch")
_MOMENT = TypeAdapter["datetime"](Moment)


def grow(document: Document) -> list[Fault]:
    """Put the factors into the demand of every workload that grows or begins, in place of what says so.

    What is no number or moment is left to the schema.
    """
    data = document.data
    faults: list[Fault] = []
    horizon, workloads = horizon_of(document), data.get("workloads")
    for name, workload in workloads.items() if isinstance(workloads, dict) and horizon is not None else ():
        demand = workload.get("demand") if isinstance(workload, dict) else None
        if not isinstance(demand, dict) or not any(key in demand for key in KEYS):
            continue
        said = _read(demand, horizon) if horizon is not None else None
        if said is None or horizon is None:
            continue
        faults += _apply(document, horizon, name, demand, *said)
        for key in KEYS:
            demand.pop(key, None)
    return faults


def _read(demand: dict[str, Any], horizon: Horizon) -> tuple[float, datetime, datetime | None] | None:
    """Growth, when it begins, and the launch; None where one of them is not what the schema asks for."""
    growth = demand.get("growth_per_year", 0.0)
    if type(growth) not in (int, float) or not -1 < growth <= 1e6:
        return None
    try:
        since = _MOMENT.validate_python(demand["growth_from"]) if "growth_from" in demand else horizon.start
        launch = _MOMENT.validate_python(demand["launch"]) if "launch" in demand else None
    except ValidationError:
        return None
    return float(growth), since, launch


def _apply(
    document: Document,
    horizon: Horizon,
    name: str,
    demand: dict[str, Any],
    growth: float,
    since: datetime,
    launch: datetime | None,
) -> list[Fault]:
    path: Keys = ("workloads", name, "demand")
    stages = document.data.get("stages")
    ahead = (horizon.start - since).total_seconds() / SECONDS_PER_HOUR / HOURS_PER_YEAR
    if isinstance(stages, dict) and stages:
        if launch is not None:
            wrong = "with stages say it by their workload_scale: every horizon of a stage is alike"
            return [document.fault((*path, "launch"), wrong)]
        _grow_stages(stages, name, growth, ahead)
        return []
    if demand.get("local_clock") is True:
        wrong = "is on the clock of a region, whose days follow each other in a circle: it cannot grow within them"
        return [document.fault((*path, next(key for key in KEYS if key in demand)), wrong)]
    factors = _by_period(horizon, growth, ahead, launch)
    for key in (*TOKEN_SERIES, "requests_per_s"):
        stated = demand.get(key)
        if isinstance(stated, int | float):
            demand[key] = (factors * stated).tolist()
        elif isinstance(stated, list) and len(stated) == horizon.periods and _are_numbers(stated):
            demand[key] = (factors * np.array(stated, dtype=np.float64)).tolist()
    return []


def _are_numbers(values: list[Any]) -> bool:
    return all(type(value) in (int, float) for value in values)


def _by_period(horizon: Horizon, growth: float, ahead: float, launch: datetime | None) -> NDArray[np.float64]:
    begins = np.arange(horizon.periods) * horizon.period_hours
    years = ahead + (begins + horizon.period_hours / 2) / HOURS_PER_YEAR
    factors = (1.0 + growth) ** years
    if launch is None:
        return np.asarray(factors)
    after = begins + horizon.period_hours - (launch - horizon.start).total_seconds() / SECONDS_PER_HOUR
    return np.asarray(factors * np.clip(after / horizon.period_hours, 0.0, 1.0))


def _grow_stages(stages: dict[str, Any], name: str, growth: float, ahead: float) -> None:
    begin = ahead
    for stage in stages.values():
        years = stage.get("years") if isinstance(stage, dict) else None
        if not isinstance(years, int | float) or years <= 0:
            return
        scales = stage.setdefault("workload_scale", {})
        rate = np.log1p(growth)
        mean = (np.exp(rate * (begin + years)) - np.exp(rate * begin)) / (rate * years) if rate else 1.0
        scale = scales.get(name, 1.0) if isinstance(scales, dict) else None
        if isinstance(scale, int | float):
            scales[name] = scale * float(mean)
        begin += years
