"""Where units lie: a node belongs to one channel, and what lies on each channel is decided channel by channel.

Units smaller than a node share nodes of a channel that sells nodes or domains, or have GPUs of one channel that sells
these one by one. A unit of whole nodes takes whole nodes, each of one channel; a unit that needs a domain lies in one
of a channel that sells domains, or on nodes that are sold one by one and come together. A container is filled in one of
the ways that leave no room for a further item, unless its sizes divide each other and it: then sums tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.reference.offers import BY_THE_HOUR, available_share, grain_of, serving_share
from tests.reference.program import Terms
from tests.reference.question import Question, times, total

Used = dict[tuple[str, str, int], int]


def shares_nodes(question: Question, hardware: str) -> bool:
    """Whether some unit of a hardware is smaller than a node."""
    return any(unit.shares for unit in question.units if unit.hardware == hardware)


def averaged(question: Question, hardware: str) -> bool:
    """Whether use is an average over time: units of whole nodes on nodes of which some are taken back at any time."""
    channels = question.instance["fleet"].get(hardware, {}).values()
    interrupted = any(available_share(channel) < 1.0 for channel in channels)
    return interrupted and not shares_nodes(question, hardware)


def add_packing(question: Question, used: Used) -> None:
    """Units and lent nodes on the nodes in use of each channel, by hardware and slot."""
    for hardware in question.instance["hardware"]:
        for slot in question.slots:
            _Hardware(question, used, hardware, slot.index).add()


@dataclass
class _Hardware:
    """One hardware in one slot; `node`, `lent` and `inside` are what lies on a channel, in nodes and units."""

    question: Question
    used: Used
    hardware: str
    slot: int
    small: dict[int, Terms] = field(default_factory=lambda: defaultdict(list))
    together: dict[int, Terms] = field(default_factory=lambda: defaultdict(list))
    anywhere: Terms = field(default_factory=list)

    def add(self) -> None:
        """Rows of every channel, and that all units lie somewhere."""
        question, program = self.question, self.question.program
        _, usable = question.domain(self.hardware)
        for place, unit in enumerate(question.units):
            if unit.hardware == self.hardware:
                on = question.on[place, self.slot]
                if unit.shares:
                    self.small[unit.gpus].append((on, 1.0))
                elif 1 < unit.nodes <= usable:
                    self.together[int(unit.nodes)].append((on, 1.0))
                else:
                    self.anywhere.append((on, float(unit.nodes)))
        lent_here = question.lent.get((self.hardware, self.slot), [])
        left = {size: times(-1.0, terms) for size, terms in {**self.small}.items()}
        in_domains: dict[int, Terms] = {size: [] for size in self.together}
        nodes, loose, lent_on = [], [], []
        whole = not averaged(question, self.hardware)
        for name, channel in question.instance["fleet"].get(self.hardware, {}).items():
            grain = grain_of(channel, question.domain(self.hardware)[0])
            on_nodes = [(program.column(whole=whole), 1.0)]
            nodes += on_nodes
            loose += on_nodes if grain != "domain" else []
            kept = lent_here and channel["kind"] not in BY_THE_HOUR
            lent = [(program.column(whole=whole), 1.0)] if kept else []
            lent_on += lent
            inside = self._in_domains(name, channel) if grain == "domain" else {}
            for size, column in inside.items():
                in_domains[size].append((column, 1.0))
            here = {size: program.column(whole=True) for size in self.small}
            for size, column in here.items():
                left[size].append((column, 1.0))
            full = [*on_nodes, *lent, *((column, float(size)) for size, column in inside.items())]
            self._on_nodes(name, channel, here, full)
        for terms in left.values():
            program.row(terms, 0.0, 0.0)
        apart = [
            *total([times(float(size), terms) for size, terms in self.together.items()]),
            *total([times(-float(size), terms) for size, terms in in_domains.items()]),
        ]
        for size, terms in self.together.items():
            program.row([*terms, *times(-1.0, in_domains[size])], lower=0.0)
        program.row([*loose, *times(-1.0, apart)], lower=0.0)
        program.row([*nodes, *times(-1.0, [*apart, *self.anywhere])], 0.0, 0.0)
        if lent_here:
            program.row([*lent_on, *times(-1.0, lent_here)], 0.0, 0.0)

    def _in_domains(self, name: str, channel: dict[str, Any]) -> dict[int, int]:
        """Columns of the units inside the domains of a channel, by their nodes."""
        question, program = self.question, self.question.program
        each, usable = question.domain(self.hardware)
        inside = {size: program.column(whole=True) for size in self.together}
        domains = times(available_share(channel) / each, question.held[self.hardware, name, self.slot])
        self._fill({size: [(column, 1.0)] for size, column in inside.items()}, usable, domains)
        return inside

    def _on_nodes(self, name: str, channel: dict[str, Any], here: dict[int, int], full: Terms) -> None:
        """Small units beside nodes that others take in full; in use are the GPUs under all of them."""
        question, gpus = self.question, self.question.gpus(self.hardware)
        used = self.used[self.hardware, name, self.slot]
        small = [(column, float(size)) for size, column in here.items()]
        question.program.row([*times(float(gpus), full), *small, (used, -float(gpus))], 0.0, 0.0)
        if grain_of(channel, question.domain(self.hardware)[0]) != "gpu":
            share = serving_share(channel, *question.domain(self.hardware))
            serving = times(share, question.held[self.hardware, name, self.slot])
            free = [*serving, *times(-1.0, full)]
            self._fill({size: [(column, 1.0)] for size, column in here.items()}, gpus, free)

    def _fill(self, items: dict[int, Terms], capacity: int, containers: Terms) -> None:
        """Items by size lie in containers."""
        program, sizes = self.question.program, sorted(items, reverse=True)
        if not sizes:
            return
        chain = all(large % small == 0 for large, small in pairwise(sizes))
        if chain and all(capacity % size == 0 for size in sizes):
            filled = total([times(float(size), terms) for size, terms in items.items()])
            program.row([*filled, *times(-float(capacity), containers)], upper=0.0)
            return
        fills = [(program.column(whole=True), fill) for fill in _fills(sizes, capacity)]
        for place, size in enumerate(sizes):
            room = [(column, -float(fill[place])) for column, fill in fills if fill[place]]
            program.row([*items[size], *room], upper=0.0)
        program.row([*((column, 1.0) for column, _ in fills), *times(-1.0, containers)], upper=0.0)


def _fills(sizes: list[int], capacity: int) -> Iterator[tuple[int, ...]]:
    """Ways to fill a container, those with room for the smallest item left out."""
    found: list[tuple[int, tuple[int, ...]]] = [(capacity, ())]
    for size in sizes:
        found = [(left - n * size, (*fill, n)) for left, fill in found for n in range(left // size + 1)]
    for left, fill in found:
        if left < sizes[-1]:
            yield fill
