"""What is packed into what, where it is not enough that sizes add up.

Two kinds of container: a node, for the units that share it, in parts of a node; and a scale-up domain sold as a whole,
for the units whose nodes must lie in one, in nodes. Where the sizes divide each other and the container, whatever
adds up can be packed, the largest first (Coffman, Garey, Johnson, Bin packing with divisible item sizes, J. of
Complexity 3, 1987), and there is nothing to say. Channels that sell smaller pieces than a container sell each unit a
piece of its own.

A node belongs to one channel. Mostly it does not matter to which: what lies on two nodes can be exchanged. Where it
cannot, it is decided channel by channel what lies there (`SeatedByChannel`): GPUs of two channels make no node, nodes
under a unit in a domain are no others, and only some channels' nodes may be lent.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels import Grain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from planner.model.data import ModelData

Pattern = tuple[int, ...]


@dataclass(frozen=True)
class Packing:
    """Containers of one hardware and what lies in them.

    sizes                largest first, in pieces; of a container there are `capacity`
    items[size]          (unit, how many items of the size one unit is)
    whole, loose         channels sold in whole containers, and in pieces
    nodes_per_container, pieces_per_node
    patterns             how many of each size fill a container; empty where the sizes divide each other
    """

    hardware: int
    capacity: int
    sizes: tuple[int, ...]
    items: tuple[tuple[tuple[int, int], ...], ...]
    whole: tuple[int, ...]
    loose: tuple[int, ...]
    nodes_per_container: int
    pieces_per_node: int
    patterns: tuple[Pattern, ...]

    @property
    def of_nodes(self) -> bool:
        """Whether the containers are nodes; else they are domains."""
        return self.nodes_per_container == 1


@dataclass(frozen=True)
class SeatedByChannel:
    """One hardware of which it is decided channel by channel what lies there.

    small                sizes of units that share nodes, in parts of a node of `parts`, the largest first
    together             nodes of units that must lie in one domain, of which `usable` nodes run units, likewise
    kinds                what lies on a channel, by position: whole nodes (0), then `small`, then `together`
    units_of[kind]       units of that kind; of kind 0 those of whole nodes that may lie anywhere
    channels, lendable   its channels, and those whose nodes may be lent
    node_patterns, domain_patterns   fillings by small units, and by units of several nodes; empty: sizes add up
    """

    hardware: int
    parts: int
    usable: int
    small: tuple[int, ...]
    together: tuple[int, ...]
    units_of: tuple[tuple[int, ...], ...]
    channels: tuple[int, ...]
    lendable: tuple[int, ...]
    node_patterns: tuple[Pattern, ...]
    domain_patterns: tuple[Pattern, ...]

    @property
    def kinds(self) -> int:
        """How many kinds lie on a channel."""
        return 1 + len(self.small) + len(self.together)


def packings_of(data: ModelData, apart: Collection[int] = ()) -> tuple[Packing, ...]:
    """What needs rows of its own, by hardware and kind of container; hardware that is decided `apart` left out."""
    found = []
    for hardware in range(len(data.hardware)):
        if hardware in apart:
            continue
        for packing in (_of_nodes(data, hardware), _of_domains(data, hardware)):
            if packing.whole and not adds_up(packing.sizes, packing.capacity):
                found.append(packing)
    return tuple(found)


def seated_by_channel(data: ModelData, metered: Collection[int]) -> tuple[SeatedByChannel, ...]:
    """Hardware of which it matters to which channel a node belongs.

    Nodes cannot be exchanged where several channels sell GPUs that units share, or parts of nodes cost by channel
    (`metered`), and where units lie in domains that are sold as a whole beside other channels: if use is metered, if
    some nodes may not be lent, if GPUs are sold.
    """
    lending = {taker.hardware for taker in data.market.lendings}
    found = []
    for hardware in range(len(data.hardware)):
        mine = [place for place, channel in enumerate(data.channels) if channel.hardware == hardware]
        grains = [data.channels[place].grain for place in mine]
        parts = int(data.parts[hardware])
        large = any(round(float(n) * parts) > 1 for n in data.nodes[data.hardware_of == hardware])
        asked = parts > 1 and large and grains.count(Grain.GPU) > 1
        asked |= parts > 1 and hardware in metered and len(mine) > 1
        one_in = any(
            kind.needs_domain
            for kind, place in zip(data.units, data.hardware_of, strict=True)
            if place == hardware
        )
        if one_in and Grain.DOMAIN in grains:
            kept = all(data.channels[place].lendable for place in mine)
            asked |= (hardware in lending and not kept) or (hardware in metered and len(mine) > 1)
            asked |= parts > 1 and Grain.GPU in grains
        if asked:
            found.append(_by_channel(data, hardware, mine))
    return tuple(found)


def _by_channel(data: ModelData, hardware: int, mine: list[int]) -> SeatedByChannel:
    parts, usable = int(data.parts[hardware]), int(data.usable_per_domain[hardware])
    sold = any(data.channels[place].grain is Grain.DOMAIN for place in mine)
    small: dict[int, list[int]] = {}
    together: dict[int, list[int]] = {}
    anywhere: list[int] = []
    for unit in np.flatnonzero(data.hardware_of == hardware).tolist():
        if data.nodes[unit] < 1:
            small.setdefault(round(float(data.nodes[unit]) * parts), []).append(unit)
        elif data.units[unit].needs_domain and sold:
            together.setdefault(round(float(data.nodes[unit])), []).append(unit)
        else:
            anywhere.append(unit)
    in_nodes, in_domains = sorted(small, reverse=True), sorted(together, reverse=True)
    return SeatedByChannel(
        hardware=hardware,
        parts=parts,
        usable=usable,
        small=tuple(in_nodes),
        together=tuple(in_domains),
        units_of=tuple(
            tuple(units)
            for units in (anywhere, *(small[s] for s in in_nodes), *(together[s] for s in in_domains))
        ),
        channels=tuple(mine),
        lendable=tuple(place for place in mine if data.channels[place].lendable),
        node_patterns=() if adds_up(in_nodes, parts) else tuple(patterns_of(in_nodes, parts)),
        domain_patterns=() if adds_up(in_domains, usable) else tuple(patterns_of(in_domains, usable)),
    )


def adds_up(sizes: Sequence[int], capacity: int) -> bool:
    """Whether sizes divide each other and the container, so that whatever adds up can be packed."""
    return divisible(sizes, capacity) and all(capacity % size == 0 for size in sizes)


def divisible(sizes: Sequence[int], capacity: int) -> bool:
    """Whether of any two sizes the smaller divides the larger, sizes that fill a container left out.

    Sizes are sorted, the largest first.
    """
    inside = [size for size in sizes if size < capacity]
    return all(large % small == 0 for large, small in pairwise(inside))


def patterns_of(sizes: Sequence[int], capacity: int) -> Iterator[Pattern]:
    """Every way to fill a container so that no further item fits, sizes largest first."""
    if not sizes:
        yield ()
        return
    size, rest = sizes[0], sizes[1:]
    for count in range(capacity // size, -1, -1):
        for others in patterns_of(rest, capacity - count * size):
            left = capacity - count * size - sum(n * s for n, s in zip(others, rest, strict=True))
            if left < size:
                yield (count, *others)


def _of_nodes(data: ModelData, hardware: int) -> Packing:
    """Nodes and the units that share them; a unit of whole nodes is as many items that fill a node each."""
    parts = int(data.parts[hardware])
    mine = np.flatnonzero(data.hardware_of == hardware).tolist()
    items: dict[int, list[tuple[int, int]]] = {}
    for unit in mine:
        size = round(float(data.nodes[unit]) * parts)
        items.setdefault(min(size, parts), []).append((unit, max(1, size // parts)))
    items.setdefault(parts, [])
    gpus = [place for place, c in enumerate(data.channels) if c.hardware == hardware and c.grain is Grain.GPU]
    nodes = [
        place for place, c in enumerate(data.channels) if c.hardware == hardware and c.grain is not Grain.GPU
    ]
    return _packing(hardware, parts, items, nodes, gpus, 1, parts)


def _of_domains(data: ModelData, hardware: int) -> Packing:
    """Domains and the units of several nodes that must lie in one."""
    items: dict[int, list[tuple[int, int]]] = {}
    for unit, kind in enumerate(data.units):
        if data.hardware_of[unit] == hardware and kind.needs_domain:
            items.setdefault(round(float(data.nodes[unit])), []).append((unit, 1))
    mine = [place for place, channel in enumerate(data.channels) if channel.hardware == hardware]
    domains = [place for place in mine if data.channels[place].grain is Grain.DOMAIN]
    others = [place for place in mine if data.channels[place].grain is not Grain.DOMAIN]
    nodes = int(data.usable_per_domain[hardware])
    return _packing(hardware, nodes, items, domains, others, nodes, 1)


def _packing(
    hardware: int,
    capacity: int,
    items: dict[int, list[tuple[int, int]]],
    whole: list[int],
    loose: list[int],
    nodes_per_container: int,
    pieces_per_node: int,
) -> Packing:
    sizes = tuple(sorted(items, reverse=True))
    needed = whole and not divisible(sizes, capacity)
    return Packing(
        hardware=hardware,
        capacity=capacity,
        sizes=sizes,
        items=tuple(tuple(items[size]) for size in sizes),
        whole=tuple(whole),
        loose=tuple(loose),
        nodes_per_container=nodes_per_container,
        pieces_per_node=pieces_per_node,
        patterns=tuple(patterns_of(sizes, capacity)) if needed else (),
    )
