"""The hardest part of a long horizon: a window of periods that is diagnosed in place of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.instance.demand_series import demand_of
from planner.instance.local_clock import on_horizon_clock, sites_from
from planner.instance.workload import TOKEN_SERIES

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.rates import Rates

WINDOW = 168
LONG = 400


def is_long(instance: Instance) -> bool:
    """Whether a horizon is too long to be diagnosed whole; stages and scenarios are never cut."""
    return instance.horizon.periods > LONG and not instance.stages and not instance.scenarios


def hardest_window(instance: Instance, rates: Rates) -> Instance:
    """The periods around the one in which the works come closest to all their peaks."""
    return window(instance, hardest_start(instance, rates, WINDOW), WINDOW)


def hardest_start(instance: Instance, rates: Rates, count: int) -> int:
    """First of `count` periods around the one in which the works come closest to all their peaks."""
    demand = np.array([demand_of(instance, work.workload, work.phase) for work in rates.works])
    share = demand / np.maximum(demand.max(axis=1, initial=0.0, keepdims=True), 1e-12)
    worst = int(np.argmax(share.sum(axis=0)))
    return int(np.clip(worst - count // 2, 0, instance.horizon.periods - count))


def window(instance: Instance, first: int, count: int) -> Instance:
    """The instance from a period on, for `count` periods. Lead times that are over by then are over."""
    instance = on_horizon_clock(instance)
    horizon = instance.horizon.model_copy(update={"start": instance.horizon.moment(first), "periods": count})
    passed = first * instance.horizon.period_hours
    change = instance.limits.change
    if change is not None:
        pools = {name: nodes[first : first + count] for name, nodes in change.pools.items()}
        change = change.model_copy(update={"pools": pools})
    return instance.model_copy(
        update={
            "horizon": horizon,
            "baseline": None,
            "limits": instance.limits.model_copy(update={"change": change}),
            "sites": sites_from(instance, first, count),
            "workloads": {
                name: workload.model_copy(update={"demand": _cut(workload.demand, first, count)})
                for name, workload in instance.workloads.items()
            },
            "fleet": {
                hardware: {name: channel.later(passed) for name, channel in channels.items()}
                for hardware, channels in instance.fleet.items()
            },
        }
    )


def _cut(demand: Any, first: int, count: int) -> Any:
    series = {key: getattr(demand, key) for key in (*TOKEN_SERIES, "requests_per_s")}
    cut = {key: value[first : first + count] for key, value in series.items() if isinstance(value, tuple)}
    return demand.model_copy(update=cut)
