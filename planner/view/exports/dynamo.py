"""A plan as graph deployments of NVIDIA Dynamo: one for each model and engine, with a frontend and a service a unit.

The arguments of a worker are those of its engine, by `planner.view.exports.kubernetes.engines`; of a unit of several
nodes the operator adds what tells the nodes of each other. Replicas by hour are KEDA triggers on the scaling adapter
that the operator makes for a service. Read of Dynamo v1.4, API nvidia.com/v1alpha1 (docs.nvidia.com/dynamo).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault, InstanceError
from planner.instance import Role
from planner.view.exports.kubernetes.calendar import ROW, calendar, documents
from planner.view.exports.kubernetes.devices import resource_of
from planner.view.exports.kubernetes.dns_names import dns_labels
from planner.view.exports.kubernetes.notes import page
from planner.view.exports.kubernetes.scaling import scaled_object
from planner.view.exports.kubernetes.workloads import (
    DRAIN_S,
    HARDWARE,
    OPTIONS_MOUNT,
    SHARED_MEMORY,
    SHARED_MEMORY_MOUNT,
    UNIT,
    alone,
    options_map,
    options_volume,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.kubernetes.calendar import CalendarBlock, ScheduledUnit

API = "nvidia.com/v1alpha1"
LONGEST_GRAPH = 24
"""Characters of a graph's name: with that of a service, and what the operator adds, it must fit into a pod's."""
MOST_SERVICES = 25
"""Of one graph, the frontend among them."""
NVIDIA = "nvidia.com/gpu"
"""What is asked for where a service names no other resource."""


@dataclass(frozen=True)
class _Graph:
    name: str
    units: tuple[ScheduledUnit, ...]


def dynamo_files(plan: Plan, instance: Instance) -> dict[str, bytes]:
    """Files by their path in the folder. Of a plan with stages or scenarios each has a folder of its own.

    Raises InstanceError for a model of more units than a graph takes services.
    """
    files: dict[str, bytes] = {}
    for block in calendar(plan, instance, lambda engine, unit: engine.dynamo.launch(unit)):
        graphs = _graphs(block)
        written = {f"{one.name}.yaml": documents(_objects(one, plan)) for one in graphs}
        written["README.md"] = _notes(plan, block, graphs).encode()
        files |= block.placed(written)
    return files


def _graphs(block: CalendarBlock) -> list[_Graph]:
    """Caches pass between units of one model and engine alone."""
    found: dict[tuple[str, str], list[ScheduledUnit]] = defaultdict(list)
    for one in block.units:
        found[(one.launched.unit.model, one.launched.engine_name)].append(one)
    names = dns_labels((f"{model}.{engine}" for model, engine in found), LONGEST_GRAPH)
    large = [
        Fault(f"{model} by {engine} has {len(units)} units; a graph of Dynamo takes {MOST_SERVICES - 1}")
        for (model, engine), units in found.items()
        if len(units) >= MOST_SERVICES
    ]
    if large:
        raise InstanceError(large)
    return [_Graph(name, tuple(units)) for name, units in zip(names.values(), found.values(), strict=True)]


def _objects(graph: _Graph, plan: Plan) -> Iterator[dict[str, Any]]:
    worker = graph.units[0].launched.engine.dynamo
    rows = ", ".join(one.annotations[ROW] for one in graph.units)
    frontend = {
        "componentType": "frontend",
        "replicas": 1,
        "extraPodSpec": {"mainContainer": {"image": f"{worker.image}:latest"}},
    }
    yield {
        "apiVersion": API,
        "kind": "DynamoGraphDeployment",
        "metadata": {"name": graph.name, "annotations": {ROW: rows, "planner/plan": plan.instance}},
        "spec": {
            "backendFramework": worker.framework,
            "services": {"Frontend": frontend, **{_service(one): _worker(one) for one in graph.units}},
        },
    }
    for one in graph.units:
        unit, launch = one.launched.unit, one.launched.launch
        if launch.options:
            yield options_map(unit, launch, one.annotations)
        adapter = (API, "DynamoGraphDeploymentScalingAdapter", f"{graph.name}-{_service(one)}")
        scaler = scaled_object(unit.label, adapter, one.times, one.annotations)
        if scaler is not None:
            yield scaler


def _service(one: ScheduledUnit) -> str:
    """Short name of a unit's service: what it does, and its row."""
    unit = one.launched.unit
    return f"{unit.role}-{unit.row}"


def _worker(one: ScheduledUnit) -> dict[str, Any]:
    unit = one.launched.unit
    resource = resource_of(unit.vendor)
    gpus = {"gpu": str(unit.gpus_per_pod), **({} if resource == NVIDIA else {"gpuType": resource})}
    return {
        "componentType": "worker",
        **({"subComponentType": unit.role} if unit.role in (Role.PREFILL, Role.DECODE) else {}),
        "annotations": one.annotations,
        "extraPodMetadata": {"labels": {UNIT: unit.label}},
        "replicas": one.most,
        **({"scalingAdapter": {"enabled": True}} if one.times.windows else {}),
        **({"multinode": {"nodeCount": unit.pods}} if unit.pods > 1 else {}),
        "resources": {"requests": gpus, "limits": gpus},
        "sharedMemory": {"disabled": True},  # its own volume, without a limit
        "extraPodSpec": _pod(one),
    }


def _pod(one: ScheduledUnit) -> dict[str, Any]:
    unit, launch = one.launched.unit, one.launched.launch
    module, arguments = launch.leader[:3], launch.leader[3:]  # python3 -m MODULE
    volumes, mounts = [SHARED_MEMORY], [SHARED_MEMORY_MOUNT]
    if launch.options:
        volumes, mounts = [*volumes, options_volume(unit)], [*mounts, OPTIONS_MOUNT]
    return {
        "nodeSelector": {HARDWARE: unit.hardware_label},
        "terminationGracePeriodSeconds": DRAIN_S,
        **({"affinity": alone(unit)} if unit.alone and unit.pods == 1 else {}),
        "volumes": volumes,
        "mainContainer": {
            "image": f"{one.launched.engine.dynamo.image}:latest",
            "command": list(module),
            "args": list(arguments),
            "volumeMounts": mounts,
        },
    }


def _notes(plan: Plan, block: CalendarBlock, graphs: Sequence[_Graph]) -> str:
    services = {
        one.launched.unit.label: f"service {_service(one)} of {graph.name}"
        for graph in graphs
        for one in graph.units
    }
    files = " ".join(f"-f {graph.name}.yaml" for graph in graphs)
    objects = [services[one.launched.unit.label] for one in block.units]
    apply = f"Look it through, then `kubectl apply {files}`"
    return page(plan, block, "--dynamo", apply, objects, _before(block, graphs))


def _before(block: CalendarBlock, graphs: Sequence[_Graph]) -> Iterator[str]:
    yield "Dynamo's operator (v1.4) is installed; images are `latest` until you pin them."
    yield "Nodes carry `planner/hardware`."
    if any(one.launched.unit.pods > 1 for one in block.units):
        yield "Grove or LeaderWorkerSet is installed: units of several nodes need one of them."
    for graph in graphs:
        roles = {one.launched.unit.role for one in graph.units}
        if len(roles & {Role.PREFILL, Role.DECODE}) == 1:
            (role,) = roles & {Role.PREFILL, Role.DECODE}
            yield f"{graph.name} has {role} workers alone: the other phase runs elsewhere."
    if any(one.times.base == 0 for one in block.units):
        yield "Some unit runs none at times: with no worker at all left, a frontend forgets its model."
