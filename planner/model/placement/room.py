"""Room: the nodes and domains of one hardware in one period, and what is free on them.

A node is (domain, number), both from 1; domain 0 has the nodes that are sold one by one, which the seller brings
together for a unit that needs several. GPUs that a channel sells one by one are (-1, channel): a node of the seller,
each unit on GPUs of its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

NodeKey = tuple[int, int]
NodeKeys = tuple[NodeKey, ...]
"""Nodes of a unit, each as often as it takes some of a channel's GPUs."""
LOOSE = 0
"""The domain of nodes that are sold one by one."""
GPUS = -1
"""The domain of GPUs that are sold one by one."""


@dataclass
class Room:
    """`free` parts by node, of `parts` each; parts left of channels that sell GPUs. `domains` are the numbers of those
    that are there.
    """

    parts: int
    domains: tuple[int, ...]
    free: dict[NodeKey, int]
    by_gpu: dict[int, int]
    busy: dict[NodeKey, int] = field(default_factory=dict)
    """Parts under small units in the period before: nodes without any are taken first by large ones."""
    gpus_first: bool = False
    """Whether large units take whole nodes of channels that sell GPUs before others."""

    def copy(self) -> Room:
        """The same, to try something."""
        return Room(
            self.parts,
            self.domains,
            dict(self.free),
            dict(self.by_gpu),
            self.busy,
            self.gpus_first,
        )

    def has(self, place: NodeKeys, size: int) -> bool:
        """Whether a unit of so many parts still fits where it was."""
        each = min(size, self.parts)
        for node, times in Counter(place).items():
            left = self.by_gpu.get(node[1], 0) if node[0] == GPUS else self.free.get(node, 0)
            if left < each * times:
                return False
        return True

    def take(self, place: NodeKeys, size: int) -> None:
        """Put a unit of so many parts there."""
        each = min(size, self.parts)
        for node in place:
            if node[0] == GPUS:
                self.by_gpu[node[1]] -= each
            else:
                self.free[node] -= each

    def best(self, size: int) -> NodeKeys | None:
        """The fullest node with room for a small unit, else the fewest GPUs of a channel; None without either."""
        fits = [(left, node) for node, left in self.free.items() if left >= size]
        return (min(fits)[1],) if fits else self.of_gpus(size)

    def of_gpus(self, size: int) -> NodeKeys | None:
        """GPUs of the channel that has the fewest left, of those that have enough."""
        enough = [(left, channel) for channel, left in self.by_gpu.items() if left >= size]
        return ((GPUS, min(enough)[1]),) if enough else None

    def in_domain(self, count: int) -> NodeKeys | None:
        """So many whole nodes in the fullest domain that has them."""
        groups = [nodes for domain, nodes in self._whole().items() if domain != LOOSE and len(nodes) >= count]
        if not groups:
            return None
        return self._idlest(min(groups, key=len), count)

    def apart(self, count: int, anywhere: bool = False) -> NodeKeys | None:
        """So many whole nodes that are sold one by one or by the GPU, or `anywhere`."""
        whole = self._whole()
        found = list(self._idlest(whole.pop(LOOSE, []), count))
        if anywhere and len(found) < count:
            others = [node for nodes in sorted(whole.values(), key=len) for node in nodes]
            found += self._idlest(others, count - len(found))
        gpus = [
            (GPUS, channel)
            for channel, left in sorted(self.by_gpu.items())
            for _ in range(left // self.parts)
        ]
        chosen = (gpus + found if self.gpus_first else found + gpus)[:count]
        return tuple(sorted(chosen)) if len(chosen) == count else None

    def lend(self, count: int) -> bool:
        """Take so many whole nodes for others, the last of those that are idle; whether there are so many."""
        whole = self._whole()
        loose = sorted(whole.pop(LOOSE, []), key=lambda node: (self.busy.get(node, 0), -node[1]))
        others = [node for nodes in sorted(whole.values(), key=len) for node in nodes]
        others.sort(key=lambda node: self.busy.get(node, 0))
        chosen = [*loose, *others][:count]
        for node in chosen:
            self.take((node,), self.parts)
        return len(chosen) == count

    def _whole(self) -> dict[int, list[NodeKey]]:
        """Nodes that nothing lies on, by domain."""
        found: dict[int, list[NodeKey]] = {}
        for node, left in self.free.items():
            if left == self.parts:
                found.setdefault(node[0], []).append(node)
        return found

    def _idlest(self, nodes: list[NodeKey], count: int) -> NodeKeys:
        return tuple(sorted(sorted(nodes, key=lambda node: self.busy.get(node, 0))[:count]))
