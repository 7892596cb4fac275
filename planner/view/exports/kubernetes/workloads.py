"""What runs a unit: a Deployment where it is one pod, a LeaderWorkerSet where it is several, a Service before both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from planner.view.exports.kubernetes.devices import resource_of
from planner.view.exports.kubernetes.engines.engine import OPTIONS_FOLDER

if TYPE_CHECKING:
    from planner.view.exports.kubernetes.engines import Engine, Launch
    from planner.view.exports.kubernetes.launched import LaunchedUnit
    from planner.view.exports.kubernetes.running import Running

Manifest = dict[str, Any]

UNIT, HARDWARE = "planner/unit", "planner/hardware"
"""Labels of pods and nodes."""
QUEUE_LABEL, QUEUE = "kueue.x-k8s.io/queue-name", "planner"
"""Label by which Kueue finds the queue of an object, and the queue of every plan."""
SHARED_MEMORY = {"name": "shared-memory", "emptyDir": {"medium": "Memory"}}
SHARED_MEMORY_MOUNT = {"name": "shared-memory", "mountPath": "/dev/shm"}
"""Memory that the processes of a pod share, without a limit of its own."""
OPTIONS_MOUNT = {"name": "options", "mountPath": OPTIONS_FOLDER}
"""Where a container finds its file of options."""
DRAIN_S = 600
"""Seconds that a pod has to answer what it has begun before it is stopped."""
PROBE_PERIOD_S = 10
SHORTEST_START_S = 3600
"""Loading weights may take so long at least before a pod counts as failed."""


def manifests_of(
    one: LaunchedUnit, annotations: dict[str, str], replicas: int | None, start_s: float
) -> list[Manifest]:
    """Every object of a unit but its schedule; `replicas` where it has none, else an autoscaler sets them."""
    unit, engine, launch = one.unit, one.engine, one.launch
    pods = {
        part: _pod(unit, engine, command, bool(launch.options), start_s if part == "leader" else None)
        for part, command in (("leader", launch.leader), ("worker", launch.worker))
        if command
    }
    own = (_lws if unit.pods > 1 else _deployment)(unit, pods, annotations, replicas)
    objects = [own, _service(unit, engine, annotations)]
    if launch.options:
        objects.append(options_map(unit, launch, annotations))
    return objects


def api_of(unit: Running) -> tuple[str, str]:
    """Version and kind of the object that holds the replicas of a unit."""
    return ("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet") if unit.pods > 1 else ("apps/v1", "Deployment")


def _head(unit: Running, version: str, kind: str, annotations: dict[str, str], name: str = "") -> Manifest:
    queue = {QUEUE_LABEL: QUEUE} if kind == api_of(unit)[1] else {}
    labels = {UNIT: unit.label, "app.kubernetes.io/managed-by": "planner", **queue}
    metadata = {"name": name or unit.label, "labels": labels, "annotations": annotations}
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _deployment(
    unit: Running, pods: dict[str, Manifest], annotations: dict[str, str], replicas: int | None
) -> Manifest:
    return _head(unit, *api_of(unit), annotations) | {
        "spec": {
            **({} if replicas is None else {"replicas": replicas}),
            "selector": {"matchLabels": {UNIT: unit.label}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
            "template": pods["leader"],
        }
    }


def _lws(
    unit: Running, pods: dict[str, Manifest], annotations: dict[str, str], replicas: int | None
) -> Manifest:
    rolling = {"maxSurge": 0, "maxUnavailable": 1}
    return _head(unit, *api_of(unit), annotations) | {
        "spec": {
            **({} if replicas is None else {"replicas": replicas}),
            "startupPolicy": "LeaderCreated",
            "rolloutStrategy": {"type": "RollingUpdate", "rollingUpdateConfiguration": rolling},
            "leaderWorkerTemplate": {
                "size": unit.pods,
                "restartPolicy": "RecreateGroupOnPodRestart",
                "leaderTemplate": _answering(pods["leader"]),
                "workerTemplate": pods["worker"],
            },
        }
    }


def _answering(pod: Manifest) -> Manifest:
    """The pod with the label by which the Service finds those that answer."""
    labels = pod["metadata"]["labels"] | {"planner/answers": "true"}
    return pod | {"metadata": {"labels": labels}}


def _pod(
    unit: Running, engine: Engine, command: tuple[str, ...], options: bool, start_s: float | None
) -> Manifest:
    resource = resource_of(unit.vendor)
    container: Manifest = {
        "name": "engine",
        "image": engine.image,
        "command": list(command),
        "resources": {
            "requests": {resource: str(unit.gpus_per_pod)},
            "limits": {resource: str(unit.gpus_per_pod)},
        },
        "volumeMounts": [SHARED_MEMORY_MOUNT],
    }
    volumes: list[Manifest] = [SHARED_MEMORY]
    if options:
        container["volumeMounts"].append(OPTIONS_MOUNT)
        volumes.append(options_volume(unit))
    if start_s is not None:
        container["ports"] = [{"name": "http", "containerPort": engine.port}]
        container |= probes({"httpGet": {"path": engine.health, "port": engine.port}}, start_s)
    spec: Manifest = {
        "nodeSelector": {HARDWARE: unit.hardware_label},
        "terminationGracePeriodSeconds": DRAIN_S,
        "containers": [container],
        "volumes": volumes,
    }
    if unit.alone and unit.pods == 1:
        spec["affinity"] = alone(unit)
    return {"metadata": {"labels": _labels(unit)}, "spec": spec}


def probes(health: Manifest, start_s: float) -> Manifest:
    """Probes of a container by how its health is asked for, where a start takes `start_s` by the plan."""
    asked = health | {"periodSeconds": PROBE_PERIOD_S}
    failures = max(SHORTEST_START_S, round(2.0 * start_s)) // PROBE_PERIOD_S
    return {"startupProbe": asked | {"failureThreshold": failures}, "readinessProbe": asked}


def _labels(unit: Running) -> dict[str, str]:
    """Labels of a pod: its unit, and the role by which the gateway of llm-d tells pods apart."""
    role = {"llm-d.ai/role": unit.role} if unit.hands_over else {}
    return {UNIT: unit.label, **role}


def alone(unit: Running) -> Manifest:
    """Affinity: a unit that has its node to itself stands beside no other pod of a plan."""
    term = {
        "labelSelector": {"matchExpressions": [{"key": UNIT, "operator": "Exists"}]},
        "topologyKey": "kubernetes.io/hostname",
    }
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def _service(unit: Running, engine: Engine, annotations: dict[str, str]) -> Manifest:
    selector = {UNIT: unit.label} | ({"planner/answers": "true"} if unit.pods > 1 else {})
    ports = [{"name": "http", "port": 80, "targetPort": engine.port}]
    return _head(unit, "v1", "Service", annotations) | {"spec": {"selector": selector, "ports": ports}}


def options_volume(unit: Running) -> Manifest:
    """The volume of a unit's file of options."""
    return {"name": OPTIONS_MOUNT["name"], "configMap": {"name": f"{unit.label}-options"}}


def options_map(unit: Running, launch: Launch, annotations: dict[str, str]) -> Manifest:
    """The object that holds a unit's file of options."""
    text = yaml.safe_dump(launch.options, sort_keys=False)
    return _head(unit, "v1", "ConfigMap", annotations, f"{unit.label}-options") | {
        "data": {"options.yaml": text}
    }
