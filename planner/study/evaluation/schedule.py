"""Schedules of nodes: step functions of time, per hardware and channel.

A schedule file is CSV with a header; leading `#` lines are comments. Columns: `start` (ISO 8601 with offset),
`nodes`, and, where the instance has more than one, `hardware` and `channel`. A step lasts until the next one
of the same channel begins, the last one until the end of the horizon; an `hours` column must agree with that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import SECONDS_PER_HOUR
from planner.loader.catalog.table import Line, number, parse_lines, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.instance import Instance

Key = tuple[str, str]


@dataclass(frozen=True)
class FleetSchedule:
    """Nodes held by (hardware, channel): time-weighted mean and maximum in each period, shape [period]."""

    mean: dict[Key, NDArray[np.float64]]
    peak: dict[Key, NDArray[np.float64]]

    def nodes_of(self, hardware: str) -> NDArray[np.float64]:
        """Mean nodes of a hardware, shape [period]."""
        mine = [nodes for key, nodes in self.mean.items() if key[0] == hardware]
        return np.asarray(np.sum(mine, axis=0))


@dataclass(frozen=True)
class _Step:
    """One line of the file, `begin` in hours since the beginning of the horizon."""

    key: Key
    begin: float
    hours: float | None
    nodes: float
    line: int


def constant_schedule(instance: Instance, nodes: dict[str, float]) -> FleetSchedule:
    """A fleet that never changes: nodes by `hardware` or `hardware.channel`.

    Raises
    ------
    InstanceError
        A name is unknown, a hardware has several channels and none is named, or a channel is named twice.
    """
    periods = np.ones(instance.periods)
    keys = {label: _key_of_label(instance, label) for label in nodes}
    twice = [label for label, key in keys.items() if list(keys.values()).count(key) > 1]
    if twice:
        raise InstanceError([Fault(f"nodes of one channel are given more than once: {', '.join(twice)}")])
    constant = {keys[label]: periods * count for label, count in nodes.items()}
    return FleetSchedule(mean=constant, peak=constant)


def baseline_schedule(instance: Instance) -> FleetSchedule:
    """The baseline that an instance states: mean nodes by period, on its only channel.

    Raises
    ------
    InstanceError
        There is no baseline, or several channels could supply it.
    """
    if instance.baseline is None:
        raise InstanceError([Fault("the instance states no baseline", "baseline")])
    channels = [(hardware, name) for hardware, there in instance.fleet.items() for name in there]
    if len(channels) > 1:
        message = (
            f"does not say by which of {len(channels)} channels its nodes come: no cost is known of them"
        )
        raise InstanceError([Fault(message, "baseline.nodes")])
    (key,) = channels
    nodes = np.broadcast_to(np.asarray(instance.baseline.nodes, dtype=np.float64), (instance.periods,))
    return FleetSchedule(mean={key: nodes}, peak={key: nodes})


def read_schedule(path: Path, instance: Instance) -> FleetSchedule:
    """Read a schedule file for an instance.

    Raises
    ------
    InstanceError
        With every line that cannot be read, and where the steps do not cover the horizon.
    """
    table = read_table(path)
    steps = parse_lines(table, lambda line: _parse(line, instance))
    if not steps:
        raise InstanceError([Fault("the schedule has no steps", file=str(path))])
    mean: dict[Key, NDArray[np.float64]] = {}
    peak: dict[Key, NDArray[np.float64]] = {}
    faults: list[Fault] = []
    for key in dict.fromkeys(step.key for step in steps):
        mine = sorted((step for step in steps if step.key == key), key=lambda step: step.begin)
        faults += [Fault(message, file=str(path), line=line) for message, line in _gaps(mine, instance)]
        mean[key], peak[key] = _over_periods(mine, instance)
    if faults:
        raise InstanceError(faults)
    return FleetSchedule(mean=mean, peak=peak)


def _parse(line: Line, instance: Instance) -> _Step:
    label = ".".join(cell for name in ("hardware", "channel") if (cell := line.cells.get(name, "")))
    nodes = number(line, "nodes")
    if nodes < 0:
        raise ValueError(f"nodes: {nodes:g} is negative")
    try:
        moment = datetime.fromisoformat(line.cells["start"])
    except ValueError:
        raise ValueError(f"start: {line.cells['start']!r} is not an ISO 8601 date and time") from None
    if moment.tzinfo is None:
        raise ValueError("start: needs an offset from UTC, such as +08:00")
    begin = (moment - instance.horizon.start).total_seconds() / SECONDS_PER_HOUR
    hours = number(line, "hours") if line.cells.get("hours") else None
    try:
        key = _key_of_label(instance, label)
    except InstanceError as error:
        raise ValueError(str(error)) from None
    return _Step(key, begin, hours, nodes, line.number)


def _key_of_label(instance: Instance, label: str) -> Key:
    """(hardware, channel) of "", "hardware" or "hardware.channel"; what is left out must be unique."""
    keys = [(hardware, channel) for hardware, channels in instance.fleet.items() for channel in channels]
    found = [key for key in keys if label in ("", key[0], ".".join(key))]
    if len(found) != 1:
        there = ", ".join(".".join(key) for key in keys)
        problem = "there is none of that name" if not found else "say which one"
        raise InstanceError([Fault(f"nodes of '{label or 'the fleet'}': {problem}; there are {there}")])
    return found[0]


def _gaps(steps: list[_Step], instance: Instance) -> list[tuple[str, int]]:
    """Steps that do not begin with the horizon, or that do not follow each other without a gap."""
    faults = []
    if not math.isclose(steps[0].begin, 0.0, abs_tol=1e-6) and steps[0].begin > 0:
        faults.append((f"the first step begins {steps[0].begin:g} h after the horizon", steps[0].line))
    for step, following in pairwise(steps):
        lasts = following.begin - step.begin
        if lasts <= 0:
            faults.append(("a second step begins at the same time", following.line))
        elif step.hours is not None and not math.isclose(step.hours, lasts, abs_tol=1e-6):
            faults.append((f"lasts {step.hours:g} h, the next step begins after {lasts:g} h", step.line))
    return faults


def _over_periods(steps: list[_Step], instance: Instance) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and maximum nodes in each period."""
    ends = np.cumsum(instance.timeline.hours)
    begins = ends - instance.timeline.hours
    mean, peak = np.zeros_like(ends), np.zeros_like(ends)
    stops = [*(step.begin for step in steps[1:]), float(ends[-1])]
    for step, stop in zip(steps, stops, strict=True):
        inside = np.clip(np.minimum(ends, stop) - np.maximum(begins, step.begin), 0.0, None)
        mean += step.nodes * inside
        peak = np.where(inside > 1e-9, np.maximum(peak, step.nodes), peak)
    return mean / instance.timeline.hours, peak
