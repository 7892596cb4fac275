"""Names of deployments that units are given without being asked: a unit must be known by its name alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planner.loader.validate_size import ways_of
from planner.rates.configurations import suffixes_of
from planner.rates.pass_names import BATCH_NAME, FOR_NAME, OVER_NAME, PASS_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Deployment, Instance
    from planner.loader.finding import PathFinding

_NUMBERED = re.compile(r"(?P<name>.+)\.(?P<number>[1-9]\d*)", re.ASCII)


def name_findings(instance: Instance) -> Iterator[PathFinding]:
    """Names that are those of a pass or batch, of a further unit of another deployment, or of one without a name."""
    for index, deployment in enumerate(instance.deployments):
        name = deployment.name
        taken = None if name is None else _taken(instance, name)
        if taken is not None:
            yield ("deployments", index, "name"), f"'{name}' is what {taken}: give it another"


def _taken(instance: Instance, name: str) -> str | None:
    """Which unit would be called so too; None where none is."""
    of_pass = PASS_NAME.fullmatch(name)
    if of_pass is not None:
        return f"units of '{of_pass['name']}' are called when they read {of_pass['tokens']} tokens in a pass"
    of_batch = BATCH_NAME.fullmatch(name)
    if of_batch is not None:
        return f"units of '{of_batch['name']}' are called with {of_batch['requests']} requests by the GPU at most"
    part = FOR_NAME.fullmatch(name)
    if part is not None:
        return f"units of '{part['name']}' are called when they serve {part['workloads']} alone"
    over = OVER_NAME.fullmatch(name) if instance.links else None
    if over is not None:
        return f"units of '{over['name']}' are called when they read for the links {over['links']}"
    numbered = _NUMBERED.fullmatch(name)
    for place, other in enumerate(instance.deployments):
        if numbered is not None and other.name == numbered["name"]:
            count = _most_units(instance, other)
            if 1 < int(numbered["number"]) <= count:
                return f"unit {numbered['number']} of '{other.name}' (deployments.{place}) is called"
        if other.name is not None and name.removeprefix(other.name) in suffixes_of(other) - {""}:
            return f"a unit of '{other.name}' (deployments.{place}) is called"
        if other.name is None and _is_default_of(instance, other, name):
            return f"a unit of deployments.{place}, which has no name, is called"
    return None


def _most_units(instance: Instance, deployment: Deployment) -> int:
    """Units that a deployment makes at most: hardware times sizes times ways to run times models."""
    models = {workload.model for workload in instance.workloads.values()}
    return len(deployment.on_hardware(tuple(instance.fleet))) * ways_of(deployment) * len(models)


def _is_default_of(instance: Instance, deployment: Deployment, name: str) -> bool:
    """Whether a deployment without a name may make a unit of this name."""
    sizes = "|".join(map(str, deployment.sizes)) or r"\d+"
    return any(
        re.fullmatch(rf"{re.escape(hardware)}\.{deployment.role}\.ep({sizes})(\..+)?", name) is not None
        for hardware in deployment.on_hardware(tuple(instance.fleet))
    )
