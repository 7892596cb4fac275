"""Branching on the fleet: boxes of fleets, the one with the lowest bound split first."""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.box_bound import bound_of
from planner.optimize.decomposition.ends import end_of
from planner.optimize.decomposition.hours import Box, Effort, HourModel
from planner.optimize.decomposition.slots import nested, slots_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.start_prices import LinearRoot
    from planner.optimize.decomposition.structure import Structure

CANDIDATES = 2
"""Pools along which a box is tried to be split."""
QUICK_MOST = 8_000
"""Combinations looked at in the quick bound of a half."""
FULL_MOST = 60_000
"""The same in its full bound; four times as many for a single fleet."""
TIGHTENING_ROUNDS = 2
"""Rounds over all ends of a box."""
QUICK, FULL, DEEP, LEAF = 0.012, (0.02, 0.05), (0.02, 0.05, 0.2, 0.8), (0.05, 0.15, 0.5, 2.0)
"""Limits on the excess, in mean costs of an hour: of quick bounds, of full ones, of full ones among few kinds
of hardware, of single fleets."""
FEW_HARDWARE = 4
"""So many kinds of hardware are few."""
UNUSED_NODES = 0.5
"""Nodes below which the relaxation does not use a pool: it is split at a quarter instead of its middle."""


@dataclass(order=True)
class Node:
    """An open box with its bound."""

    bound: float
    serial: int
    box: Box = field(compare=False)
    fleet: NDArray[np.int64] = field(compare=False)


class Tree:
    """The search: `step` until `done`; `bound` is valid at any time.

    `open` boxes are a heap, lowest bound first; `settled` is the least bound of all that is no longer open.
    """

    def __init__(self, structure: Structure, root: LinearRoot, most: int) -> None:
        """From the linear relaxation's optimum, with at most so many slots in the search of hours."""
        self.target = self.settled = np.inf
        self.open: list[Node] = []
        self.serial = 0
        self.structure, self.root = structure, root
        slots = slots_of(structure, most, theta=root.theta)
        self.model = HourModel(structure, slots)
        self.inside = nested(slots, root.slots)
        self.leaves: list[Node] = []
        self.usd = max(1e-9, root.prices.bound / float(slots.hours.sum()))
        self.owners = self._width(Box(structure.least, structure.most))
        fleet = np.round(root.prices.fleet).astype(np.int64)
        self._push(root.prices.bound, Box(structure.least, structure.most), fleet)

    @property
    def bound(self) -> float:
        """Valid lower bound of the cost of all fleets."""
        return min(self.settled, self.open[0].bound if self.open else np.inf)

    @property
    def done(self) -> bool:
        """Whether nothing is left that could be cheaper than the target, or than a fleet settled below it."""
        return not self.open or self.open[0].bound >= min(self.target, self.settled)

    def effort(self, quick: bool) -> Effort:
        """Limits on the excess, as shares of the mean cost of an hour."""
        if quick:
            return Effort((QUICK * self.usd,), QUICK_MOST)
        shares = DEEP if self.structure.hardware <= FEW_HARDWARE else FULL
        return Effort(tuple(share * self.usd for share in shares), FULL_MOST)

    def tighten(self, until: float = np.inf) -> None:
        """Cut off, pool by pool, the fleets whose linear relaxation alone reaches the target, until a time."""
        if self.open:
            node = self.open[0]
            self.open[0] = Node(node.bound, node.serial, self.narrowed(node.box, until), node.fleet)

    def narrowed(self, box: Box, until: float = np.inf) -> Box:
        """A box without its ends whose linear relaxation alone reaches the target."""
        for _ in range(TIGHTENING_ROUNDS):
            for place in np.argsort(-self.owners).tolist():
                for side in (0, 1):
                    if time.monotonic() > until or not np.isfinite(self.target):
                        return box
                    box = self._without_end(box, place, side)
        return box

    def _without_end(self, box: Box, place: int, side: int) -> Box:
        """Bisect for the smallest (side 0) or largest (side 1) number of nodes that may pay."""
        low, high = box.low.copy(), box.high.copy()
        middle = int(np.clip(round(self.root.prices.fleet[place]), low[place], high[place]))
        (low if side == 0 else high)[place] = end_of(
            box, place, int(low[place] if side == 0 else high[place]), middle, self._reaches
        )
        return Box(low, high)

    def _reaches(self, box: Box) -> bool:
        """Whether the linear relaxation of a box reaches the target, which settles it."""
        prices = self.root.relaxation.solve(box)
        bound = np.inf if prices is None else prices.bound
        if bound < self.target:
            return False
        self.settled = min(self.settled, bound)
        return True

    def step(self) -> None:
        """Split the box with the lowest bound, along the pool that raises the bounds of both halves most."""
        node = heapq.heappop(self.open)
        width = self._width(node.box)
        candidates = [place for place in np.argsort(-width).tolist()[:CANDIDATES] if width[place] > 0]
        if not candidates:
            self._leaf(node)
            return
        quick = len(candidates) > 1
        splits = [self._halves(node, place, quick) for place in candidates]
        score = [
            np.prod([max(min(h.bound, self.target) - node.bound, 1e-6 * self.usd) for h in s]) for s in splits
        ]
        for half in splits[int(np.argmax(score))]:
            if quick and half.bound < self.target:
                half = self._bounded(node, half.box, quick=False)
            self._push(max(half.bound, node.bound), half.box, half.fleet)

    def _width(self, box: Box) -> NDArray[np.float64]:
        """What the nodes between the ends of a box cost, USD, shape [pool]: what there is to decide."""
        ends = zip(self.structure.pools, box.low.tolist(), box.high.tolist(), strict=True)
        return np.array([pool.cost(high) - pool.cost(low) for pool, low, high in ends])

    def _leaf(self, node: Node) -> None:
        """A single fleet, or fleets of one price: search the hours as far as reason allows, then settle."""
        prices = self.root.relaxation.solve(node.box)
        if prices is not None:
            effort = Effort(tuple(share * self.usd for share in LEAF), 4 * FULL_MOST)
            node.bound = max(
                node.bound, bound_of(self.model, node.box, prices.spread(self.inside), effort).bound
            )
            self.leaves.append(node)
            self.settled = min(self.settled, node.bound)

    def hull(self) -> Box:
        """The smallest box with every fleet that may still cost less than the target."""
        boxes = [node.box for node in (*self.open, *self.leaves) if node.bound < self.target]
        return Box(np.min([box.low for box in boxes], axis=0), np.max([box.high for box in boxes], axis=0))

    def _halves(self, node: Node, place: int, quick: bool) -> list[Node]:
        low, high = int(node.box.low[place]), int(node.box.high[place])
        unused = self.root.prices.fleet[place] < UNUSED_NODES
        middle = low + (high - low) // (4 if unused else 2)  # much of an unused pool is seldom of use
        lower, upper = node.box.high.copy(), node.box.low.copy()
        lower[place], upper[place] = middle, middle + 1
        boxes = (Box(node.box.low, lower), Box(upper, node.box.high))
        return [self._bounded(node, box, quick) for box in boxes]

    def _bounded(self, parent: Node, box: Box, quick: bool) -> Node:
        prices = self.root.relaxation.solve(box)
        if prices is None:
            return Node(np.inf, 0, box, parent.fleet)
        if prices.bound >= self.target:
            return Node(prices.bound, 0, box, parent.fleet)
        found = bound_of(self.model, box, prices.spread(self.inside), self.effort(quick))
        return Node(max(found.bound, parent.bound), 0, box, found.fleet)

    def _push(self, bound: float, box: Box, fleet: NDArray[np.int64]) -> None:
        if np.isfinite(bound):
            heapq.heappush(self.open, Node(bound, self.serial, box, fleet))
            self.serial += 1
