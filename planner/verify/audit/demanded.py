"""What the instance asks for, in the audit's own arithmetic: tokens and requests per second by period.

asked[w,t] = series[w] * scale[w] * growth of the stage * factors of the scenario
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance

    Floats = NDArray[np.float64]

SERIES = ("input_tokens_per_s", "cached_tokens_per_s", "output_tokens_per_s", "requests_per_s")


def asked(instance: Instance) -> dict[str, dict[str, Floats]]:
    """Every series of every workload over all blocks, shape [period]; zeros where it is not given."""
    return {
        name: {key: _series(instance, name, key) * workload.demand.scale for key in SERIES}
        for name, workload in instance.workloads.items()
    }


def work_asked(series: dict[str, Floats], phase: Phase) -> Floats:
    """Work of one phase of a workload: prompt tokens that are not cached, generated tokens, or requests."""
    if phase is Phase.PREFILL:
        return np.asarray(np.maximum(series["input_tokens_per_s"] - series["cached_tokens_per_s"], 0.0))
    return series["output_tokens_per_s" if phase is Phase.DECODE else "requests_per_s"]


def _series(instance: Instance, name: str, key: str) -> Floats:
    given = getattr(instance.workloads[name].demand, key)
    one = np.zeros(instance.horizon.periods) + np.asarray(0.0 if given is None else given, dtype=np.float64)
    if instance.workloads[name].demand.local_clock:
        one = one[_on_its_clock(instance, name)]
    blocks = [
        one * growth * factor for growth in _growth(instance, name) for factor in _factors(instance, name)
    ]
    return np.concatenate(blocks)


def _on_its_clock(instance: Instance, name: str) -> NDArray[np.int64]:
    """Period whose value a series on the clock of a region has in each period: that with the same time of day there."""
    horizon, region = instance.horizon, instance.workloads[name].region
    ahead = (instance.regions[region].utc_offset_hours or 0.0) if region is not None else 0.0
    here = horizon.start.utcoffset()
    assert here is not None
    hours = horizon.period_hours * np.arange(horizon.periods) + ahead - here / timedelta(hours=1)
    return np.asarray(np.rint(hours / horizon.period_hours).astype(np.int64) % horizon.periods)


def _growth(instance: Instance, name: str) -> list[float]:
    stages = instance.stages.values()
    return [stage.demand_scale * stage.workload_scale.get(name, 1.0) for stage in stages] or [1.0]


def _factors(instance: Instance, name: str) -> list[Floats]:
    factors = []
    for scenario in instance.scenarios.values():
        by_period = np.ones(1) if scenario.demand_factors is None else np.array(scenario.demand_factors)
        factors.append(by_period * scenario.demand_scale * scenario.workload_scale.get(name, 1.0))
    return factors or [np.ones(1)]
