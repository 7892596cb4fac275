"""A plan as values of llm-d's Helm chart `llm-d-modelservice`: a release for each pair of a prefill and a decode unit.

Units of a model on one hardware are paired in the order of the plan; all releases of a model carry its label, by which
an InferencePool finds their pods. A unit that does both phases is a decode worker without a prefill worker, as the
chart has it. The command of a worker is that of its engine, by `planner.view.exports.kubernetes.engines`; where a unit
takes several pods, all have one command, which asks for the number of its pod. Replicas by hour are KEDA triggers.
Read of the chart v0.4 (github.com/llm-d-incubation/llm-d-modelservice).
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from planner.core.units import SECONDS_PER_HOUR
from planner.instance import Role
from planner.view.exports.kubernetes.calendar import calendar, documents
from planner.view.exports.kubernetes.devices import resource_of
from planner.view.exports.kubernetes.dns_names import dns_label, dns_labels
from planner.view.exports.kubernetes.notes import page
from planner.view.exports.kubernetes.scaling import scaled_object
from planner.view.exports.kubernetes.workloads import (
    DRAIN_S,
    HARDWARE,
    SHARED_MEMORY,
    SHARED_MEMORY_MOUNT,
    probes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.kubernetes.calendar import CalendarBlock, ScheduledUnit
    from planner.view.exports.kubernetes.engines import Engine, Launch
    from planner.view.exports.kubernetes.running import Running

CHART = "llm-d-modelservice/llm-d-modelservice"
SERVICE_PORT, BEHIND_PROXY = 8000, 8200
"""Where workers are asked, and where a decode worker listens behind the sidecar that fetches caches for it."""
ACCELERATORS = {
    "NVIDIA": "nvidia",
    "AMD": "amd",
    "Google": "google",
    "Intel": "intel-gaudi",
    "assembled": "nvidia",
}
"""Names of the chart by vendor; of others it adds no accelerator to the limits that the values give (`cpu`)."""
_IS_FIRST_POD = '[ "${LWS_WORKER_INDEX:-0}" = 0 ]'


@dataclass(frozen=True)
class _Release:
    name: str
    prefill: ScheduledUnit | None
    decode: ScheduledUnit | None

    @property
    def workers(self) -> dict[str, ScheduledUnit]:
        both = {"prefill": self.prefill, "decode": self.decode}
        return {role: one for role, one in both.items() if one is not None}

    @property
    def multinode(self) -> bool:
        return any(one.launched.unit.pods > 1 for one in self.workers.values())


def llm_d_files(plan: Plan, instance: Instance) -> dict[str, bytes]:
    """Files by their path in the folder. Of a plan with stages or scenarios each has a folder of its own.

    Raises InstanceError with every unit that llm-d cannot run.
    """
    files: dict[str, bytes] = {}
    for block in calendar(plan, instance, _launch):
        releases = _releases(block)
        written = {f"values-{one.name}.yaml": documents([_values(one, instance)]) for one in releases}
        scalers = [scaler for one in releases for scaler in _scalers(one)]
        if scalers:
            written["scaling.yaml"] = documents(scalers)
        written["README.md"] = _notes(plan, block, releases).encode()
        files |= block.placed(written)
    return files


def _launch(engine: Engine, unit: Running) -> Launch:
    if not engine.llm_d_connector:
        raise ValueError("llm-d runs vllm and sglang: name one of them")
    return engine.launch(unit, BEHIND_PROXY if unit.role == Role.DECODE else SERVICE_PORT)


def _releases(block: CalendarBlock) -> list[_Release]:
    by_pool: dict[tuple[str, str, str], dict[bool, list[ScheduledUnit]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for one in block.units:
        unit = one.launched.unit
        pool = by_pool[(unit.model, unit.schedule.hardware, one.launched.engine_name)]
        pool[unit.role == Role.PREFILL].append(one)
    pairs = {
        f"{model}.{hardware}.{engine}" + (f".{number}" if number else ""): pair
        for (model, hardware, engine), pool in by_pool.items()
        for number, pair in enumerate(zip_longest(pool[True], pool[False]))
    }
    names = dns_labels(pairs)
    return [_Release(names[name], *pair) for name, pair in pairs.items()]


def _values(release: _Release, instance: Instance) -> dict[str, Any]:
    workers = release.workers
    first = next(iter(workers.values())).launched
    proxied = release.decode is not None and release.decode.launched.unit.hands_over
    start_s = SECONDS_PER_HOUR * instance.start_up.hours
    return {
        "fullnameOverride": release.name,
        "multinode": release.multinode,
        "modelArtifacts": _artifacts(first.unit),
        "accelerator": {"type": ACCELERATORS.get(first.unit.vendor, "cpu")},
        "routing": {
            "servicePort": SERVICE_PORT,
            "proxy": {
                "enabled": proxied,
                "targetPort": BEHIND_PROXY,
                "connector": first.engine.llm_d_connector,
            },
        },
        **{
            role: _worker(workers[role], start_s) if role in workers else {"create": False}
            for role in ("prefill", "decode")
        },
    }


def _artifacts(unit: Running) -> dict[str, Any]:
    own = unit.checkpoint.startswith("/models/")
    return {
        "name": unit.model,
        "uri": f"pvc:/{unit.checkpoint}" if own else f"hf://{unit.checkpoint}",
        "mountPath": "/models" if own else "/model-cache",
        "size": "0",  # no limit of its own
        "labels": {"llm-d.ai/inference-serving": "true", "llm-d.ai/model": dns_label(unit.model)},
    }


def _worker(one: ScheduledUnit, start_s: float) -> dict[str, Any]:
    unit = one.launched.unit
    return {
        "create": True,
        "annotations": one.annotations,
        "replicas": one.most,
        "autoscaling": {"enabled": bool(one.times.windows)},
        "parallelism": {
            "tensor": unit.tensor,
            "data": unit.data,
            "dataLocal": max(1, unit.data // unit.pods),
            "workers": unit.pods,
        },
        "nodeSelector": {HARDWARE: unit.hardware_label},
        "terminationGracePeriodSeconds": DRAIN_S,
        "containers": [_container(one, start_s)],
        "volumes": [SHARED_MEMORY],
    }


def _container(one: ScheduledUnit, start_s: float) -> dict[str, Any]:
    unit, engine, launch = one.launched.unit, one.launched.engine, one.launched.launch
    port = BEHIND_PROXY if unit.role == Role.DECODE else SERVICE_PORT
    limits = {resource_of(unit.vendor): str(unit.gpus_per_pod)}
    health: dict[str, Any] = {"httpGet": {"path": engine.health, "port": port}}
    command = list(launch.leader)
    if launch.worker:
        health = {"exec": {"command": ["/bin/sh", "-c", _health_of_first_pod(port, engine.health)]}}
        command = ["/bin/sh", "-c", _of_any_pod(launch)]
    return {
        "name": "engine",
        "image": f"{engine.image}:latest",
        "modelCommand": "custom",
        "command": command,
        "ports": [{"name": "metrics", "containerPort": port}],
        "resources": {"limits": limits, "requests": limits},
        "mountModelVolume": True,
        "volumeMounts": [SHARED_MEMORY_MOUNT],
        "extraConfig": probes(health, start_s),
    }


def _of_any_pod(launch: Launch) -> str:
    """The command of the first pod where it runs in that, else of the others, as a line of a shell."""
    first, others = shlex.join(launch.leader), shlex.join(launch.worker)
    return f"if {_IS_FIRST_POD}; then exec {first}; else exec {others}; fi"


def _health_of_first_pod(port: int, path: str) -> str:
    """Asked of the first pod alone: the others do not listen."""
    ask = f"import urllib.request as web; web.urlopen('http://127.0.0.1:{port}{path}')"
    return f"{_IS_FIRST_POD} || exit 0; python3 -c {shlex.quote(ask)}"


def _scalers(release: _Release) -> Iterator[dict[str, Any]]:
    version, kind = ("apps/v1", "Deployment")
    if release.multinode:
        version, kind = ("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet")
    for role, one in release.workers.items():
        target = (version, kind, f"{release.name}-{role}")
        scaler = scaled_object(one.launched.unit.label, target, one.times, one.annotations)
        if scaler is not None:
            yield scaler


def _notes(plan: Plan, block: CalendarBlock, releases: list[_Release]) -> str:
    roles = {
        one.launched.unit.label: f"{role} of release {release.name}"
        for release in releases
        for role, one in release.workers.items()
    }
    scaled = ", and `kubectl apply -f scaling.yaml`" if any(one.times.windows for one in block.units) else ""
    install = f"helm upgrade --install RELEASE {CHART} -f values-RELEASE.yaml"
    apply = f"Look it through, then `{install}` for each{scaled}"
    objects = [roles[one.launched.unit.label] for one in block.units]
    return page(plan, block, "--llm-d", apply, objects, _before(block, releases))


def _before(block: CalendarBlock, releases: list[_Release]) -> Iterator[str]:
    yield "The values are those of the chart llm-d-modelservice v0.4; images are `latest` until you pin them."
    yield "Nodes carry `planner/hardware`."
    yield (
        "An InferencePool and its endpoint picker stand before the pods, which they find by `llm-d.ai/model`; the "
        "values make none."
    )
    if any(one.multinode for one in releases):
        yield "LeaderWorkerSet (v1) is installed: its scale subresource takes the replicas."
    if any(one.times.windows for one in block.units):
        yield (
            "An upgrade of a release sets a prefill worker to the most of its day until KEDA looks again: within 15 s."
        )
