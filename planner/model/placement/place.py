"""Placement: units stay where they are; what is new, or lost its place, goes into the fullest container that has room.

Where no container has room, all units are placed anew, the largest first, each where it was if it still fits there:
with sizes that divide each other that always succeeds (see `planner.model.packing`). Other sizes take the patterns of
the solution, each on the node whose units it keeps best. Units that need a domain come first, for no other node does;
then other large ones, the nodes that are lent, and those that share what is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels import Grain
from planner.model.held_nodes import held_nodes
from planner.model.placement.by_channel import Seated, seated_in
from planner.model.placement.held import channels_of_grain, held_by_kind, parts_by_gpu
from planner.model.placement.on_channels import OnChannels, by_channel
from planner.model.placement.patterns import contents_of, seats
from planner.model.placement.room import GPUS, LOOSE, NodeKey, NodeKeys, Room
from planner.model.settle import WHOLE_NODE
from planner.plan.contents import Placed
from planner.plan.node_names import NodeName

if TYPE_CHECKING:
    from planner.model.sets import Sets
    from planner.model.values import Values

Key = tuple[int, int]
"""A unit: position of its type, and its number."""
EITHER, INSIDE, APART, ANYWHERE, SHARED = "either", "inside", "apart", "anywhere", "shared"
"""Where units go: into a domain or on nodes beside, only the one, only the other, on any nodes, on nodes they share."""


def placed_of(sets: Sets, values: Values) -> tuple[Placed, ...]:
    """Where every unit lies, of hardware whose nodes are shared or whose domains are sold as a whole."""
    return tuple(
        record
        for hardware in range(len(sets.hardware))
        if asks(sets, hardware)
        for record in _Hardware(sets, values, hardware).records()
    )


def asks(sets: Sets, hardware: int) -> bool:
    """Whether it matters where units of a hardware lie."""
    mine = np.flatnonzero(sets.hardware_of == hardware).tolist()
    sold_whole = any(c.hardware == hardware and c.grain is Grain.DOMAIN for c in sets.channels)
    together = any(sets.units[unit].needs_domain for unit in mine)
    return bool((sets.nodes[mine] < 1).any()) or (sold_whole and together)


@dataclass
class _Run:
    """Where a unit lies, and since which period."""

    place: NodeKeys
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
        self.held_nodes = held_nodes(sets, self.values.acquire)
        self.held = held_by_kind(sets, self.values, self.held_nodes, self.hardware)
        self.by_gpu = parts_by_gpu(sets, self.held_nodes, self.hardware)
        for period in range(sets.periods):
            self._period(period)
        for key in list(self.runs):
            self._end(key, sets.periods - 1)
        return sorted(self.done, key=lambda one: (one.unit, one.number, one.first))

    def _period(self, period: int) -> None:
        """Places of a period, few of them new; else all: on nodes that are in use, else on any that are held."""
        places = self._on_channels(period)
        for in_use, stay, lent_first in product((True, False), (True, False), (False, True)):
            places = places or self._places(period, stay, in_use, lent_first)
        if places is not None:
            self._move(places, period)

    def _on_channels(self, period: int) -> dict[Key, NodeKeys] | None:
        """Places on the channels that the solution seats units on, where it does."""
        one = by_channel(self.sets, self.hardware)
        if one is None:
            return None
        held = np.floor(self.held_nodes[:, period] + WHOLE_NODE).astype(np.int64)
        old = {key: run.place for key, run in self.runs.items()}
        asked = self._asked(self.units, period)
        return OnChannels(self.sets, self.values, one, period, held, asked, old).places()

    def _places(self, period: int, stay: bool, in_use: bool, lent_first: bool) -> dict[Key, NodeKeys] | None:
        """A place for each unit that runs, `stay` where it was as far as that is free; None where one has none.

        `lent_first`: nodes that are lent are taken before those under large units, which may lie on GPUs that are sold
        one by one, where no node can be lent. Where the solution says what lies there, the large ones come first.
        """
        sets, room, seated = (
            self.sets,
            self._room(period, in_use),
            seated_in(self.sets, self.values, self.hardware, period),
        )
        old = {key: run.place for key, run in self.runs.items()} if stay else {}
        for key, place in old.items():
            if sets.unit_parts[key[0]] < room.parts and place[0][0] != GPUS:
                room.busy[place[0]] = room.busy.get(place[0], 0) + int(sets.unit_parts[key[0]])
        large = [unit for unit in self.units if sets.unit_parts[unit] >= room.parts]
        together = self._asked([unit for unit in large if sets.units[unit].needs_domain], period)
        others = self._asked([unit for unit in large if not sets.units[unit].needs_domain], period)
        small = self._asked([unit for unit in self.units if sets.unit_parts[unit] < room.parts], period)
        places: dict[Key, NodeKeys] = {}
        inside: list[Key] = []
        lent, lent_first = int(self.held[2][period]), lent_first and seated is None
        if lent_first and not room.lend(lent):
            return None
        if seated is not None:
            room.by_gpu, room.gpus_first = dict(seated.nodes), True
            inside, together = self._split(together, old, seated)
        steps = [(inside, INSIDE), (together, EITHER if seated is None else APART), (others, ANYWHERE)]
        for asked, where in steps:
            if not self._put(asked, where, room, old, places, period):
                return None
        if stay and seated is not None and any(room.by_gpu.values()):
            return None  # a unit that stays on a node of another channel leaves GPUs without the unit that runs there
        if not lent_first and not room.lend(lent):
            return None
        if seated is not None:
            apart = self._of_gpus(small, old, seated)
            places |= apart
            small, room.by_gpu = [key for key in small if key not in apart], {}
        return places if self._put(small, SHARED, room, old, places, period) else None

    def _put(
        self,
        asked: list[Key],
        where: str,
        room: Room,
        old: dict[Key, NodeKeys],
        places: dict[Key, NodeKeys],
        period: int,
    ) -> bool:
        """Add places of some units; whether all have one."""
        trial = room.copy()
        found = self._placed(asked, where, trial, old)
        if found is None:
            trial = room.copy()
            found = self._anew(asked, where, trial, old, period)
        if found is None:
            return False
        for key, place in found.items():
            room.take(place, int(self.sets.unit_parts[key[0]]))
        places |= found
        return True

    def _split(
        self, together: list[Key], old: dict[Key, NodeKeys], seated: Seated
    ) -> tuple[list[Key], list[Key]]:
        """Units inside of domains, as many of a size as the solution has there, and the others."""
        inside: list[Key] = []
        for size, count in seated.inside.items():
            alike = [key for key in together if self.sets.unit_parts[key[0]] == size]
            inside += sorted(alike, key=lambda key: old.get(key, ((LOOSE, 0),))[0][0] <= LOOSE)[:count]
        return inside, [key for key in together if key not in inside]

    def _of_gpus(self, small: list[Key], old: dict[Key, NodeKeys], seated: Seated) -> dict[Key, NodeKeys]:
        """Small units on GPUs that are sold one by one, as many of a size as the solution has on each channel."""
        found: dict[Key, NodeKeys] = {}
        for (size, channel), count in seated.on_gpus.items():
            place: NodeKeys = ((GPUS, channel),)
            alike = [key for key in small if key not in found and self.sets.unit_parts[key[0]] == size]
            alike.sort(key=lambda key: old.get(key) != place)
            found |= dict.fromkeys(alike[:count], place)
        return found

    def _asked(self, units: list[int], period: int) -> list[Key]:
        """Units that run, the largest first; of a type those that lie somewhere already keep their numbers."""
        keys = []
        for unit in units:
            count = int(self.values.on[unit, period])
            there = sorted(number for kind, number in self.runs if kind == unit)[:count]
            new = (number for number in range(1, count + len(there) + 1) if number not in there)
            keys += [(unit, number) for number in (*there, *(next(new) for _ in range(count - len(there))))]
        return keys

    def _placed(
        self, asked: list[Key], where: str, room: Room, old: dict[Key, NodeKeys]
    ) -> dict[Key, NodeKeys] | None:
        """Each where it was if it fits there, and the others where there is room; None where there is none."""
        found: dict[Key, NodeKeys] = {}
        for key in asked:
            size, place = int(self.sets.unit_parts[key[0]]), old.get(key)
            if place is not None and _allows(where, place) and room.has(place, size):
                room.take(place, size)
                found[key] = place
        for key in asked:
            if key not in found:
                place = self._new(key, where, room)
                if place is None:
                    return None
                room.take(place, int(self.sets.unit_parts[key[0]]))
                found[key] = place
        return found

    def _new(self, key: Key, where: str, room: Room) -> NodeKeys | None:
        size = int(self.sets.unit_parts[key[0]])
        if where == SHARED:
            return room.best(size)
        count = size // room.parts
        inside = room.in_domain(count) if where in (EITHER, INSIDE) else None
        if inside is not None or where == INSIDE:
            return inside
        return room.apart(count, anywhere=where == ANYWHERE)

    def _anew(
        self, asked: list[Key], where: str, room: Room, old: dict[Key, NodeKeys], period: int
    ) -> dict[Key, NodeKeys] | None:
        """All of them, the largest first, each size where it was as far as that is free."""
        contents = None
        if where in (SHARED, EITHER, INSIDE):
            contents = contents_of(self.sets, self.values, self.hardware, where == SHARED, period)
        if contents is not None:
            there = {key: place for key, place in old.items() if key in asked}
            return seats(asked, self.sets.unit_parts, there, room, contents)
        found: dict[Key, NodeKeys] = {}
        sizes = dict.fromkeys(int(self.sets.unit_parts[unit]) for unit, _ in asked)
        for size in sizes:
            alike = [key for key in asked if self.sets.unit_parts[key[0]] == size]
            some = self._placed(alike, where, room, old)
            if some is None:
                return None
            found |= some
        return found

    def _move(self, places: dict[Key, NodeKeys], period: int) -> None:
        """End the runs of units that stop or move, begin those of units that start or have moved."""
        for key in list(self.runs):
            if places.get(key) != self.runs[key].place or key not in places:
                self._end(key, period - 1)
        for key, place in places.items():
            self.runs.setdefault(key, _Run(place, period))

    def _name(self, node: NodeKey) -> str:
        """Its name in the plan."""
        if node[0] == GPUS:
            return str(NodeName(0, 0, self.sets.channels[node[1]].name))
        return str(NodeName(*node))

    def _end(self, key: Key, last: int) -> None:
        run = self.runs.pop(key)
        self.done.append(
            Placed(
                unit=self.sets.units[key[0]].name,
                number=key[1],
                hardware=self.sets.hardware[self.hardware],
                nodes=tuple(self._name(node) for node in run.place),
                first=run.first,
                last=last,
            )
        )

    def _room(self, period: int, in_use: bool) -> Room:
        """Nodes of a period, those to be lent among them; `in_use`: of nodes beside domains no more than are in use,
        where that is decided.
        """
        domains, loose, _ = (int(kind[period]) for kind in self.held)
        if in_use and self.hardware in self.sets.metered_hardware:
            beside = channels_of_grain(self.sets, self.hardware, Grain.NODE)
            loose = min(loose, math.ceil(float(self.values.use[beside, period].sum()) - WHOLE_NODE))
        usable, parts = int(self.sets.usable_per_domain[self.hardware]), int(self.sets.parts[self.hardware])
        nodes: list[NodeKey] = [
            (domain, number) for domain in range(1, domains + 1) for number in range(1, usable + 1)
        ]
        nodes = [(LOOSE, number) for number in range(1, loose + 1)] + nodes
        by_gpu = {channel: int(series[period]) for channel, series in self.by_gpu.items()}
        return Room(parts, tuple(range(1, domains + 1)), dict.fromkeys(nodes, parts), by_gpu)


def _allows(where: str, place: NodeKeys) -> bool:
    """Whether a place is one of those where units go."""
    in_domain = place[0][0] > LOOSE
    return {INSIDE: in_domain, APART: not in_domain}.get(where, True)
