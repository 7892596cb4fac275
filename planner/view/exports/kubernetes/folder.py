"""The folder: one file for each unit, the queue, the kustomization that applies them, and what to check first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.core.units import SECONDS_PER_HOUR
from planner.view.exports.kubernetes.calendar import calendar, documents
from planner.view.exports.kubernetes.notes import notes
from planner.view.exports.kubernetes.queues import queues
from planner.view.exports.kubernetes.scaling import scaled_object
from planner.view.exports.kubernetes.workloads import api_of, manifests_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.kubernetes.calendar import CalendarBlock


def manifests(plan: Plan, instance: Instance) -> dict[str, bytes]:
    """Files by their path in the folder. Of a plan with stages or scenarios each has a folder of its own.

    Raises InstanceError with every unit that cannot be written.
    """
    files: dict[str, bytes] = {}
    for block in calendar(plan, instance, lambda engine, unit: engine.launch(unit, engine.port)):
        files |= block.placed(_files(plan, instance, block))
    return files


def _files(plan: Plan, instance: Instance, block: CalendarBlock) -> dict[str, bytes]:
    """The files of one run of periods."""
    start_s = SECONDS_PER_HOUR * instance.start_up.hours
    files: dict[str, bytes] = {}
    for one in block.units:
        unit = one.launched.unit
        scaler = scaled_object(unit.label, (*api_of(unit), unit.label), one.times, one.annotations)
        fixed = None if scaler else one.times.base
        objects = manifests_of(one.launched, one.annotations, fixed, start_s)
        files[f"unit-{unit.label}.yaml"] = documents([*objects, *([scaler] if scaler else [])])
    vendors = {one.launched.unit.schedule.hardware: one.launched.unit.vendor for one in block.units}
    files["queue.yaml"] = documents(queues(plan, instance, block.periods, vendors, block.hardware))
    images = dict.fromkeys(one.launched.engine.image for one in block.units)
    files["kustomization.yaml"] = documents([_kustomization(sorted(files), images)])
    files["README.md"] = notes(plan, block).encode()
    return files


def _kustomization(resources: list[str], images: Iterable[str]) -> dict[str, Any]:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
        "images": [{"name": image, "newTag": "latest"} for image in images],
    }
