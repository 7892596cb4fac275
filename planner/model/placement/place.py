"""Place: units stay where they are; what is new, or lost its place, is put into the fullest container that has room.

Where no container has room, all units are placed anew, the largest first, each where it was if it still fits there:
with sizes that divide each other that always succeeds (see `planner.model.packing`). Other sizes take the patterns of
the solution, each on the node whose units it keeps best.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels import Grain
from planner.model.placement.patterns import Contents, contents_of, seats
from planner.model.placement.room import LOOSE, Node, Place, Room
from planner.model.settle import nodes_lent
from planner.plan.contents import Placed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.model.values import Values

Key = tuple[int, int]
"""A unit: position of its type, and its number."""


def placed_of(sets: Sets, values: Values) -> tuple[Placed, ...]:
    """Where every unit lies, of hardware whose nodes are shared or whose domains are sold as a whole."""
    return tuple(
        record
        for hardware in range(len(sets.hardware))
        if _asks(sets, hardware)
        for record in _Hardware(sets, values, hardware).records()
    )


def _asks(sets: Sets, hardware: int) -> bool:
    """Whether it matters where units of a hardware lie."""
    sold_whole = any(c.hardware == hardware and c.grain is Grain.DOMAIN for c in sets.channels)
    together = any(
        kind.needs_domain
        for kind, place in zip(sets.units, sets.hardware_of, strict=True)
        if place == hardware
    )
    return bool(sets.parts[hardware] > 1) or (sold_whole and together)


@dataclass
class _Run:
    """Where a unit lies, and since which period."""

    place: Place
    first: int


@dataclass
class _Hardware:
    """The units of one hardware, period by period."""

    sets: Sets
    values: Values
    hardware: int
    runs: dict[Key, _Run] = field(default_factory=dict)
    done: list[Placed] = field(default_factory=list)

    def records(self) -> list[Placed]:
        """Runs of every unit, in order of type, number and time."""
        sets = self.sets
        self.units = np.flatnonzero(sets.hardware_of == self.hardware).tolist()
        self.units.sort(key=lambda unit: -int(sets.unit_parts[unit]))
        self.held = _held(sets, self.values, self.hardware)
        for period in range(sets.periods):
            self._period(period)
        for key in list(self.runs):
            self._end(key, sets.periods - 1)
        return sorted(self.done, key=lambda one: (one.unit, one.number, one.first))

    def _period(self, period: int) -> None:
        """Units of a period: those that stay, then those that need a place."""
        sets, room = self.sets, self._room(period)
        parts = room.parts
        for key, run in self.runs.items():
            if sets.unit_parts[key[0]] < parts and run.place:
                room.busy[run.place[0]] = room.busy.get(run.place[0], 0) + int(sets.unit_parts[key[0]])
        large = [unit for unit in self.units if sets.unit_parts[unit] >= parts]
        small = [unit for unit in self.units if sets.unit_parts[unit] < parts]
        places: dict[Key, Place] = {}
        for units, of_nodes in ((large, False), (small, True)):
            asked = self._asked(units, period)
            trial = Room(parts, room.domains, dict(room.free), room.by_gpu, room.busy)
            found = self._placed(asked, trial)
            if found is None:
                trial = Room(parts, room.domains, dict(room.free), room.by_gpu, room.busy)
                found = self._anew(
                    asked, trial, contents_of(sets, self.values, self.hardware, of_nodes, period)
                )
            if found is None:
                return  # the audit refuses a unit without a place
            room, places = trial, places | found
        self._move(places, period)

    def _asked(self, units: list[int], period: int) -> list[Key]:
        """Units that run, the largest first; of a type those that lie somewhere already keep their numbers."""
        keys = []
        for unit in units:
            count = int(self.values.on[unit, period])
            there = sorted(number for kind, number in self.runs if kind == unit)[:count]
            new = (number for number in range(1, count + len(there) + 1) if number not in there)
            keys += [(unit, number) for number in (*there, *(next(new) for _ in range(count - len(there))))]
        return keys

    def _placed(self, asked: list[Key], room: Room) -> dict[Key, Place] | None:
        """Each where it was if it fits there, and the others where there is room; None where there is none."""
        found: dict[Key, Place] = {}
        for key in asked:
            size, old = int(self.sets.unit_parts[key[0]]), self.runs.get(key)
            if old is not None and room.has(old.place, size):
                room.take(old.place, size)
                found[key] = old.place
        for key in asked:
            if key not in found:
                place = self._new(key, room)
                if place is None:
                    return None
                room.take(place, int(self.sets.unit_parts[key[0]]))
                found[key] = place
        return found

    def _new(self, key: Key, room: Room) -> Place | None:
        size = int(self.sets.unit_parts[key[0]])
        if size < room.parts:
            return room.best(size)
        return room.whole(size // room.parts, self.sets.units[key[0]].needs_domain)

    def _anew(self, asked: list[Key], room: Room, contents: Contents | None) -> dict[Key, Place] | None:
        """All of them, the largest first, each size where it was as far as that is free."""
        if contents is not None:
            old = {key: run.place for key, run in self.runs.items() if key in asked}
            return seats(asked, self.sets.unit_parts, old, room, contents)
        found: dict[Key, Place] = {}
        sizes = dict.fromkeys(int(self.sets.unit_parts[unit]) for unit, _ in asked)
        for size in sizes:
            some = self._placed([key for key in asked if self.sets.unit_parts[key[0]] == size], room)
            if some is None:
                return None
            found |= some
        return found

    def _move(self, places: dict[Key, Place], period: int) -> None:
        """End the runs of units that stop or move, begin those of units that start or have moved."""
        for key in list(self.runs):
            if places.get(key) != self.runs[key].place or key not in places:
                self._end(key, period - 1)
        for key, place in places.items():
            self.runs.setdefault(key, _Run(place, period))

    def _end(self, key: Key, last: int) -> None:
        run = self.runs.pop(key)
        self.done.append(
            Placed(
                unit=self.sets.units[key[0]].name,
                number=key[1],
                hardware=self.sets.hardware[self.hardware],
                nodes=tuple(node_name(node) for node in run.place),
                first=run.first,
                last=last,
            )
        )

    def _room(self, period: int) -> Room:
        """Nodes of a period that are not lent: of those sold one by one the last are lent first."""
        domains, loose, by_gpu, lent = (int(kind[period]) for kind in self.held)
        usable, parts = int(self.sets.usable_per_domain[self.hardware]), int(self.sets.parts[self.hardware])
        nodes: list[Node] = [(LOOSE, number) for number in range(loose, 0, -1)]
        nodes += [(domain, number) for domain in range(domains, 0, -1) for number in range(usable, 0, -1)]
        return Room(parts, tuple(range(1, domains + 1)), dict.fromkeys(reversed(nodes[lent:]), parts), by_gpu)


def node_name(node: Node) -> str:
    """`d2n5` is node 5 of domain 2, `n5` one of those that are sold one by one."""
    return f"n{node[1]}" if node[0] == LOOSE else f"d{node[0]}n{node[1]}"


def _held(sets: Sets, values: Values, hardware: int) -> NDArray[np.int64]:
    """Domains, nodes sold one by one, parts hired GPU by GPU, and nodes lent, shape [kind, period]."""
    kinds = {Grain.DOMAIN: 0, Grain.NODE: 1, Grain.GPU: 2}
    held = np.zeros((4, sets.periods))
    for offer in np.flatnonzero(values.acquire).tolist():
        channel = sets.channels[sets.offer_channel[offer]]
        if channel.hardware == hardware:
            nodes = float(values.acquire[offer]) * channel.increment_nodes
            held[kinds[channel.grain], sets.first[offer] : sets.last[offer] + 1] += nodes
    held[0] /= sets.nodes_per_domain[hardware]
    held[2] *= sets.parts[hardware]
    held[3] = nodes_lent(sets, values, hardware)
    return np.rint(held).astype(np.int64)
