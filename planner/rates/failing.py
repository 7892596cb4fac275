"""How often nodes of a hardware fail: what the instance says, or else the kernel's default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernels.queueing import failure_facts

if TYPE_CHECKING:
    from planner.instance import Instance


def node_failures(instance: Instance, hardware: str) -> tuple[float, float]:
    """Failures per node and year, and hours until a failed node serves again."""
    given, default = instance.hardware.get(hardware), failure_facts()
    rate = given.failures_per_node_year if given is not None else None
    repair = given.repair_hours if given is not None else None
    return (
        default.failures_per_node_year if rate is None else rate,
        default.repair_hours if repair is None else repair,
    )


def swap_hours(instance: Instance, hardware: str) -> float | None:
    """Hours until a unit runs again on a spare node; None where it waits for its own node's repair."""
    given = instance.hardware.get(hardware)
    return None if given is None else given.swap_hours
