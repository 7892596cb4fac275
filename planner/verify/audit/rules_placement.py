"""Rules on placement: every running unit lies on nodes that are held, no node has more than its GPUs.

A bin packing, looked at and not solved: GPUs are added up node by node and period by period.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from planner.verify.audit.grain import by_the_domain, by_the_gpu

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.plan.contents import Placed
    from planner.rates import Unit
    from planner.verify.audit.facts import Facts

    Series = NDArray[np.float64]

Broken = tuple[str, str, float]
NODE = re.compile(r"(?:d([1-9][0-9]{0,8}))?n([1-9][0-9]{0,8})")
PART = 1e-6


def placement(facts: Facts) -> Iterator[Broken]:
    """Where nodes are shared, or whole domains are sold, each unit has its place in every period in which it runs."""
    for hardware in facts.instance.fleet:
        mine = [record for record in facts.plan.placed if record.hardware == hardware]
        if _matters(facts, hardware):
            yield from _Places(facts, hardware).judged(mine)
        elif mine:
            yield (
                f"placed on {hardware}",
                "is recorded, though its units take whole nodes of any kind",
                float(len(mine)),
            )


def _matters(facts: Facts, hardware: str) -> bool:
    """Whether some unit shares nodes, or lies in a domain that is sold as a whole."""
    units = [unit for unit in facts.rates.units if unit.hardware == hardware]
    sold = [c for key, c in facts.channels.items() if key[0] == hardware]
    racks = any(by_the_domain(channel, facts.nodes[hardware]) for channel in sold)
    return any(unit.nodes < 1 for unit in units) or (racks and any(unit.needs_domain for unit in units))


class _Places:
    """What is held of one hardware, and what its units take."""

    def __init__(self, facts: Facts, hardware: str) -> None:
        self.facts, self.hardware, self.node = facts, hardware, facts.nodes[hardware]
        self.units = {unit.name: unit for unit in facts.rates.units if unit.hardware == hardware}
        nothing = np.zeros(facts.periods)
        self.domains, self.nodes, self.gpus = nothing.copy(), nothing.copy(), nothing.copy()
        for key, channel in facts.channels.items():
            if key[0] != hardware:
                continue
            if by_the_gpu(channel):
                self.gpus += facts.held[key] * self.node.gpus
            elif by_the_domain(channel, self.node):
                self.domains += facts.held[key] / self.node.nodes_per_domain
            else:
                self.nodes += facts.held[key]
        self.taken: dict[tuple[int, int], Series] = defaultdict(nothing.copy)
        self.apart = nothing.copy()

    def judged(self, records: list[Placed]) -> Iterator[Broken]:
        """Everything that does not fit."""
        placed: dict[str, Series] = {name: np.zeros(self.facts.periods) for name in self.units}
        alone: dict[tuple[str, int], Series] = defaultdict(lambda: np.zeros(self.facts.periods))
        for record in records:
            where = f"{record.unit} {record.number} periods {record.first}-{record.last}"
            unit = self.units.get(record.unit)
            if unit is None:
                yield where, f"no such unit of {self.hardware}", 1.0
            elif not self.facts.within(record.first, record.last):
                yield where, "lies outside of the plan", 1.0
            else:
                span = slice(record.first, record.last + 1)
                placed[record.unit][span] += 1.0
                alone[record.unit, record.number][span] += 1.0
                for message in self._put(unit, record, span):
                    yield where, message, 1.0
        yield from self._counted(placed, alone)
        yield from self._within()

    def _put(self, unit: Unit, record: Placed, span: slice) -> Iterator[str]:
        """Take the GPUs of a unit's nodes; what is wrong with these by themselves."""
        takes, each = math.ceil(unit.nodes), unit.gpus if unit.nodes < 1 else self.node.gpus
        self.apart[span] += each * max(0, takes - len(record.nodes))
        read = [NODE.fullmatch(name) for name in record.nodes]
        places = [(int(found[1] or 0), int(found[2])) for found in read if found is not None]
        if len(places) < len(read):
            yield f"{record.nodes} are no names of nodes"
        if len(set(places)) != len(record.nodes) or len(places) > takes:
            yield f"lies on {len(set(places))} nodes of {len(record.nodes)} told, and takes {takes}"
        if unit.needs_domain and len({domain for domain, _ in places}) > 1:
            yield "lies in several domains, and needs one"
        for place in set(places):
            self.taken[place][span] += each

    def _counted(self, placed: dict[str, Series], alone: dict[tuple[str, int], Series]) -> Iterator[Broken]:
        """As many units have a place as run, none has two."""
        for index, unit in enumerate(self.facts.rates.units):
            if unit.hardware != self.hardware:
                continue
            for period in np.flatnonzero(placed[unit.name] != self.facts.on[index]).tolist():
                located, on = placed[unit.name][period], self.facts.on[index, period]
                yield (
                    f"{unit.name} in period {period}",
                    f"{located:g} have a place, {on:g} run",
                    float(abs(located - on)),
                )
        for (name, number), times in alone.items():
            for period in np.flatnonzero(times > 1).tolist():
                yield f"{name} {number} in period {period}", "lies in two places at once", 1.0

    def _within(self) -> Iterator[Broken]:
        """No node takes more than its GPUs, and each is there; nodes that are lent are free."""
        used = np.zeros(self.facts.periods)
        for (domain, number), gpus in self.taken.items():
            name = f"{self.hardware} {f'd{domain}' if domain else ''}n{number}"
            used += gpus > 0
            for period in np.flatnonzero(gpus > self.node.gpus).tolist():
                message = f"units take {gpus[period]:g} of its {self.node.gpus} GPUs"
                yield f"{name} in period {period}", message, float(gpus[period] - self.node.gpus)
            there = self.domains + PART >= domain if domain else self.nodes + PART >= number
            if domain and number > self.node.usable_nodes_per_domain:
                there = np.zeros(self.facts.periods, dtype=bool)
            for period in np.flatnonzero((gpus > 0) & ~there).tolist():
                yield f"{name} in period {period}", "is not held, or stands by", 1.0
        for period in np.flatnonzero(self.apart > self.gpus + PART).tolist():
            message = f"{self.apart[period]:g} GPUs lie apart, {self.gpus[period]:g} are hired one by one"
            yield (
                f"{self.hardware} in period {period}",
                message,
                float(self.apart[period] - self.gpus[period]),
            )
        room = self.nodes + self.domains * self.node.usable_nodes_per_domain
        over = used + self.facts.nodes_lent[self.hardware] - room
        for period in np.flatnonzero(over > PART).tolist():
            message = f"{used[period]:g} nodes under units and those lent are more than are held"
            yield f"{self.hardware} in period {period}", message, float(over[period])


placement_rules = (("placement", placement),)
