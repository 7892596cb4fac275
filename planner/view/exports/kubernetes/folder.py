"""The folder: one file for each unit, the queue, the kustomization that applies them, and what to check first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import yaml

from planner.core.units import SECONDS_PER_HOUR
from planner.plan.period_names import blocks_of, period_name
from planner.view.exports.kubernetes.cron_windows import CronSchedule, cron_schedule
from planner.view.exports.kubernetes.dns_names import dns_labels
from planner.view.exports.kubernetes.launched import LaunchedUnit, launched
from planner.view.exports.kubernetes.notes import notes
from planner.view.exports.kubernetes.queues import queues
from planner.view.exports.kubernetes.running import running_units
from planner.view.exports.kubernetes.scaling import scaled_object
from planner.view.exports.kubernetes.workloads import ROW, manifests_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from planner.instance import Instance
    from planner.plan.plan import Plan

UNPLANNED_LEAD = timedelta(minutes=15)
"""How long before its hour a unit is started where the plan counts no start-up."""


def manifests(plan: Plan, instance: Instance) -> dict[str, bytes]:
    """Files by their path in the folder. Of a plan with stages or scenarios each has a folder of its own.

    Raises InstanceError with every unit that cannot be written.
    """
    labels = dns_labels(unit.unit for unit in plan.units)
    hardware = dns_labels(instance.fleet)
    units = launched(running_units(plan, instance, labels, hardware))
    blocks = blocks_of(plan.periods)
    names = dns_labels(period_name(plan.periods[block.start]).block or "plan" for block in blocks)
    files: dict[str, bytes] = {}
    for block, name in zip(blocks, names.values(), strict=True):
        folder = f"{name}/" if len(blocks) > 1 else ""
        written = _block(plan, instance, block, units, hardware)
        files |= {f"{folder}{file}": content for file, content in written.items()}
    return files


def _block(
    plan: Plan, instance: Instance, block: range, units: Sequence[LaunchedUnit], hardware: Mapping[str, str]
) -> dict[str, bytes]:
    """The files of one run of periods; `hardware`: its labels."""
    start_hours = instance.start_up.hours
    lead = timedelta() if start_hours > 0 else UNPLANNED_LEAD
    files: dict[str, bytes] = {}
    scheduled: list[tuple[LaunchedUnit, CronSchedule]] = []
    for one in units:
        on = [one.unit.schedule.on[period] for period in block]
        if not any(on):
            continue
        starts = [plan.periods[period] for period in block]
        times = cron_schedule(on, starts, plan.period_hours, instance.horizon.timezone, lead)
        annotations = _annotations(plan, one)
        scaler = scaled_object(one.unit, times, annotations)
        fixed = None if scaler else times.base
        objects = manifests_of(one, annotations, fixed, SECONDS_PER_HOUR * start_hours)
        files[f"unit-{one.unit.label}.yaml"] = _documents([*objects, *([scaler] if scaler else [])])
        scheduled.append((one, times))
    vendors = {one.unit.schedule.hardware: one.unit.vendor for one in units}
    files["queue.yaml"] = _documents(queues(plan, instance, block, vendors, hardware))
    images = dict.fromkeys(one.engine.image for one, _ in scheduled)
    files["kustomization.yaml"] = _documents([_kustomization(sorted(files), images)])
    files["README.md"] = notes(plan, scheduled, lead).encode()
    return files


def _annotations(plan: Plan, one: LaunchedUnit) -> dict[str, str]:
    """Where an object comes from, and what was chosen for it that the plan leaves open."""
    unit, engine = one.unit, one.engine_name
    named = "" if unit.engine == engine else f"engine {engine}: the plan names {unit.engine or 'none'}"
    assumed = "; ".join([*unit.assumed, *([named] if named else [])])
    known = {
        ROW: f"units[{unit.row}]",
        "planner/plan": plan.instance,
        "planner/unit-name": unit.schedule.unit,
        "planner/works": ", ".join(unit.works),
        "planner/assumed": assumed,
    }
    return {key: text for key, text in known.items() if text}


def _kustomization(resources: list[str], images: Iterable[str]) -> dict[str, Any]:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
        "images": [{"name": image, "newTag": "latest"} for image in images],
    }


def _documents(objects: Iterable[dict[str, Any]]) -> bytes:
    return yaml.dump_all(objects, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120).encode()


class _Plain(yaml.SafeDumper):
    """YAML without anchors: what is said twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
