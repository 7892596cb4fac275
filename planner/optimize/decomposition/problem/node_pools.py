"""Nodes of the hourly relaxation: node pools, held over a span of periods, and nodes hired for one period at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class NodePool:
    """Nodes of one hardware held over a span of periods, at one running cost; the cheapest offers are taken first.

    price[segment], nodes[segment]  USD per node over the span, and how many there are at that price
    offer, increment[segment]       position on the offer axis, nodes that come together
    minimum                         nodes that must be held; their segments come first
    running[period]                 USD per node in use, inf beyond the span
    """

    hardware: int
    price: NDArray[np.float64]
    nodes: NDArray[np.int64]
    offer: NDArray[np.int64]
    increment: NDArray[np.int64]
    minimum: int
    running: NDArray[np.float64]

    @property
    def throughout(self) -> bool:
        """Whether the span is all periods."""
        return bool(np.isfinite(self.running).all())

    @property
    def maximum(self) -> int:
        """Nodes that can be held."""
        return int(self.nodes.sum())

    def node_prices(self) -> NDArray[np.float64]:
        """USD of the first, second, ... node."""
        return np.repeat(self.price, self.nodes)

    def taken(self, nodes: int) -> dict[int, int]:
        """Increments by offer that hold at least so many nodes."""
        increments: dict[int, int] = {}
        for segment, most in enumerate(self.nodes.tolist()):
            inside = min(nodes, most)
            step = int(self.increment[segment])
            offer = int(self.offer[segment])
            increments[offer] = increments.get(offer, 0) + (inside if step == 1 else -(-inside // step))
            nodes -= inside
        return {offer: count for offer, count in increments.items() if count}

    def cost(self, nodes: int) -> float:
        """USD of holding at least so many nodes, in whole increments."""
        price = dict(zip(self.offer.tolist(), (self.price * self.increment).tolist(), strict=True))
        return float(sum(price[offer] * count for offer, count in self.taken(nodes).items()))


@dataclass(frozen=True, eq=False)
class Hire:
    """Nodes of one hardware taken for one period at a time.

    price[period] USD per serving node, running cost included, inf where there is no offer; offer[period]. At most
    `maximum` nodes of it serve at once, a part of one taken for one; `sure` counts none that serves in part only.
    """

    hardware: int
    price: NDArray[np.float64]
    offer: NDArray[np.int64]
    maximum: int
    sure: int
    channel: int
