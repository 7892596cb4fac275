"""What is packed into what, where it is not enough that sizes add up.

Two kinds of container: a node, for the units that share it, in parts of a node; and a scale-up domain sold as a whole,
for the units whose nodes must lie in one, in nodes. Where the sizes divide each other and the container, whatever
adds up can be packed, the largest first (Coffman, Garey, Johnson, Bin packing with divisible item sizes, J. of
Complexity 3, 1987), and there is nothing to say. Channels that sell smaller pieces than a container sell each unit a
piece of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.channels import Grain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


def packings_of(data: ModelData) -> tuple[Packing, ...]:
    """What needs rows of its own, by hardware and kind of container."""
    found = []
    for hardware in range(len(data.hardware)):
        for packing in (_of_nodes(data, hardware), _of_domains(data, hardware)):
            if packing.whole and not adds_up(packing.sizes, packing.capacity):
                found.append(packing)
    return tuple(found)


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
