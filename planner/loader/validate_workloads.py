"""Checks of workloads: series that fit the horizon, scenarios, who does their work, what waiting must know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.suggest import did_you_mean
from planner.instance import Phase, Role
from planner.instance.demand_series import phases_of
from planner.instance.deployment import PHASES_OF_ROLE
from planner.instance.outsourcing import takes
from planner.instance.workload import TOKEN_SERIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Deployment, Instance
    from planner.loader.finding import PathFinding
    from planner.loader.strict_yaml import Path


SERIES = (*TOKEN_SERIES, "requests_per_s")


def series_findings(instance: Instance) -> Iterator[PathFinding]:
    """Series of another length than the horizon."""
    periods = instance.horizon.periods
    for name, workload in instance.workloads.items():
        for key in SERIES:
            values = getattr(workload.demand, key)
            path: Path = ("workloads", name, "demand", key)
            if isinstance(values, tuple) and len(values) != periods:
                ways = f"set horizon.periods to {len(values)}, or give a value for each period"
                yield path, f"has {len(values)} values, the horizon has {periods} periods: {ways}"
    baseline = instance.baseline
    if baseline is not None and isinstance(baseline.nodes, tuple) and len(baseline.nodes) != periods:
        yield ("baseline", "nodes"), f"has {len(baseline.nodes)} values, the horizon has {periods} periods"


def cached_findings(instance: Instance) -> Iterator[PathFinding]:
    """More cached prompt than prompt, where series fit the horizon and could be read."""
    for name, workload in instance.workloads.items():
        given = [getattr(workload.demand, key) for key in SERIES]
        lengths = {len(values) for values in given if isinstance(values, tuple)}
        if lengths <= {instance.horizon.periods} and not any(isinstance(values, str) for values in given):
            yield from _cached(instance, name)


def _cached(instance: Instance, name: str) -> Iterator[PathFinding]:
    demand = instance.workloads[name].demand
    prompt = np.asarray(demand.input_tokens_per_s or 0.0, dtype=np.float64)
    over = np.asarray(demand.cached_tokens_per_s, dtype=np.float64) > prompt
    if over.any():
        first = int(np.argmax(np.atleast_1d(over)))
        path: Path = ("workloads", name, "demand", "cached_tokens_per_s")
        moment = instance.horizon.moment_at(instance.horizon.period_hours * first)
        yield path, f"exceeds input_tokens_per_s in period {first} ({moment})"


def scenario_findings(instance: Instance) -> Iterator[PathFinding]:
    """Probabilities that do not add up, factors that do not fit, workloads that do not exist."""
    total = sum(scenario.probability for scenario in instance.scenarios.values())
    if instance.scenarios and abs(total - 1.0) > 1e-6:
        yield ("scenarios",), f"the probabilities sum to {total:.6g}, not to 1"
    for name, scenario in instance.scenarios.items():
        factors = scenario.demand_factors
        if factors is not None and len(factors) != instance.horizon.periods:
            path: Path = ("scenarios", name, "demand_factors")
            yield path, f"has {len(factors)} values, the horizon has {instance.horizon.periods} periods"
        for workload in scenario.workload_scale:
            if workload not in instance.workloads:
                hint = did_you_mean(workload, instance.workloads)
                yield ("scenarios", name, "workload_scale", workload), f"no workload '{workload}'{hint}"
    if not instance.scenarios and not instance.risk.neutral:
        yield ("risk",), "needs scenarios"


def coverage_findings(instance: Instance) -> Iterator[PathFinding]:
    """Phases of workloads that no deployment could do."""
    for name, workload in instance.workloads.items():
        for phase in phases_of(workload):
            bought = any(takes(instance, vendor, name) for vendor in instance.vendors)
            if not bought and not any(
                _could_do(deployment, name, phase) for deployment in instance.deployments
            ):
                yield ("workloads", name), f"no deployment does its {phase} work"


def _could_do(deployment: Deployment, workload: str, phase: Phase) -> bool:
    if phase not in PHASES_OF_ROLE[Role(deployment.role)]:
        return False
    rates = deployment.rate_tokens_per_s or deployment.rate_requests_per_s
    names = rates if rates is not None else deployment.workloads
    return names is None or workload in names


def waiting_findings(instance: Instance) -> Iterator[PathFinding]:
    """What waits cannot be computed without, of every workload that shares a measured unit with one that waits.

    Prefill needs the lengths of all prompts that a unit may read, decode the time per token of all that it may
    write; limits that were measured (`prefill_busy_limit`, `decode_busy_limit`) stand in for both.
    """
    lacking: dict[Path, str] = {}
    for name, workload in instance.workloads.items():
        queueing = workload.queueing
        if queueing is None or workload.sla.ttft_ms is None:
            continue
        for deployment in instance.deployments:
            given = deployment.rate_tokens_per_s or {}
            if name not in given:
                continue
            for phase in PHASES_OF_ROLE[deployment.role]:
                limit = queueing.prefill_busy_limit if phase is Phase.PREFILL else queueing.decode_busy_limit
                if limit is None and phase in phases_of(workload):
                    lacking |= _lacking(
                        instance, name, phase, [one for one in given if one in instance.workloads]
                    )
    yield from lacking.items()


def _lacking(instance: Instance, waits: str, phase: Phase, sharing: list[str]) -> dict[Path, str]:
    found: dict[Path, str] = {}
    for name in sharing:
        workload = instance.workloads[name]
        if phase not in phases_of(workload):
            continue
        why = "" if name == waits else f", because it shares units with '{waits}'"
        if phase is Phase.PREFILL and workload.lengths is None:
            found["workloads", name] = (
                f"needs lengths: {{input_tokens, output_tokens}} for its waits (queueing){why}"
            )
        if phase is Phase.DECODE and workload.sla.tpot_ms is None:
            path: Path = ("workloads", name, "sla")
            found[path] = f"needs tpot_ms, the time per output token, for its waits (queueing){why}"
    return found
