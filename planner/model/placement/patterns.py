"""Patterns: where sizes do not divide each other, units take the seats that the solution's patterns give them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from planner.model.packing import Pattern, SeatedByChannel
    from planner.model.placement.room import NodeKey, NodeKeys, Room
    from planner.model.sets import Sets
    from planner.model.values import Values

Key = tuple[int, int]


@dataclass(frozen=True)
class Contents:
    """Patterns of the containers of one period: seats by size, in parts of a node, the largest first."""

    sizes: tuple[int, ...]
    patterns: tuple[Pattern, ...]


def contents_of(sets: Sets, values: Values, hardware: int, of_nodes: bool, period: int) -> Contents | None:
    """What the solution fills containers with; None where units are packed without patterns.

    A node that is filled by a unit of whole nodes has no seats for others, and is left out.
    """
    parts = int(sets.parts[hardware])
    for place, packing in enumerate(sets.packings):
        if packing.hardware == hardware and packing.of_nodes == of_nodes and packing.patterns:
            filled = values.market["fill"][place, :, period]
            sizes = tuple(size * parts // packing.pieces_per_node for size in packing.sizes)
            if not of_nodes:
                return _contents(sizes, packing.patterns, filled)
            seats = [(pattern[1:], count) for pattern, count in zip(packing.patterns, filled, strict=False)]
            some = [(seat, count) for seat, count in seats if any(seat)]
            return _contents(sizes[1:], [seat for seat, _ in some], np.array([count for _, count in some]))
    for one in sets.seated:
        if one.hardware == hardware:
            return _by_channel(one, values, of_nodes, period)
    return None


def contents_of_channel(one: SeatedByChannel, values: Values, channel: int, period: int) -> Contents | None:
    """What the solution fills the nodes of one channel with; None where small units are packed without patterns."""
    filled = values.market["filled_nodes"][channel, :, period]
    return _contents(one.small, one.node_patterns, filled) if one.node_patterns else None


def _by_channel(one: SeatedByChannel, values: Values, of_nodes: bool, period: int) -> Contents | None:
    name = "filled_nodes" if of_nodes else "filled_domains"
    patterns = one.node_patterns if of_nodes else one.domain_patterns
    sizes = one.small if of_nodes else tuple(nodes * one.parts for nodes in one.together)
    filled = values.market[name][list(one.channels), :, period].sum(axis=0)
    return _contents(sizes, patterns, filled) if patterns else None


def _contents(sizes: tuple[int, ...], patterns: Sequence[Pattern], filled: NDArray[np.float64]) -> Contents:
    times = zip(patterns, np.rint(filled).astype(np.int64).tolist(), strict=False)
    return Contents(sizes, tuple(pattern for pattern, count in times for _ in range(count)))


def seats(
    asked: list[Key], sizes: NDArray[np.int64], old: dict[Key, NodeKeys], room: Room, contents: Contents
) -> dict[Key, NodeKeys] | None:
    """A place for every unit: seats of patterns, the one where it was if there is one; None where some has none."""
    found: dict[Key, NodeKeys] = {}
    waiting = list(asked)
    within = {container: nodes for container, nodes in _containers(room, contents).items() if nodes}
    of_node = {node: container for container, nodes in within.items() for node in nodes}
    lay = {key: of_node[place[0]] for key, place in old.items() if place[0] in of_node}
    there: dict[object, Counter[int]] = {container: Counter() for container in within}
    for key, container in lay.items():
        there[container][int(sizes[key[0]])] += 1
    for container, pattern in _chosen(contents, there).items():
        for size, count in zip(contents.sizes, pattern, strict=True):
            alike = [key for key in waiting if sizes[key[0]] == size]
            alike.sort(key=lambda key: lay.get(key) != container)
            for key in alike[:count]:
                place = _inside(room, within[container], size, old.get(key))
                if place is None:
                    break
                room.take(place, size)
                found[key] = place
                waiting.remove(key)
    for key in waiting:
        size = int(sizes[key[0]])
        rest = room.apart(size // room.parts) if size >= room.parts else room.of_gpus(size)
        if rest is None:
            return None
        room.take(rest, size)
        found[key] = rest
    return found


def _containers(room: Room, contents: Contents) -> dict[object, list[NodeKey]]:
    """Whole nodes one by one, or domains with theirs."""
    free = [node for node, left in room.free.items() if left == room.parts]
    if contents.sizes[-1] < room.parts:
        return {node: [node] for node in free}
    return {domain: [node for node in free if node[0] == domain] for domain in room.domains}


def _chosen(contents: Contents, there: dict[object, Counter[int]]) -> dict[object, Pattern]:
    """A pattern for each container, for those with most units first: the one that keeps most of what lies there."""
    left = Counter(contents.patterns)
    chosen: dict[object, Pattern] = {}
    for container in sorted(there, key=lambda one: -there[one].total()):
        some = [pattern for pattern, count in left.items() if count]
        if not some:
            break
        had = there[container]

        def kept(pattern: Pattern, had: Counter[int] = had) -> int:
            return sum(min(n, had[size]) * size for n, size in zip(pattern, contents.sizes, strict=True))

        best = max(some, key=kept)
        left[best] -= 1
        chosen[container] = best
    return chosen


def _inside(room: Room, nodes: Iterable[NodeKey], size: int, old: NodeKeys | None) -> NodeKeys | None:
    """Room for a unit on some nodes: where it was, if that is among them."""
    here = set(nodes)
    if old and here.issuperset(old) and room.has(old, size):
        return old
    each, count = min(size, room.parts), max(1, size // room.parts)
    place = tuple([node for node in sorted(here) if room.free[node] >= each][:count])
    return place if len(place) == count and room.has(place, size) else None
