"""What every file of rows works on: the instance, its time, its works and units, and the program they write to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from tests.reference.program import Program, Terms
from tests.reference.timeline import Slot, Timeline
from tests.reference.works import Demand, Unit, units_of


@dataclass
class Question:
    """An instance as plain data, and the program that grows as files of rows add to it."""

    instance: dict[str, Any]
    timeline: Timeline
    demand: Demand
    units: list[Unit]
    program: Program = field(default_factory=Program)
    held: dict[tuple[str, str, int], Terms] = field(default_factory=dict)
    """Nodes held by hardware, channel and slot."""
    capital: list[tuple[int, int, float]] = field(default_factory=list)
    """Column, stage it begins in and what one of it takes of the money paid at the start."""
    taken: list[tuple[str, dict[str, Any], Any, int, float]] = field(default_factory=list)
    """Hardware, channel, offer, column and nodes of one of it, of everything that can be taken."""
    spent: list[tuple[int, int, float]] = field(default_factory=list)
    """Column, stage and expected money of the day that one of it takes as it is used."""
    earns: set[int] = field(default_factory=set)
    """Columns that bring money in."""
    on: dict[tuple[int, int], int] = field(default_factory=dict)
    """Columns: how many of a unit (by its place) run in a slot."""
    serving: dict[tuple[int, int], Terms] = field(default_factory=dict)
    """Units that serve, those that start left out, by unit and slot."""
    sent_away: dict[tuple[str, int], Terms] = field(default_factory=dict)
    """Share of a workload that is shed or sold on, by workload and slot."""
    lent: dict[tuple[str, int], Terms] = field(default_factory=dict)
    """Nodes lent by hardware and slot."""

    chosen: dict[tuple[str, str], dict[int, int]] = field(default_factory=dict)
    """Where a phase of a workload at several sites goes to one kind of unit: which, by workload and phase."""
    stays: dict[tuple[str, int], dict[tuple[str, str], Terms]] = field(default_factory=dict)
    """Prompts per second that are answered where they are read, by workload and slot, and by place."""
    shares: dict[tuple[str, int, int], dict[str, Terms]] = field(default_factory=dict)
    """Share of a workload's prompts and of its answers that a unit that does both does, by workload, unit and slot."""
    sent: dict[tuple[str, int], dict[Any, int]] = field(default_factory=dict)
    """Columns: share of a workload that goes each way, by workload and slot."""
    carried: dict[tuple[str, int], Terms] = field(default_factory=dict)
    """Gbit/s that pass a link, by link and slot."""

    @classmethod
    def of(cls, instance: dict[str, Any]) -> Question:
        """The question of an instance, without any rows."""
        timeline = Timeline(instance)
        return cls(instance, timeline, Demand(instance, timeline), units_of(instance))

    def spend(self, column: int, value: float, stage: int, scenario: int | None = None) -> None:
        """One of a column costs so much in a stage, its time's discount counted, and is paid as it is used."""
        self.program.cost(column, value, scenario)
        chance = 1.0 if scenario is None else self.timeline.probabilities[scenario]
        whole = self.timeline.repeats(stage) / self.timeline.paid(stage)
        if value:
            self.spent.append((column, stage, value * whole * chance))

    @property
    def slots(self) -> list[Slot]:
        """Every slot."""
        return self.timeline.slots

    def channels(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Hardware, name and fields of every channel."""
        return [
            (hardware, name, channel)
            for hardware, channels in self.instance["fleet"].items()
            for name, channel in channels.items()
        ]

    def gpus(self, hardware: str) -> int:
        """GPUs of a node."""
        return int(self.instance["hardware"][hardware]["gpus_per_node"])

    def lot(self, hardware: str) -> int:
        """GPUs that come at once where they are sold one by one: as many as divide a node and every unit on it."""
        sizes = [unit.gpus for unit in self.units if unit.hardware == hardware and unit.shares]
        return math.gcd(self.gpus(hardware), *sizes)

    def domain(self, hardware: str) -> tuple[int, int]:
        """Nodes of a scale-up domain, and those of them that run units."""
        own = self.instance["hardware"][hardware]
        nodes = int(own.get("nodes_per_domain", 1))
        return nodes, min(nodes, int(own.get("usable_nodes_per_domain", nodes)))

    def power_kw(self, hardware: str) -> float | None:
        """Power of a node in use, where the instance gives it."""
        power = self.instance["hardware"][hardware].get("power_kw_per_node")
        return None if power is None else float(power)

    def idle_kw(self, hardware: str) -> float:
        """Power of a node that is held and runs nothing."""
        return float(self.instance["hardware"][hardware].get("idle_power_kw_per_node") or 0.0)


def total(many: list[Terms]) -> Terms:
    """The sum of linear expressions."""
    return [term for terms in many for term in terms]


def times(factor: float, terms: Terms) -> Terms:
    """A linear expression times a number."""
    return [(column, factor * value) for column, value in terms]
