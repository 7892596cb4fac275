"""Demand of a workload as arrays over the periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.instance.deployment import Phase
from planner.instance.sites import local_shift

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.instance import Instance
    from planner.instance.scenario import Scenario
    from planner.instance.workload import Workload


def phases_of(workload: Workload) -> tuple[Phase, ...]:
    """Kinds of work a workload asks for."""
    demand = workload.demand
    if demand.requests_per_s is not None:
        return (Phase.REQUEST,)
    phases = []
    if demand.input_tokens_per_s is not None:
        phases.append(Phase.PREFILL)
    if demand.output_tokens_per_s is not None:
        phases.append(Phase.DECODE)
    return tuple(phases)


def series(instance: Instance, workload: str, name: str) -> NDArray[np.float64]:
    """One series of a workload's demand, scaled, over the blocks of the timeline, shape [period].

    Zeros where it is not given.
    """
    demand = instance.workloads[workload].demand
    value = getattr(demand, name)
    if isinstance(value, str):
        raise TypeError(f"{workload}.{name} still names a CSV column: load the instance with planner.load")
    if demand.growth_per_year is not None or demand.launch is not None or demand.cached_share is not None:
        raise TypeError(f"{workload} still has growth to count: load the instance with planner.load")
    array = np.asarray(0.0 if value is None else value, dtype=np.float64)
    stated = np.broadcast_to(array, (instance.horizon.periods,)) * demand.scale
    if demand.local_clock:
        stated = np.roll(stated, -periods_ahead(instance, workload))
    stages = [stage.scale_of(workload) for stage in instance.stages.values()] or [1.0]
    scenarios = [scenario_factors(scenario, workload) for scenario in instance.scenarios.values()] or [
        np.ones(1)
    ]
    return np.concatenate([stated * scale * factors for scale in stages for factors in scenarios])


def periods_ahead(instance: Instance, workload: str) -> int:
    """Periods by which the clock of a workload's region is ahead of the horizon's.

    Raises TypeError where the loader should have refused: a region without a clock.
    """
    region = instance.workloads[workload].region
    offset = instance.horizon.start.utcoffset()
    if region is None or offset is None:
        raise TypeError(f"{workload} has no region with a clock")
    hours = offset.total_seconds() / SECONDS_PER_HOUR
    return round(local_shift(instance.regions[region], hours, instance.horizon.period_hours))


def scenario_factors(scenario: Scenario, workload: str) -> NDArray[np.float64]:
    """What a scenario multiplies the demand of a workload with, shape [period of the horizon] or []."""
    by_period = np.asarray(1.0 if scenario.demand_factors is None else scenario.demand_factors)
    return by_period * scenario.demand_scale * scenario.workload_scale.get(workload, 1.0)


def demand_of(instance: Instance, workload: str, phase: Phase) -> NDArray[np.float64]:
    """Work to be done in every period, shape [period].

    Prefill: computed prompt tokens/s, cached ones left out. Decode: output tokens/s. Request: requests/s.
    """
    if phase is Phase.REQUEST:
        return series(instance, workload, "requests_per_s")
    if phase is Phase.DECODE:
        return series(instance, workload, "output_tokens_per_s")
    computed = series(instance, workload, "input_tokens_per_s") - series(
        instance, workload, "cached_tokens_per_s"
    )
    return np.asarray(np.maximum(computed, 0.0))


def cache_hit_share(instance: Instance, workload: str) -> float:
    """Share of prompt tokens found in the cache, over the whole horizon."""
    total = float(series(instance, workload, "input_tokens_per_s").sum())
    return float(series(instance, workload, "cached_tokens_per_s").sum()) / total if total > 0 else 0.0
