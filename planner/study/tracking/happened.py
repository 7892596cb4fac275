"""The instance as it came: the demand that files tell where they tell it, planned elsewhere, and the prices paid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.instance.demand_series import cache_hit_share, series

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.study.backtesting.history import DemandHistory
    from planner.study.tracking.grid import PlanGrid

SERIES = ("requests_per_s", "input_tokens_per_s", "output_tokens_per_s")
LEAST_PART = 0.01
"""Of a period: nearer to its beginning, samples begin with it."""


@dataclass(frozen=True)
class DemandThatCame:
    """The instance with the demand that came, and by workload the periods in which files tell it, shape [period]."""

    instance: Instance
    told: dict[str, NDArray[np.bool_]]


def with_demand(
    instance: Instance, histories: Mapping[str, DemandHistory], grid: PlanGrid, option: str = "--usage"
) -> DemandThatCame:
    """The demand that histories tell by workload; `option` gave their files.

    Raises InstanceError where one is on another grid, of another time, or says too little.
    """
    changes: dict[str, Any] = {}
    told: dict[str, NDArray[np.bool_]] = {}
    faults: list[Fault] = []
    for name, history in histories.items():
        try:
            span = _span(history, grid)
            changes[f"workloads.{name}.demand"] = _demand(instance, name, history, span)
        except InstanceError as error:
            faults += [replace(fault, path=f"{option} {name}") for fault in error.faults]
            continue
        told[name] = np.zeros(grid.periods, dtype=bool)
        told[name][span[0]] = True
    if faults:
        raise InstanceError(faults)
    return DemandThatCame(instance.override(changes) if changes else instance, told)


def with_prices(instance: Instance, ratios: Mapping[tuple[str, str], float]) -> Instance:
    """The instance with every price to hold nodes of these channels times a ratio."""
    fleet = {
        hardware: {
            name: channel.model_copy(update={key: value * ratio for key, value in channel.prices().items()})
            if (ratio := ratios.get((hardware, name), 1.0)) != 1.0
            else channel
            for name, channel in channels.items()
        }
        for hardware, channels in instance.fleet.items()
    }
    return instance.model_copy(update={"fleet": fleet})


def _span(history: DemandHistory, grid: PlanGrid) -> tuple[slice, slice]:
    """Periods of the plan that a history tells, and the same as its own."""
    begin = (history.begin_s - grid.begin_s) / grid.period_s
    place = round(begin)
    if abs(begin - place) > LEAST_PART:
        raise InstanceError([Fault("periods of the demand begin at other moments than those of the plan")])
    first, end = max(place, 0), min(place + history.periods, grid.periods)
    if end <= first:
        raise InstanceError([Fault("the demand is of another time than the plan")])
    return slice(first, end), slice(first - place, end - place)


def _demand(
    instance: Instance, name: str, history: DemandHistory, span: tuple[slice, slice]
) -> dict[str, Any]:
    """Demand of a workload over the whole horizon, in the measures that it is stated in."""
    stated = instance.workloads[name].demand
    keys = [key for key in SERIES if getattr(stated, key) is not None]
    lacking = [key.removesuffix("_per_s") for key in keys if key.removesuffix("_per_s") not in history.rates]
    if lacking:
        words = f"the files say nothing of {', '.join(lacking)}, in which the plan has it"
        raise InstanceError([Fault(words)])
    there, own = span
    demand: dict[str, Any] = {"scale": 1.0}
    for key in keys:
        values = series(instance, name, key).copy()
        values[there] = history.rates[key.removesuffix("_per_s")][own]
        demand[key] = values.tolist()
    if "input_tokens_per_s" in keys:
        cached = series(instance, name, "cached_tokens_per_s").copy()
        cached[there] = _cached(instance, name, history, span)
        demand["cached_tokens_per_s"] = cached.tolist()
    return demand


def _cached(
    instance: Instance, name: str, history: DemandHistory, span: tuple[slice, slice]
) -> NDArray[np.float64]:
    """Prompt tokens found in a cache; where files do not say it, the share that the plan has in that period."""
    there, own = span
    prompts = history.rates["input_tokens"][own]
    if "cached_tokens" in history.rates:
        return np.asarray(np.minimum(history.rates["cached_tokens"][own], prompts))
    planned, cached = (
        series(instance, name, key)[there] for key in ("input_tokens_per_s", "cached_tokens_per_s")
    )
    share = np.divide(
        cached, planned, out=np.full(len(planned), cache_hit_share(instance, name)), where=planned > 0
    )
    return np.asarray(prompts * share)
