"""Units with the engine that runs each, and its commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.view.exports.kubernetes.engines import ENGINES, USUAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from planner.view.exports.kubernetes.engines import Engine, Launch
    from planner.view.exports.kubernetes.running import Running

    Launcher = Callable[[Engine, Running], Launch]


@dataclass(frozen=True)
class LaunchedUnit:
    """One kind of unit, its engine by name, and how that is launched."""

    unit: Running
    engine_name: str
    engine: Engine
    launch: Launch


def launched(units: Iterable[Running], launch: Launcher) -> list[LaunchedUnit]:
    """Every unit by the engine that the plan names, else by the usual one, launched as `launch` says.

    Raises InstanceError with every unit for which that raises ValueError.
    """
    found: list[LaunchedUnit] = []
    faults: list[Fault] = []
    for unit in units:
        name = unit.engine if unit.engine in ENGINES else USUAL
        try:
            found.append(LaunchedUnit(unit, name, ENGINES[name], launch(ENGINES[name], unit)))
        except ValueError as reason:
            faults.append(Fault(f"unit '{unit.schedule.unit}': {reason}"))
    if faults:
        raise InstanceError(faults)
    return found
