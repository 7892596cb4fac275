"""Room: the nodes and domains of one hardware in one period, and what is free on them.

A node is (domain, number), both from 1; domain 0 has the nodes that are sold one by one, which the seller brings
together for a unit that needs several. What is hired GPU by GPU is `by_gpu` parts of nodes, each unit on parts of its
own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Node = tuple[int, int]
Place = tuple[Node, ...]
"""Nodes of a unit; as far as these are fewer than it takes, it lies on what is hired GPU by GPU."""
LOOSE = 0
"""The domain of nodes that are sold one by one."""


@dataclass
class Room:
    """`free` parts by node, of `parts` each; parts left `by_gpu`. `domains` are the numbers of those that are there."""

    parts: int
    domains: tuple[int, ...]
    free: dict[Node, int]
    by_gpu: int
    busy: dict[Node, int] = field(default_factory=dict)
    """Parts under small units in the period before: nodes without any are taken first by large ones."""

    def has(self, place: Place, size: int) -> bool:
        """Whether a unit of so many parts still fits where it was."""
        each = min(size, self.parts)
        there = all(self.free.get(node, 0) >= each for node in place)
        return there and self.by_gpu >= size - each * len(place)

    def take(self, place: Place, size: int) -> None:
        """Put a unit of so many parts there."""
        each = min(size, self.parts)
        self.by_gpu -= size - each * len(place)
        for node in place:
            self.free[node] -= each

    def best(self, size: int) -> Place | None:
        """The fullest node with room for a small unit, else parts by the GPU; None without either."""
        fits = [(left, node) for node, left in self.free.items() if left >= size]
        if fits:
            return (min(fits)[1],)
        return () if self.by_gpu >= size else None

    def whole(self, count: int, together: bool) -> Place | None:
        """So many whole nodes: in the fullest domain that has them, or sold one by one; anywhere where they need
        not lie together; what is missing then by the GPU.
        """
        by_domain: dict[int, list[Node]] = {}
        for node, left in self.free.items():
            if left == self.parts:
                by_domain.setdefault(node[0], []).append(node)
        groups = [(len(nodes), nodes) for domain, nodes in by_domain.items() if domain != LOOSE]
        loose = by_domain.get(LOOSE, [])
        fits = [group for group in groups if group[0] >= count]
        if together and fits:
            return self._idlest(min(fits)[1], count)
        pool = loose if together else [*loose, *(node for _, nodes in sorted(groups) for node in nodes)]
        missing = max(0, count - len(pool))
        return self._idlest(pool, count) if self.by_gpu >= missing * self.parts else None

    def _idlest(self, nodes: list[Node], count: int) -> Place:
        return tuple(sorted(sorted(nodes, key=lambda node: self.busy.get(node, 0))[:count]))
