"""Checks of hardware and deployments: names that must exist, units that can run, what the kernel must know."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import kernels
from kernels.effects import engine_and_years, undated
from kernels.efficiency import engine_names
from kernels.measured import measured_units
from kernels.own_calibration import own_calibrations
from planner.core.suggest import did_you_mean
from planner.instance.demand_series import phases_of
from planner.instance.deployment import PHASES_OF_ROLE
from planner.rates.accelerators import accelerator_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planner.instance import Deployment, Instance
    from planner.loader.finding import PathFinding
    from planner.loader.strict_yaml import Path


def catalog_findings() -> Iterator[PathFinding]:
    """A folder of one's own that cannot be part of the catalog: nothing can be looked up then."""
    try:
        kernels.accelerator_names()
        kernels.architecture_names()
        kernels.recipe_names()
        measured_units()
        own_calibrations()
    except kernels.KernelError as error:
        yield (), str(error)


def hardware_findings(instance: Instance) -> Iterator[PathFinding]:
    """Hardware that nobody knows, or that nobody uses."""
    known = kernels.accelerator_names()
    for name, own in instance.hardware.items():
        if own.like is not None and own.like not in known:
            yield (
                ("hardware", name, "like"),
                f"no hardware '{own.like}' in the catalog{did_you_mean(own.like, known)}",
            )
        elif own.accelerator is not None or own.like is not None:
            key = "accelerator" if own.accelerator is not None else "like"
            yield from _unreadable(("hardware", name, key), partial(accelerator_of, instance), name)
        if name not in instance.fleet:
            yield ("hardware", name), f"is not in the fleet{did_you_mean(name, instance.fleet)}"
    for name in instance.fleet:
        own_entry = instance.hardware.get(name)
        if name in known and own_entry is None:
            yield from _unreadable(("fleet", name), kernels.accelerator, name)
        if name in known or (own_entry is not None and (own_entry.like or own_entry.gpus_per_node)):
            continue
        message = f"no hardware '{name}' in the catalog{did_you_mean(name, known)}"
        yield ("fleet", name), f"{message} (or describe it under hardware.{name} with gpus_per_node)"


def _unreadable(path: Path, read: Callable[[str], object], name: str) -> Iterator[PathFinding]:
    """What is wrong with an entry of the catalog, which may be one of one's own."""
    try:
        read(name)
    except kernels.KernelError as error:
        yield path, str(error)


def deployment_findings(instance: Instance) -> Iterator[PathFinding]:
    """Deployments that name what does not exist, cannot be rated, or share a name."""
    first: dict[str, int] = {}
    for index, deployment in enumerate(instance.deployments):
        yield from _one(instance, deployment, ("deployments", index))
        if deployment.name is None:
            continue
        if deployment.name in first:
            message = f"'{deployment.name}' is the name of deployments.{first[deployment.name]} too: give it another"
            yield ("deployments", index, "name"), message
        first.setdefault(deployment.name, index)


def _one(instance: Instance, deployment: Deployment, path: Path) -> Iterator[PathFinding]:
    for name in deployment.on_hardware(()):
        if name not in instance.fleet:
            yield (
                (*path, "hardware"),
                f"hardware '{name}' is not in the fleet{did_you_mean(name, instance.fleet)}",
            )
    for key, names in _named(deployment):
        for name in names:
            if name not in instance.workloads:
                yield (*path, key), f"no workload '{name}'{did_you_mean(name, instance.workloads)}"
    if not deployment.measured:
        yield from _kernel_needs(instance, deployment, path)


def _named(deployment: Deployment) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Workloads that a deployment names, by the key they stand under."""
    return (
        ("workloads", deployment.workloads or ()),
        ("rate_tokens_per_s", tuple(deployment.rate_tokens_per_s or ())),
        ("rate_requests_per_s", tuple(deployment.rate_requests_per_s or ())),
    )


def work_findings(instance: Instance) -> Iterator[PathFinding]:
    """Deployments that name a workload of which they can do nothing."""
    for index, deployment in enumerate(instance.deployments):
        can = PHASES_OF_ROLE[deployment.role]
        for key, names in _named(deployment):
            for name in names:
                asked = phases_of(instance.workloads[name]) if name in instance.workloads else can
                if not set(asked) & set(can):
                    message = (
                        f"a {deployment.role} unit does none of the work of '{name}' ({', '.join(asked)})"
                    )
                    yield ("deployments", index, key), message


def _kernel_needs(instance: Instance, deployment: Deployment, path: Path) -> Iterator[PathFinding]:
    """What the kernel must know to rate a deployment."""
    for key, what, there, place in (
        ("recipe", deployment.recipe, kernels.recipe_names(), "catalog"),
        ("engine", deployment.engine, engine_names(), "kernel"),
    ):
        for name in what if isinstance(what, tuple) else (what,):
            if name is None:
                continue
            plain = undated(name) if key == "engine" else name
            if plain not in there:
                yield (*path, key), f"no {key} '{plain}' in the {place}{did_you_mean(plain, there)}"
            elif key == "recipe":
                yield from _unreadable((*path, key), kernels.recipe, name)
            elif plain != name:
                yield from _unreadable((*path, key), engine_and_years, name)
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
        else:
            yield from _unreadable(("workloads", name, "model"), kernels.architecture, workload.model)
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
