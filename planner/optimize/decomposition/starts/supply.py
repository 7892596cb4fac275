"""Supply: what nodes of one period cost out of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.optimize.decomposition.starts.patterns import Source


class Supply:
    """Nodes of one period from sources, the cheapest first, by hardware."""

    def __init__(self, sources: Sequence[Source], period: int, hardware: int) -> None:
        self.lines: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        self.usd: list[NDArray[np.float64]] = []
        self.count: list[NDArray[np.float64]] = []
        for kind in range(hardware):
            mine = [source for source in sources if source.hardware == kind]
            usd = np.array([source.usd[period] for source in mine])
            count = np.array([float(source.nodes) for source in mine])
            order = np.argsort(usd, kind="stable")
            order = order[np.isfinite(usd[order]) & (count[order] > 0)]
            usd, count = usd[order], count[order]
            ends = np.concatenate(([0.0], np.cumsum(count)))
            self.lines.append((ends, np.concatenate(([0.0], np.cumsum(usd * count)))))
            self.usd.append(usd)
            self.count.append(count)

    def cost(self, nodes: NDArray[np.int64]) -> NDArray[np.float64]:
        """USD of nodes[..., hardware], inf beyond what there is."""
        usd = np.zeros(nodes.shape[:-1])
        for kind, (ends, line) in enumerate(self.lines):
            usd += np.interp(nodes[..., kind], ends, line, right=np.inf)
        return usd

    def least(self, price: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Minimum over nodes n of usd(n) - price n, and the n by hardware."""
        usd, nodes = 0.0, np.zeros(len(self.lines))
        for kind, (each, count) in enumerate(zip(self.usd, self.count, strict=True)):
            below = each < price[kind]
            usd += float(((each - price[kind]) * count)[below].sum())
            nodes[kind] = count[below].sum()
        return usd, nodes

    @property
    def highest(self) -> NDArray[np.float64]:
        """USD of the dearest node by hardware."""
        return np.array([usd[-1] if len(usd) else 0.0 for usd in self.usd])
