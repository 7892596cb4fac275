"""Capacity tables: the most that n whole nodes can do, for every n, exactly.

    table[n] = max(table[n-1], max_u table[n - nodes[u]] + rate[u]),   table[0] = 0

an unbounded knapsack over whole nodes, so nothing is rounded. A step is where the table grows by more than the
order of a sum can make it; searches forgive misses far above that (`UNSERVED_SHARE`), so no bound is too high by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.tolerances import CAPACITY_ROUNDING_SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Capacity:
    """The most that n nodes do in one role, table[n] tokens/s.

    `steps` are the n at which it grows; unit[n] is the last unit taken, -1 for none.
    """

    table: NDArray[np.float64]
    steps: NDArray[np.int64]
    unit: NDArray[np.int64]
    nodes: NDArray[np.int64]

    def needed(self, demand: NDArray[np.float64]) -> NDArray[np.int64]:
        """Fewest nodes that serve a demand; one more than the table has where none do."""
        at = np.searchsorted(self.table[self.steps], demand)
        return np.append(self.steps, len(self.table))[at]

    def units_in(self, nodes: int) -> dict[int, int]:
        """Units by position that reach table[nodes] on at most so many nodes."""
        taken: dict[int, int] = {}
        while nodes > 0:
            unit = int(self.unit[nodes])
            if unit < 0:
                nodes -= 1
            else:
                taken[unit] = taken.get(unit, 0) + 1
                nodes -= int(self.nodes[unit])
        return taken


def capacity_of(
    positions: NDArray[np.int64], nodes: NDArray[np.int64], rate: NDArray[np.float64], most: int
) -> Capacity:
    """Table up to `most` nodes of the units at `positions`; `nodes` and `rate` are those of all units."""
    table = np.zeros(most + 1)
    unit = np.full(most + 1, -1, dtype=np.int64)
    for n in range(1, most + 1):
        table[n] = table[n - 1]
        fits = positions[nodes[positions] <= n]
        if len(fits):
            reach = table[n - nodes[fits]] + rate[fits]
            best = int(reach.argmax())
            if reach[best] > table[n]:
                table[n], unit[n] = reach[best], fits[best]
    steps, reached = [0], 0.0
    for n in (np.flatnonzero(np.diff(table) > 0) + 1).tolist():
        if table[n] > reached * (1 + CAPACITY_ROUNDING_SHARE):
            steps.append(n)
            reached = float(table[n])
    return Capacity(table, np.array(steps, dtype=np.int64), unit, nodes)
