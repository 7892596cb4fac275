"""A node, and a scale-up domain, is of one channel: whether the use recorded by channel can be that of the places.

Channels whose use costs and counts the same are one seller here. Of two, whether nodes and domains with so many GPUs
under units can be divided so that each has the GPUs that are recorded of it, on no more of them than it has: a subset
sum by dynamic programming. Of more, each beside all the others together.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Recorded:
    """What is recorded of a seller in a period: GPUs in use; and how many nodes and domains it has."""

    gpus: int
    nodes: int
    domains: int = 0


@dataclass(frozen=True)
class Loads:
    """GPUs under units of each node that lies in no domain, and of each domain, all above 0; whole nodes that are lent,
    which any seller may have.
    """

    nodes: tuple[int, ...]
    domains: tuple[int, ...]
    lent_nodes: int
    gpus_per_node: int


def divisible(loads: Loads, sellers: tuple[Recorded, ...]) -> bool:
    """Whether what is under units and lent can be shared out so among the sellers."""
    total = sum(loads.nodes) + sum(loads.domains) + loads.lent_nodes * loads.gpus_per_node
    if sum(one.gpus for one in sellers) != total:
        return False
    nodes, domains = sum(one.nodes for one in sellers), sum(one.domains for one in sellers)
    for one in sellers[:1] if len(sellers) == 2 else sellers:
        on_nodes = _sums(loads.nodes, one.gpus, len(loads.nodes) - nodes + one.nodes, one.nodes)
        inside = _sums(loads.domains, one.gpus, len(loads.domains) - domains + one.domains, one.domains)
        under = {one.gpus - lent * loads.gpus_per_node for lent in range(loads.lent_nodes + 1)}
        if not any(gpus - some in on_nodes for gpus in under for some in inside):
            return False
    return True


def _sums(loads: tuple[int, ...], most: int, least_count: int, most_count: int) -> set[int]:
    """GPUs, up to `most`, that so many of the containers have together."""
    reached = [1] + [0] * most  # bit k: by k of them
    for load, count in Counter(loads).items():
        left, part = count, 1
        while left:
            part = min(part, left)
            for gpus in range(most, part * load - 1, -1):
                reached[gpus] |= reached[gpus - part * load] << part
            left -= part
            part *= 2
    least = max(least_count, 0)
    wanted = ((1 << max(most_count - least + 1, 0)) - 1) << least
    return {gpus for gpus, counts in enumerate(reached) if counts & wanted}
