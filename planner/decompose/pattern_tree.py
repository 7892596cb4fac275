"""Branching on the fleet where starts cost: boxes of fleets, each bounded by column generation over patterns.

Duals, patterns and bounds are handed down from a box to its parts. Where duals prove that fleets of so many
nodes cost more than the target, those are cut off at once.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.decompose.branching import Branching
from planner.decompose.hours import Box
from planner.decompose.pattern_bound import BoxGeneration, Prover
from planner.decompose.pattern_master import Duals
from planner.decompose.role_bound import ROUGH, RoleBounds
from planner.decompose.role_master import RoleDuals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.decompose.role_bound import RoleBoxBound
    from planner.decompose.tree import Tree

EXHAUSTED = 0.5
NARROWER = 1e-3
WHOLE = 1e-3


@dataclass(order=True)
class Part:
    """An open box with its bound; the duals to begin with, and column generation once it has begun."""

    bound: float
    serial: int
    box: Box = field(compare=False)
    duals: Duals = field(compare=False)
    generation: BoxGeneration | None = field(compare=False, default=None)


class PatternTree(Branching[Part]):
    """The search: `step` until `done`; `bound` is valid at any time. It goes on where a tree ended.

    `schedule` is what the last proof found, on[unit, period].
    """

    def __init__(self, root: Tree) -> None:
        assert root.root is not None
        super().__init__(root.target, settled=root.target)
        structure, prices = root.structure, root.root
        self.structure = structure
        sigma = prices.theta * structure.weight * structure.unit_start_usd[:, None]
        nu = np.zeros((structure.hardware, structure.periods))
        for pool, price in zip(structure.pools, prices.node_price * structure.weighted_hours, strict=True):
            nu[pool.hardware] = np.maximum(nu[pool.hardware], price + pool.running)
        self.roles = RoleBounds(structure, RoleDuals(sigma, nu))
        box = root.hull()
        first = self.roles.bound(box)
        self.roles.duals = first.duals
        self.prover = Prover(structure, root.bound)
        self.prover.hours.expect(first.duals.nu)
        self.schedule: NDArray[np.int64] | None = None
        self._narrowed_for = root.target
        worth = [first.duals.nu[pool.hardware] - pool.running for pool in structure.pools]
        duals = Duals(first.duals.sigma, np.maximum(np.array(worth).reshape(len(worth), -1), 0.0))
        self._push(Part(max(root.bound, first.bound), 0, self._narrower(box, first), duals))

    def learn(self, on: NDArray[np.int64]) -> None:
        """Take in the units of a plan, on[unit, period]."""
        self.prover.patterns.grow(on.T)

    def step(self) -> None:
        """One round for the box with the lowest bound; split it once its own bound will not reach the
        target.
        """
        if self.target < self._narrowed_for * (1 - NARROWER):
            self._narrow()
        part = heapq.heappop(self.open)
        if part.generation is None:
            part.generation = BoxGeneration(self.prover, part.box, part.duals)
        else:
            part.generation.round()
        at = part.generation
        self.schedule = at.schedule
        part.bound = max(part.bound, at.proof.bound)
        if part.bound >= self.target:
            self.settled = min(self.settled, part.bound)
        elif not self._splits(part, at):
            self._push(part)
        elif (part.box.low == part.box.high).all():
            self.settled = min(self.settled, part.bound)
        else:
            for piece in self._pieces(self._cut(part.box, at), at):
                bound = max(part.bound, self.roles.bound(piece, self.target, ROUGH).bound)
                self._push(Part(bound, 0, piece, at.duals))

    def _narrow(self) -> None:
        """With a lower target smaller boxes are left; those that shrink begin anew."""
        self._narrowed_for = self.target
        self.settled = min(self.settled, self.target)
        for part in self.open:
            found = self.roles.bound(part.box, self.target, ROUGH)
            part.bound = max(part.bound, found.bound)
            box = part.box if part.bound >= self.target else self._narrower(part.box, found)
            if (box.low > part.box.low).any() or (box.high < part.box.high).any():
                part.duals = part.duals if part.generation is None else part.generation.duals
                part.box, part.generation = box, None
        heapq.heapify(self.open)

    def _narrower(self, box: Box, found: RoleBoxBound) -> Box:
        return self.roles.narrowed(box, self.target, found.fleet) if np.isfinite(self.target) else box

    def _splits(self, part: Part, at: BoxGeneration) -> bool:
        """Whether more rounds would not help: they lead to the master's cost at most."""
        if at.closed or (part.box.low == part.box.high).all():
            return at.closed
        return at.cost < self.target and at.cost - part.bound < EXHAUSTED * (self.target - part.bound)

    def _cut(self, box: Box, at: BoxGeneration) -> Box:
        """The box without the ends that the proof rules out; what is cut off costs the target at least."""
        low, high = box.low.copy(), box.high.copy()
        for place, line in enumerate(at.proof.lines):
            beyond = at.proof.bound + line
            inside = np.flatnonzero(beyond < self.target)
            cut = beyond[np.setdiff1d(np.arange(len(line)), inside)]
            self.settled = min(self.settled, float(cut.min(initial=np.inf)))
            low[place], high[place] = box.low[place] + inside[0], box.low[place] + inside[-1]
        return Box(low, high)

    def _pieces(self, box: Box, at: BoxGeneration) -> list[Box]:
        """Split the pool whose width is worth most where the master holds its nodes.

        A whole number of nodes, as where their price jumps, becomes a piece of its own.
        """
        price = np.array([pool.price[0] if len(pool.price) else 0.0 for pool in self.structure.pools])
        place = int(np.argmax((box.high - box.low) * (price + 1e-9)))
        low, high = int(box.low[place]), int(box.high[place])
        fleet = (low + high) / 2 if at.optimum is None else float(at.optimum.fleet[place])
        fleet = min(max(fleet, low), high)
        whole = round(fleet)
        if abs(fleet - whole) < WHOLE:
            ends = [(low, whole - 1), (whole, whole), (whole + 1, high)]
        else:
            ends = [(low, int(np.floor(fleet))), (int(np.floor(fleet)) + 1, high)]
        pieces = []
        for first, last in ends:
            if first <= last:
                below, above = box.high.copy(), box.low.copy()
                below[place], above[place] = last, first
                pieces.append(Box(above, below))
        return pieces

    def _push(self, part: Part) -> None:
        part.serial = self.serial
        self.serial += 1
        heapq.heappush(self.open, part)
