"""A plan as units with their times, by block: what every export of what runs is written from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import yaml

from planner.plan.period_names import blocks_of, period_name
from planner.view.exports.kubernetes.cron_windows import CronSchedule, cron_schedule
from planner.view.exports.kubernetes.dns_names import dns_labels
from planner.view.exports.kubernetes.launched import LaunchedUnit, launched
from planner.view.exports.kubernetes.running import running_units

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.kubernetes.launched import Launcher

ROW = "planner/row"
"""The annotation that names a row of the plan."""
UNPLANNED_LEAD = timedelta(minutes=15)
"""How long before its hour a unit is started where the plan counts no start-up."""


@dataclass(frozen=True)
class ScheduledUnit:
    """One kind of unit, when how many run, and where it comes from, as annotations."""

    launched: LaunchedUnit
    times: CronSchedule
    annotations: dict[str, str]

    @property
    def most(self) -> int:
        """Most of them at once."""
        return max([self.times.base, *(window.replicas for window in self.times.windows)])


@dataclass(frozen=True)
class CalendarBlock:
    """One run of periods: the folder of its files, empty where it is the only one, and the units that run in it, each
    begun `lead` ahead. `hardware` are the labels of hardware."""

    folder: str
    periods: range
    lead: timedelta
    units: tuple[ScheduledUnit, ...]
    hardware: Mapping[str, str]

    def placed(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """The files within the folder of the block."""
        return {f"{self.folder}{name}": content for name, content in files.items()}


def calendar(plan: Plan, instance: Instance, launch: Launcher) -> Iterator[CalendarBlock]:
    """Every block of a plan; one with stages or scenarios has several.

    Raises InstanceError with every unit that cannot be launched so.
    """
    hardware = dns_labels(instance.fleet)
    labels = dns_labels(unit.unit for unit in plan.units)
    units = launched(running_units(plan, instance, labels, hardware), launch)
    runs = blocks_of(plan.periods)
    names = dns_labels(period_name(plan.periods[block.start]).block or "plan" for block in runs)
    lead = timedelta() if instance.start_up.hours > 0 else UNPLANNED_LEAD
    for block, name in zip(runs, names.values(), strict=True):
        folder = f"{name}/" if len(runs) > 1 else ""
        scheduled = tuple(_scheduled(plan, instance, block, units, lead))
        yield CalendarBlock(folder, block, lead, scheduled, hardware)


def _scheduled(
    plan: Plan, instance: Instance, block: range, units: Iterable[LaunchedUnit], lead: timedelta
) -> Iterator[ScheduledUnit]:
    starts = [plan.periods[period] for period in block]
    for one in units:
        on = [one.unit.schedule.on[period] for period in block]
        if any(on):
            times = cron_schedule(on, starts, plan.period_hours, instance.horizon.timezone, lead)
            yield ScheduledUnit(one, times, _annotations(plan, one))


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


def documents(objects: Iterable[dict[str, Any]]) -> bytes:
    """Objects as YAML documents of one file."""
    return yaml.dump_all(objects, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120).encode()


class _Plain(yaml.SafeDumper):
    """YAML without anchors: what is said twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
