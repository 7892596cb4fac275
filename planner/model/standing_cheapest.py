"""The least that units cost which keep one work standing, at given prices: never more than that, and counts near it.

Counts x that stand lie in boxes (`planner.model.standing_boxes`), and in a box have v x >= 1 + Q. At prices w[u] they
cost no less than the linear program over the box, in nodes y[g] of each group, which by its dual is

    max over m >= 0 of   m (1 + Q) + sum_g min over least[g] <= y <= most[g] of  y c[g](m),
    c[g](m) = min over u in g of  n[u] (w[u] - m v[u])

at a multiplier m of 0, or at which a kind costs as much as it is worth, or two kinds of a group are equally good.
The least of all boxes is a bound. The box that has it is halved along the group of which most is used beyond its
least, weighed by what that may lose; where nothing is, the bound of the box is what its groups say.
"""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from planner.model.standing_boxes import SIZE_ROUNDING, LossBoxes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.standing_boxes import FailingKinds

    Array = NDArray[np.float64]
    Counts = NDArray[np.int64]

AT_ONCE, MOST_BOXES = 64, 8_000
NOTHING = 1e-12
MOST_ADDED = 60
"""Units that are added to counts of a box until they carry what is asked there."""


class CheapestStanding:
    """Asks for the least cost at several chances `levels` to be missed (where some kinds are sure, of the others)."""

    def __init__(self, kinds: FailingKinds, missing: float, levels: Array) -> None:
        self._kinds, self._boxes = kinds, LossBoxes(kinds, missing, levels)

    def at(self, usd: Array) -> None:
        """Set prices, above 0, of shape [kind]."""
        kinds, groups = self._kinds, self._boxes.groups
        self._usd = usd
        node, value = usd * kinds.beside, kinds.value * kinds.beside
        worth = [usd / kinds.value]
        for group in groups:
            for one, other in permutations(group.tolist(), 2):
                if value[one] > value[other] and node[one] > node[other]:
                    worth.append(np.array([(node[one] - node[other]) / (value[one] - value[other])]))
        self._multiplier = np.unique(np.concatenate([np.zeros(1), *worth]))
        left = node[:, None] - self._multiplier * value[:, None]
        self._node = np.array([left[group].min(axis=0) for group in groups])
        self._beyond = self._boxes.reach * float(worth[0].min())
        self._open = np.arange(len(self._boxes.least))
        self._base = self._of_groups(self._open)

    def leave_out(self, usd: float) -> None:
        """Look no more at boxes of which even counts that lose nothing cost more than so many USD, at these prices."""
        least = (self._base + (1.0 - SIZE_ROUNDING) * self._multiplier).max(axis=1)
        self._beyond, keep = min(self._beyond, usd), least <= usd
        self._open, self._base = self._open[keep], self._base[keep]

    def bound(self, level: int, spare: float = 0.0) -> float:
        """No counts that stand at this level beside what is `spare` cost less."""
        return min(float(self._by_box(level, spare)[0].min(initial=np.inf)), self._beyond)

    def refine(self, level: int, spare: float = 0.0) -> bool:
        """Halve the boxes of the lowest bounds; whether that may have raised the bound."""
        boxes = self._boxes
        if len(boxes.least) > MOST_BOXES or not len(self._open):
            return False
        bound, at = self._by_box(level, spare)
        place = np.argsort(bound)[:AT_ONCE]
        chosen = self._open[place]
        more = self._used(place, self._needed(level, spare)[place], at[place]) - boxes.least[chosen]
        weight = np.where(boxes.most[chosen] > boxes.least[chosen], more * boxes.down * boxes.small, 0.0)
        group = weight.argmax(axis=1)
        open_ = weight.max(axis=1) > NOTHING
        if not open_[0]:
            return False
        place, chosen, group, more = place[open_], chosen[open_], group[open_], more[open_]
        half = np.floor(more[np.arange(len(group)), group] / 2.0).astype(np.int64)
        before = len(boxes.least)
        boxes.halve(chosen, group, half)
        added = np.arange(before, len(boxes.least))
        self._base[place] = self._of_groups(chosen)
        self._base = np.vstack([self._base, self._of_groups(added)])
        self._open = np.append(self._open, added)
        return True

    def counts(self, level: int, spare: float = 0.0) -> Counts:
        """Counts near the cheapest that stand, those of the box with the lowest bound, shape [kind]."""
        boxes, kinds = self._boxes, self._kinds
        counts = np.zeros(len(kinds.value), dtype=np.int64)
        if not len(self._open):
            return counts
        bound, at = self._by_box(level, spare)
        box = int(bound.argmin())
        multiplier = self._multiplier[at[box]]
        needed = self._needed(level, spare)[[box]]
        used = self._used(np.array([box]), needed, at[[box]])[0]
        for group, nodes in zip(boxes.groups, np.ceil(used - NOTHING).astype(np.int64).tolist(), strict=True):
            best = group[
                int(((self._usd - multiplier * kinds.value) * kinds.beside)[group].argmin())
            ]  # its nodes cost least beyond what they are worth
            counts[best] = nodes * kinds.beside[best]
        for _ in range(MOST_ADDED):
            short = float(needed[0] - counts @ kinds.value)
            if short <= 0.0:
                break
            counts[int((self._usd / np.minimum(kinds.value, short)).argmin())] += 1
        return counts

    def _needed(self, level: int, spare: float) -> Array:
        """What counts of a box that is looked at carry at least, shape [box]."""
        return np.asarray(1.0 + np.maximum(self._boxes.lost[self._open, level] - spare, 0.0) - SIZE_ROUNDING)

    def _by_box(self, level: int, spare: float) -> tuple[Array, Counts]:
        """A bound of each box, and the place of the multiplier that gives it."""
        needed = self._needed(level, spare)
        value = self._base + needed[:, None] * self._multiplier
        at = value.argmax(axis=1)
        bound = value[np.arange(len(at)), at]
        return np.where(self._boxes.carried[self._open] < needed, np.inf, bound), at

    def _of_groups(self, chosen: Counts) -> Array:
        """What the groups add to the bound of some boxes, shape [box, multiplier]."""
        boxes = self._boxes
        low, high = np.maximum(self._node, 0.0), np.minimum(self._node, 0.0)
        return np.asarray(boxes.least[chosen] @ low + (boxes.most[chosen] + boxes.partly) @ high)

    def _used(self, place: Counts, needed: Array, at: Counts) -> Array:
        """Nodes of each group in the linear program of some boxes, shape [box, group]."""
        boxes = self._boxes
        node = self._node[:, at].T
        low, high = boxes.least[self._open[place]], boxes.most[self._open[place]]
        used = np.where(node < -NOTHING, high, low).astype(np.float64)
        left = needed - used @ boxes.large
        for group, size in enumerate(boxes.large.tolist()):
            even = np.abs(node[:, group]) <= NOTHING
            added = np.where(even, np.clip(left / size, 0.0, high[:, group] - low[:, group]), 0.0)
            used[:, group] += added
            left = left - added * size
        return used
