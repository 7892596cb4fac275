"""Bounds on what an instance makes: checked before any memory is taken for it.

Pools are computed unit by unit, so what a workload would need of a unit is bounded as well: ten million units of
one kind, or 10 thousand million tokens a second, some twenty times what the largest service of 2025 read and wrote.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.deployment import PhaseRates
from planner.instance.workload import TOKEN_SERIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Deployment, Instance
    from planner.loader.strict_yaml import Path

MOST_PERIODS = 200_000  # periods times scenarios times stages: a year of hours more than twenty times over
MOST_UNITS = 20_000  # kinds of unit: deployments times sizes times hardware
MOST_PER_SECOND = 1e10  # tokens or requests of one workload
MOST_OF_A_UNIT = 1e7
MOST_NODES_OF_A_UNIT = 10_000
MOST_CELLS = 20_000_000  # periods times (kinds of unit, channels, workloads)


def size_findings(instance: Instance) -> Iterator[tuple[Path, str]]:
    """Whether the instance is too large to be built."""
    scenarios, stages = max(1, len(instance.scenarios)), max(1, len(instance.stages))
    periods = instance.horizon.periods * scenarios * stages
    if periods > MOST_PERIODS:
        yield (
            ("horizon", "periods"),
            f"{instance.horizon.periods:,} periods x {scenarios} scenarios x {stages} stages are {periods:,}; "
            f"{MOST_PERIODS:,} are the most",
        )
        return
    fleet = tuple(instance.fleet)
    units = [len(deployment.on_hardware(fleet)) * ways_of(deployment) for deployment in instance.deployments]
    if sum(units) > MOST_UNITS:
        yield (
            ("deployments",),
            f"make {sum(units):,} kinds of unit (sizes times hardware); {MOST_UNITS:,} are the most",
        )
        return
    channels = sum(len(channels) for channels in instance.fleet.values())
    kinds = sum(units) + channels + len(instance.workloads) + len(instance.vendors) + len(instance.lending)
    if periods * kinds > MOST_CELLS:
        yield (
            ("horizon", "periods"),
            f"{periods:,} periods x {kinds:,} units, channels, workloads and takers are {periods * kinds:,}; "
            f"{MOST_CELLS:,} are the most",
        )


def ways_of(deployment: Deployment) -> int:
    """Sizes of a deployment times the ways to run each."""
    choices = (
        *(deployment.tensor_parallel, deployment.pipeline_parallel, deployment.engine, deployment.recipe),
        *(deployment.speculative, deployment.requests_per_gpu, deployment.pass_tokens),
    )
    listed = [len(one) for one in choices if isinstance(one, tuple)]
    return max(1, len(deployment.sizes)) * math.prod(listed)


def peak_findings(instance: Instance) -> Iterator[tuple[Path, str]]:
    """Demand beyond any service, and units of which too many would be needed, or that are too large."""
    peaks = {name: _peak(instance, name) for name in instance.workloads}
    for name, peak in peaks.items():
        if peak > MOST_PER_SECOND:
            yield (
                ("workloads", name, "demand"),
                f"comes to {peak:.3g} a second; {MOST_PER_SECOND:.0e} is the most",
            )
    for index, deployment in enumerate(instance.deployments):
        path: Path = ("deployments", index)
        if max((*deployment.sizes, deployment.nodes or 0)) > MOST_NODES_OF_A_UNIT:
            yield path, f"makes units of more than {MOST_NODES_OF_A_UNIT:,} GPUs or nodes"
        for key, name, rate in _rates(deployment):
            if 0 < peaks.get(name, 0.0) <= MOST_PER_SECOND and peaks[name] > rate * MOST_OF_A_UNIT:
                message = f"{rate:.3g} a second is so little that '{name}' would need {peaks[name] / rate:.3g} units"
                yield (*path, key, name), message


def _peak(instance: Instance, name: str) -> float:
    """The highest demand of a workload in any period, scenario and stage; tokens or requests a second."""
    demand = instance.workloads[name].demand
    given = [getattr(demand, key) for key in (*TOKEN_SERIES, "requests_per_s")]
    top = max(
        (float(np.max(one, initial=0.0)) for one in given if isinstance(one, float | int | tuple)),
        default=0.0,
    )
    scenarios = [
        one.demand_scale * one.workload_scale.get(name, 1.0) * max(one.demand_factors or (1.0,))
        for one in instance.scenarios.values()
    ]
    stages = [stage.scale_of(name) for stage in instance.stages.values()]
    return top * demand.scale * max(scenarios, default=1.0) * max(stages, default=1.0)


def _rates(deployment: Deployment) -> Iterator[tuple[str, str, float]]:
    """Key, workload and the lowest rate of every measured rate."""
    for name, rate in (deployment.rate_tokens_per_s or {}).items():
        yield (
            "rate_tokens_per_s",
            name,
            min(rate.prefill, rate.decode) if isinstance(rate, PhaseRates) else rate,
        )
    for name, rate in (deployment.rate_requests_per_s or {}).items():
        yield "rate_requests_per_s", name, rate
