"""Units with the engine that runs each, and its commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.view.exports.kubernetes.engines import ENGINES, USUAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.view.exports.kubernetes.engines import Engine, Launch
    from planner.view.exports.kubernetes.running import Running


@dataclass(frozen=True)
class LaunchedUnit:
    """One kind of unit, its engine by name, and how that is launched."""

    unit: Running
    engine_name: str
    engine: Engine
    launch: Launch


def launched(units: Iterable[Running]) -> list[LaunchedUnit]:
    """Every unit by the engine that the plan names, else by the usual one.

    Raises InstanceError with every unit that its engine cannot run.
    """
    found: list[LaunchedUnit] = []
    faults: list[Fault] = []
    for unit in units:
        name = unit.engine if unit.engine in ENGINES else USUAL
        try:
            found.append(LaunchedUnit(unit, name, ENGINES[name], ENGINES[name].launch(unit)))
        except ValueError as reason:
            faults.append(Fault(f"unit '{unit.schedule.unit}': {reason}"))
    if faults:
        raise InstanceError(faults)
    return found
