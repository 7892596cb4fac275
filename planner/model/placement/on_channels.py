"""On channels: where use is metered, units lie on the nodes of the channel that the solution seats them on.

The nodes beside domains are numbered channel by channel, in their order, and so are the domains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels import Grain
from planner.model.placement.patterns import contents_of_channel, seats
from planner.model.placement.room import GPUS, LOOSE, Room

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.packing import SeatedByChannel
    from planner.model.placement.room import NodeKey, NodeKeys
    from planner.model.sets import Sets
    from planner.model.values import Values

Key = tuple[int, int]
"""A unit: position of its type, and its number."""


def by_channel(sets: Sets, hardware: int) -> SeatedByChannel | None:
    """What is seated channel by channel of a hardware whose use is metered and that several sell nodes of, if it is."""
    for one in sets.seated:
        sellers = [place for place in one.channels if sets.channels[place].grain is not Grain.GPU]
        if one.hardware == hardware and hardware in sets.metered_hardware and len(sellers) > 1:
            return one
    return None


@dataclass
class OnChannels:
    """The places of one period: `held` nodes by channel, units that are `asked` for, the largest first, and where they
    lay before.
    """

    sets: Sets
    values: Values
    one: SeatedByChannel
    period: int
    held: NDArray[np.int64]
    asked: list[Key]
    old: dict[Key, NodeKeys]

    def places(self) -> dict[Key, NodeKeys] | None:
        """A place for each unit; None where they cannot be laid so."""
        self.found: dict[Key, NodeKeys] = {}
        self.seated = np.rint(self.values.market["seated"][:, :, self.period]).astype(np.int64)
        self.rooms = self._rooms()
        if not (self._in_domains() and self._on_whole_nodes() and self._lend() and self._small()):
            return None
        return self.found if len(self.found) == len(self.asked) else None

    def _rooms(self) -> dict[int, Room]:
        """Nodes and domains of each channel that sells such."""
        rooms, loose, domains = {}, 0, 0
        usable = int(self.sets.usable_per_domain[self.one.hardware])
        for channel in self.one.channels:
            count, grain = int(self.held[channel]), self.sets.channels[channel].grain
            if grain is Grain.NODE:
                nodes = [(LOOSE, loose + number) for number in range(1, count + 1)]
                rooms[channel] = Room(self.one.parts, (), dict.fromkeys(nodes, self.one.parts), {})
                loose += count
            elif grain is Grain.DOMAIN:
                count //= int(self.sets.nodes_per_domain[self.one.hardware])
                mine = tuple(range(domains + 1, domains + count + 1))
                nodes = [(domain, number) for domain in mine for number in range(1, usable + 1)]
                rooms[channel] = Room(self.one.parts, mine, dict.fromkeys(nodes, self.one.parts), {})
                domains += count
        return rooms

    def _waiting(self, size: int, channel: int | None = None) -> list[Key]:
        """Units of a size that have no place yet; those first that lay on a channel before."""
        free = self.rooms[channel].free if channel in self.rooms else {(GPUS, channel): 0}
        keys = [key for key in self.asked if key not in self.found and self._size(key) == size]
        return sorted(keys, key=lambda key: not set(self.old.get(key, ((LOOSE, 0),))) <= set(free))

    def _size(self, key: Key) -> int:
        return int(self.sets.unit_parts[key[0]])

    def _put(self, key: Key, room: Room, place: NodeKeys | None) -> bool:
        """Take a place for a unit, the one where it was if that is free; whether there was one."""
        size, before = self._size(key), self.old.get(key)
        if before is not None and all(node in room.free for node in before) and room.has(before, size):
            place = before
        if place is None:
            return False
        room.take(place, size)
        self.found[key] = place
        return True

    def _in_domains(self) -> bool:
        """Units that lie in one domain, on the channels that have them there."""
        for kind, nodes in enumerate(self.one.together, start=1 + len(self.one.small)):
            for channel, room in self.rooms.items():
                for key in self._waiting(nodes * self.one.parts, channel)[: int(self.seated[channel, kind])]:
                    if not self._put(key, room, room.in_domain(nodes)):
                        return False
        return True

    def _on_whole_nodes(self) -> bool:
        """Other units of whole nodes: those that need a domain on nodes that the seller brings together."""
        beside: list[NodeKey] = []
        inside: list[NodeKey] = []
        lay = {node for key, place in self.old.items() if self._size(key) >= self.one.parts for node in place}
        for channel in self.one.channels:
            count = int(self.seated[channel, 0])
            if channel not in self.rooms:
                beside += [(GPUS, channel)] * count
                continue
            room = self.rooms[channel]
            idle = [node for node, left in room.free.items() if left == self.one.parts]
            chosen = sorted(idle, key=lambda node: (node not in lay, node))[:count]
            for node in chosen:
                room.take((node,), self.one.parts)
            (inside if room.domains else beside).extend(chosen)
            if len(chosen) < count:
                return False
        large = [key for key in self.asked if key not in self.found and self._size(key) >= self.one.parts]
        large.sort(key=lambda key: not self.sets.units[key[0]].needs_domain)
        for key in large:
            count = self._size(key) // self.one.parts
            there = beside if self.sets.units[key[0]].needs_domain else beside + inside
            old = self.old.get(key, ())
            place = (
                old
                if old and all(there.count(node) >= old.count(node) for node in old)
                else tuple(there[:count])
            )
            if len(place) != count:
                return False
            for node in place:
                (beside if node in beside else inside).remove(node)
            self.found[key] = tuple(sorted(place))
        return True

    def _lend(self) -> bool:
        """The nodes of each channel that are lent."""
        lent = np.rint(self.values.market["lent_nodes"][:, self.period]).astype(np.int64)
        return all(room.lend(int(lent[channel])) for channel, room in self.rooms.items())

    def _small(self) -> bool:
        """Small units, channel by channel: the largest first, else by the patterns of the solution."""
        for channel in self.one.channels:
            mine: list[Key] = []
            for kind, size in enumerate(self.one.small, start=1):
                keys = [key for key in self._waiting(size, channel) if key not in mine]
                mine += keys[: int(self.seated[channel, kind])]
            if channel not in self.rooms:
                self.found |= dict.fromkeys(mine, ((GPUS, channel),))
            elif not self._packed(mine, channel):
                return False
        return True

    def _packed(self, mine: list[Key], channel: int) -> bool:
        room = self.rooms[channel].copy()
        lay = [key for key in mine if key in self.old]
        if all(self._put(key, room, room.best(self._size(key))) for key in mine):
            return True
        for key in mine:
            self.found.pop(key, None)
        contents = contents_of_channel(self.one, self.values, channel, self.period)
        if contents is None:
            self.old = {key: place for key, place in self.old.items() if key not in mine}
            return bool(lay) and self._packed(mine, channel)
        places = seats(mine, self.sets.unit_parts, self.old, self.rooms[channel].copy(), contents)
        self.found |= places or {}
        return places is not None
