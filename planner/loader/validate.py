"""Checks across the sections of an instance: names that must exist, series that must fit, units that can run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import kernels
from planner.instance import Phase, Role
from planner.instance.change import change_findings
from planner.instance.channels import Purchase
from planner.instance.demand_series import phases_of, series
from planner.instance.deployment import PHASES_OF_ROLE
from planner.instance.outsourcing import takes
from planner.instance.workload import TOKEN_SERIES
from planner.loader.suggest import did_you_mean
from planner.loader.validate_market import market_findings
from planner.rates.accelerators import accelerator_of
from planner.rates.nodes import node_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Deployment, Instance
    from planner.loader.strict_yaml import Path

Finding = tuple["Path", str]


def findings(instance: Instance) -> Iterator[Finding]:
    """Every fault that shows only when sections are read together, with the path it belongs to."""
    scenario_faults = list(_scenarios(instance))
    yield from scenario_faults
    if scenario_faults:
        return  # demand cannot be read off before scenarios fit
    yield from _series_lengths(instance)
    hardware_faults = list(_hardware(instance))
    yield from hardware_faults
    for index, deployment in enumerate(instance.deployments):
        yield from _deployment(instance, deployment, ("deployments", index))
    yield from _coverage(instance)
    yield from market_findings(instance)
    yield from change_findings(instance)
    if not hardware_faults:
        yield from _power(instance)


def _series_lengths(instance: Instance) -> Iterator[Finding]:
    periods = instance.horizon.periods
    for name, workload in instance.workloads.items():
        fits = True
        for key in (*TOKEN_SERIES, "requests_per_s"):
            values = getattr(workload.demand, key)
            if isinstance(values, tuple) and len(values) != periods:
                fits = False
                yield (
                    ("workloads", name, "demand", key),
                    f"has {len(values)} values, the horizon has {periods} periods",
                )
        if fits and workload.demand.input_tokens_per_s is not None:
            over = series(instance, name, "cached_tokens_per_s") > series(
                instance, name, "input_tokens_per_s"
            )
            if over.any():
                first = int(np.argmax(over))
                path: Path = ("workloads", name, "demand", "cached_tokens_per_s")
                yield (
                    path,
                    f"exceeds input_tokens_per_s in period {first} ({instance.horizon.labels()[first]})",
                )
    baseline = instance.baseline
    if baseline is not None and isinstance(baseline.nodes, tuple) and len(baseline.nodes) != periods:
        yield ("baseline", "nodes"), f"has {len(baseline.nodes)} values, the horizon has {periods} periods"


def _scenarios(instance: Instance) -> Iterator[Finding]:
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
                yield ("scenarios", name, "workload_scale"), f"no workload '{workload}'{hint}"
    if not instance.scenarios and not instance.risk.neutral:
        yield ("risk",), "needs scenarios"


def _hardware(instance: Instance) -> Iterator[Finding]:
    known = kernels.accelerator_names()
    for name, own in instance.hardware.items():
        if own.like is not None and own.like not in known:
            yield (
                ("hardware", name, "like"),
                f"no hardware '{own.like}' in the catalog{did_you_mean(own.like, known)}",
            )
        elif own.accelerator is not None:
            try:
                accelerator_of(instance, name)
            except kernels.KernelError as error:
                yield ("hardware", name, "accelerator"), str(error)
        if name not in instance.fleet:
            yield ("hardware", name), f"is not in the fleet{did_you_mean(name, instance.fleet)}"
    for name in instance.fleet:
        own_entry = instance.hardware.get(name)
        if name in known or (own_entry is not None and (own_entry.like or own_entry.gpus_per_node)):
            continue
        message = f"no hardware '{name}' in the catalog{did_you_mean(name, known)}"
        yield ("fleet", name), f"{message} (or describe it under hardware.{name} with gpus_per_node)"


def _deployment(instance: Instance, deployment: Deployment, path: Path) -> Iterator[Finding]:
    for name in deployment.on_hardware(()):
        if name not in instance.fleet:
            yield (
                (*path, "hardware"),
                f"hardware '{name}' is not in the fleet{did_you_mean(name, instance.fleet)}",
            )
    named = (
        ("workloads", deployment.workloads or ()),
        ("rate_tokens_per_s", tuple(deployment.rate_tokens_per_s or ())),
        ("rate_requests_per_s", tuple(deployment.rate_requests_per_s or ())),
    )
    for key, names in named:
        for name in names:
            if name not in instance.workloads:
                yield (*path, key), f"no workload '{name}'{did_you_mean(name, instance.workloads)}"
                continue
            asked, can = phases_of(instance.workloads[name]), PHASES_OF_ROLE[deployment.role]
            if not set(asked) & set(can):
                yield (
                    (*path, key),
                    f"a {deployment.role} unit does none of the work of '{name}' ({', '.join(asked)})",
                )
    if not deployment.measured:
        yield from _kernel_needs(instance, deployment, path)


def _kernel_needs(instance: Instance, deployment: Deployment, path: Path) -> Iterator[Finding]:
    """What the kernel must know to rate a deployment."""
    if deployment.recipe is not None and deployment.recipe not in kernels.recipe_names():
        hint = did_you_mean(deployment.recipe, kernels.recipe_names())
        yield (*path, "recipe"), f"no recipe '{deployment.recipe}' in the kernel{hint}"
    for name in deployment.workloads or tuple(instance.workloads):
        workload = instance.workloads.get(name)
        if workload is None:
            continue
        if workload.model not in kernels.architecture_names():
            hint = did_you_mean(workload.model, kernels.architecture_names())
            yield (
                ("workloads", name, "model"),
                f"no model '{workload.model}' in the catalog{hint}; or give {'.'.join(map(str, path))} measured rates",
            )
        if workload.lengths is None:
            yield (
                ("workloads", name),
                "needs lengths (input_tokens, output_tokens), because a deployment has no measured rates",
            )
    for hardware in deployment.on_hardware(tuple(instance.fleet)):
        own = instance.hardware.get(hardware)
        known = hardware in kernels.accelerator_names() or (own is not None and own.like is not None)
        if hardware in instance.fleet and not known and (own is None or own.accelerator is None):
            yield (
                path,
                f"has no measured rates, and the catalog knows no accelerator '{hardware}' to rate it on",
            )


def _coverage(instance: Instance) -> Iterator[Finding]:
    """Every phase of every workload needs a deployment that could do it."""
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


def _power(instance: Instance) -> Iterator[Finding]:
    for hardware, channels in instance.fleet.items():
        for name, channel in channels.items():
            asks = isinstance(channel, Purchase) and channel.needs_power() and channel.power_kw is None
            if asks and node_of(instance, hardware).power_kw is None:
                yield (
                    ("fleet", hardware, name),
                    f"prices energy or colocation, but no power of a {hardware} node is known: give power_kw",
                )
