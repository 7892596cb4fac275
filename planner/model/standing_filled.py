"""Units that share nodes as what fills a node: what no placement of them does better than.

Let units of kind u, of which n[u] fill a node, have a value v[u]. Whatever lies on a node is worth no more than

    V = max_u n[u] v[u]

where sizes divide each other and the node, and is lost with it. So units on y nodes of a hardware carry at any time no
more than y nodes full of the best kind, which are lost alike: if the former keep a promise, so do the latter. Prices a
of nodes then make a floor on these:

    sum_h a[h] y[h] + sum_{u of whole nodes} w[u] x[u]  >=  least(a, w)

where `planner.model.standing_cheapest` finds least for kinds that are nodes of a value V. Where GPUs of the hardware
are sold one by one beside nodes, units of a kind on them fill one node after another, the last of which may not be
full: each kind is one that does so then, at a[h] / n[u] a unit, and full nodes are among what it can be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.model.standing_boxes import FailingKinds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.standing_question import PoolQuestion

    Array = NDArray[np.float64]
    Counts = NDArray[np.int64]
    Flags = NDArray[np.bool_]


def filled_units(question: PoolQuestion) -> Flags:
    """Which units of a pool count by the nodes that they fill, shape [unit of the pool]."""
    anywhere = np.array([law.lies_anywhere for law in question.laws])
    return np.asarray(anywhere & np.array(question.packs or [False] * len(anywhere)))


@dataclass(frozen=True, eq=False)
class FillingKinds:
    """Units of a pool, shape [unit of the pool]: which are `filled`, in `pieces` where nodes may be full in part."""

    filled: Flags
    pieces: Flags
    beside: Counts
    taken: Counts
    hardware: NDArray[np.str_]

    @classmethod
    def of(cls, question: PoolQuestion) -> FillingKinds | None:
        """None where no units fill nodes of which it is not known how many lie there."""
        filled = filled_units(question)
        if not filled.any():
            return None
        anywhere = np.array([law.lies_anywhere for law in question.laws])
        beside = np.array([law.beside for law in question.laws], dtype=np.int64)
        taken = np.where(anywhere & ~filled, 1, beside)
        return cls(filled, np.array(question.pieces) & filled, beside, taken, question.hardware)

    def by_node(self, usd: Array) -> Array:
        """Prices at which all units that fill nodes of one hardware cost what the dearest of them does, by node."""
        node = usd * self.beside
        found = usd.copy()
        for name in np.unique(self.hardware[self.filled]):
            mine = self.filled & (self.hardware == name)
            found[mine] = node[mine].max() / self.beside[mine]
        return found

    def kinds(self, value: Array, down: Array) -> tuple[FailingKinds, Counts]:
        """Kinds of units or of full nodes, and the units that they are of; by `value` and chance to be `down`."""
        whole = self.filled & ~self.pieces
        node = np.where(whole, value * self.beside, value)
        left = value > 0
        for name in np.unique(self.hardware[whole]):
            mine = np.flatnonzero(whole & (self.hardware == name))
            left[mine] &= mine == mine[int(node[mine].argmax())]
        units = np.flatnonzero(left)
        ones = np.where(whole, 1, self.beside)[units]
        taken = np.where(whole, 1, self.taken)[units]
        return FailingKinds(node[units], down[units], ones, taken, np.zeros(len(units), dtype=bool)), units

    def of_kinds(self, usd: Array, units: Counts) -> Array:
        """Prices of these kinds, by those of units."""
        whole = self.filled & ~self.pieces
        return np.asarray(np.where(whole, usd * self.beside, usd)[units])
