"""Boxes of counts of like units, with what is lost of them at least: they hold at whatever prices.

Units of kind u have a value v[u], a part of a work, and lie n[u] on a node; nodes are lost each by itself with a chance
q[u]. A loss takes no less than l[u] units, one where they may lie anywhere and n[u] where they fill one node after
another, so x units lose at least l[u] v[u] times the number lost of floor(x[u] / n[u]) nodes. Kinds of about the same
value make a group g; with the least l v and q of it the nodes y[g] of all of them,

    y[g] = sum_u floor(x[u] / n[u]),     losses of at least  sum_g (l v)[g] Binomial(y[g], q[g])

of which Q(y), the quantile at 1 - missing, never falls in y. So in a box least <= y <= most counts that stand have

    sum_u v[u] x[u]  >=  1 + Q(least)

Boxes are halved where a price asks for it, and stay halved. Losses rarer than matter count as none. Losses of kinds
that are `sure` are left out where a second chance is asked for: Q is the larger of the quantile of all losses at
1 - missing, and that of the others at 1 - missing_if_sure, for several `levels` of the latter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.model.loss_quantiles import GroupLosses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Counts = NDArray[np.int64]
    Flags = NDArray[np.bool_]

REACH, NODES_REACHED = 5.0, 4.0
"""Counts that carry more than so many times the work, and as so many of the largest nodes, lie in no box."""
ALIKE, MOST_GROUPS, COARSER = 1.005, 24, 1.3
"""Values of kinds of a group differ by less than this factor, and so do their chances to be lost, or one raised by the
last until there are few groups."""
SIZE_ROUNDING = 2e-9


@dataclass(frozen=True, eq=False)
class FailingKinds:
    """Types of units for a work of 1, all of shape [kind]; `taken` are units that the loss of a node takes."""

    value: Array
    down: Array
    beside: Counts
    taken: Counts
    sure: Flags

    def groups(self) -> list[Counts]:
        """Kinds of about the same value and chance, all of them sure or none.

        No more than `MOST_GROUPS`, or one of each.
        """
        factor = ALIKE
        while True:
            found = list(self._alike(factor))
            if len(found) <= MOST_GROUPS or len(found) == len(set(self.sure.tolist())):
                return found
            factor *= COARSER

    def _alike(self, factor: float) -> Iterator[Counts]:
        order = np.lexsort((self.value, self.down, self.sure))
        while len(order):
            least = order[0]
            down = self.down[order] <= factor * self.down[least]
            same = down & (self.sure[order] == self.sure[least])
            value = self.value[order[same]].min()
            group = order[same][self.value[order[same]] <= factor * value]
            yield group
            order = order[~np.isin(order, group)]


class LossBoxes:
    """Boxes of nodes by group: `least` and `most` of shape [box, group], and Q, `lost`, of shape [box, level]."""

    def __init__(self, kinds: FailingKinds, missing: float, levels: Array) -> None:
        self.kinds, self.groups, self.levels = kinds, kinds.groups(), levels
        node = kinds.value * kinds.beside
        self.small = np.array([node[group].min() for group in self.groups])
        self.large = np.array([node[group].max() for group in self.groups])
        self.reach = max(REACH, NODES_REACHED * float(self.large.max()))
        in_part = np.where(kinds.sure, 1.0, 1.0 - 1.0 / kinds.beside)
        self.partly = np.array([in_part[group].sum() for group in self.groups])
        taken = kinds.value * kinds.taken
        loss = np.array([taken[group].min() for group in self.groups])
        self.down = np.array([kinds.down[group].min() for group in self.groups])
        self._sure = np.array([bool(kinds.sure[group[0]]) for group in self.groups])
        self._missing, self._losses = missing, GroupLosses(loss, self.down)
        self._unsure = GroupLosses(loss[~self._sure], self.down[~self._sure])
        self.least = np.zeros((1, len(self.groups)), dtype=np.int64)
        self.most = np.ceil(self.reach / self.small).astype(np.int64)[None]
        self.lost, self.carried = self._quantiles(self.least), self._carried(self.most)

    def halve(self, boxes: Counts, group: Counts, more: Counts) -> None:
        """Halve boxes, shape [box], along a group each, at `more` beyond the least; new ones are the last then."""
        low, high = self.least[boxes], self.most[boxes]
        at = np.arange(len(boxes)), group
        middle = low[at] + np.clip(more, 0, high[at] - low[at] - 1)
        first, second = high.copy(), low.copy()
        first[at], second[at] = middle, middle + 1
        self.most[boxes] = first
        self.carried[boxes] = self._carried(first)
        there = second @ self.small <= self.reach
        second, high = second[there], high[there]
        lost = np.maximum(self.lost[boxes[there]], self._quantiles(second))
        self.least, self.most = np.vstack([self.least, second]), np.vstack([self.most, high])
        self.carried = np.append(self.carried, self._carried(high))
        self.lost = np.vstack([self.lost, lost])

    def _carried(self, most: Counts) -> Array:
        """The most that counts of some boxes carry, shape [box]."""
        return np.asarray((most + self.partly) @ self.large, dtype=np.float64)

    def _quantiles(self, nodes: Counts) -> Array:
        """Q of so many nodes of each group, shape [count, level]."""
        of_all = self._losses.quantiles(nodes, np.array([self._missing]))
        return np.maximum(of_all, self._unsure.quantiles(nodes[:, ~self._sure], self.levels))
