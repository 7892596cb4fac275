"""The folder: one file for each unit, the queue, the kustomization that applies them, and what to check first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import yaml

from planner.core.errors import Fault, InstanceError
from planner.plan.period_names import blocks_of, period_name
from planner.view.exports.kubernetes.cron_windows import CronSchedule, cron_schedule
from planner.view.exports.kubernetes.dns_names import dns_labels
from planner.view.exports.kubernetes.engines import ENGINES, USUAL
from planner.view.exports.kubernetes.notes import notes
from planner.view.exports.kubernetes.queues import queues
from planner.view.exports.kubernetes.running import Running, running_units
from planner.view.exports.kubernetes.scaling import scaled_object
from planner.view.exports.kubernetes.workloads import ROW, manifests_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.kubernetes.engines import Engine, Launch

UNPLANNED_LEAD = timedelta(minutes=15)
"""How long before its hour a unit is started where the plan counts no start-up."""


def manifests(plan: Plan, instance: Instance) -> dict[str, bytes]:
    """Files by their path in the folder. Of a plan with stages or scenarios each has a folder of its own.

    Raises InstanceError with every unit that cannot be written.
    """
    labels = dns_labels(unit.unit for unit in plan.units)
    units = list(running_units(plan, instance, labels))
    launches = _launches(units)
    blocks = blocks_of(plan.periods)
    names = dns_labels(period_name(plan.periods[block.start]).block or "plan" for block in blocks)
    files: dict[str, bytes] = {}
    for block, name in zip(blocks, names.values(), strict=True):
        folder = f"{name}/" if len(blocks) > 1 else ""
        written = _block(plan, instance, block, units, launches)
        files |= {f"{folder}{file}": content for file, content in written.items()}
    return files


def _launches(units: Iterable[Running]) -> dict[str, tuple[str, Engine, Launch]]:
    """Engine and commands of every unit, by its label."""
    launches: dict[str, tuple[str, Engine, Launch]] = {}
    faults: list[Fault] = []
    for unit in units:
        name = unit.engine if unit.engine in ENGINES else USUAL
        try:
            launches[unit.label] = (name, ENGINES[name], ENGINES[name].launch(unit))
        except ValueError as reason:
            faults.append(Fault(f"unit '{unit.schedule.unit}': {reason}"))
    if faults:
        raise InstanceError(faults)
    return launches


def _block(
    plan: Plan,
    instance: Instance,
    block: range,
    units: Iterable[Running],
    launches: dict[str, tuple[str, Engine, Launch]],
) -> dict[str, bytes]:
    """The files of one run of periods."""
    start_hours = instance.start_up.hours
    lead = timedelta() if start_hours > 0 else UNPLANNED_LEAD
    running = [unit for unit in units if any(unit.schedule.on[period] for period in block)]
    files: dict[str, bytes] = {}
    calendars: dict[str, CronSchedule] = {}
    for unit in running:
        on = [unit.schedule.on[period] for period in block]
        starts = [plan.periods[period] for period in block]
        calendar = cron_schedule(on, starts, plan.period_hours, instance.horizon.timezone, lead)
        name, engine, launch = launches[unit.label]
        told = _annotations(plan, unit, name)
        schedule = scaled_object(unit, calendar, told)
        fixed = None if schedule else calendar.base
        objects = manifests_of(unit, engine, launch, told, fixed, 3600.0 * start_hours)
        files[f"unit-{unit.label}.yaml"] = _documents([*objects, *([schedule] if schedule else [])])
        calendars[unit.label] = calendar
    vendors = {unit.schedule.hardware: unit.vendor for unit in units}
    files["queue.yaml"] = _documents(queues(plan, instance, block, vendors))
    engines = [launches[unit.label][1] for unit in running]
    images = [{"name": image, "newTag": "latest"} for image in dict.fromkeys(one.image for one in engines)]
    files["kustomization.yaml"] = _documents([_kustomization(sorted(files), images)])
    files["README.md"] = notes(plan, running, launches, calendars, lead).encode()
    return files


def _annotations(plan: Plan, unit: Running, engine: str) -> dict[str, str]:
    """Where an object comes from, and what was chosen for it that the plan leaves open."""
    named = "" if unit.engine in ENGINES else f"engine {engine}: the plan names {unit.engine or 'none'}"
    assumed = "; ".join([*unit.assumed, *([named] if named else [])])
    known = {
        ROW: f"units[{unit.row}]",
        "planner/plan": plan.instance,
        "planner/unit-name": unit.schedule.unit,
        "planner/works": ", ".join(unit.works),
        "planner/assumed": assumed,
    }
    return {key: text for key, text in known.items() if text}


def _kustomization(resources: list[str], images: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
        "images": images,
    }


def _documents(objects: Iterable[dict[str, Any]]) -> bytes:
    return yaml.dump_all(objects, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120).encode()


class _Plain(yaml.SafeDumper):
    """YAML without anchors: what is said twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
