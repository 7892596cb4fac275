"""Failure facts with their sources, for instances that give none of their own."""

from __future__ import annotations

from dataclasses import dataclass

from kernels.facts import figure, read


@dataclass(frozen=True)
class FailureFacts:
    """How often a node leaves service in a year, how long it is away, and who says so."""

    failures_per_node_year: float
    repair_hours: float
    source: str


def failure_facts() -> FailureFacts:
    """The default failure rate and repair time of a node of eight GPUs."""
    default = read("", "failures")["default"]
    failures, repair = (figure(default[key]) for key in ("failures_per_node_year", "repair_hours"))
    if failures is None or repair is None:
        raise ValueError("kernels/data/failures.yaml: the default needs numbers")
    source = "; ".join(str(entry["source"]) for entry in default.values())
    return FailureFacts(failures_per_node_year=failures, repair_hours=repair, source=source)
