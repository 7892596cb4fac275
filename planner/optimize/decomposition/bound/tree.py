"""Branch and bound on the fleet: ranges of fleets, the one with the lowest bound split first."""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.bound.bisection import first_open
from planner.optimize.decomposition.bound.box_proof import linear_proof, shortage_proof
from planner.optimize.decomposition.bound.hours import Effort, HourModel
from planner.optimize.decomposition.bound.lagrangian_bound import lagrangian_bound
from planner.optimize.decomposition.bound.shortage import shortage_of
from planner.optimize.decomposition.bound.time_aggregation import aggregated, nested
from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
from planner.optimize.decomposition.tolerances import NO_MONEY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.bound.box_proof import BoxProof
    from planner.optimize.decomposition.bound.relaxation import Prices
    from planner.optimize.decomposition.bound.start_prices import LinearRoot
    from planner.optimize.decomposition.parameters import BoundParameters
    from planner.optimize.decomposition.problem.structure import Structure


@dataclass(order=True)
class BranchNode:
    """An open range with its bound, and what proves it: of the range, or of a wider one."""

    bound: float
    serial: int
    fleets: FleetBounds = field(compare=False)
    fleet: NDArray[np.int64] = field(compare=False)
    proof: BoxProof = field(compare=False)


class Tree:
    """The search: `step` until `done`; `bound` is valid at any time.

    `open` ranges are a heap, lowest bound first; `settled` is the least bound of all that is no longer open, which
    `closed` proves.
    """

    def __init__(self, structure: Structure, root: LinearRoot, parameters: BoundParameters) -> None:
        """From the linear relaxation's optimum."""
        self.cutoff = self.settled = np.inf
        self.open: list[BranchNode] = []
        self.closed: list[BoxProof] = []
        self.serial = 0
        self.structure, self.root, self.parameters = structure, root, parameters
        aggregation = aggregated(structure, parameters.groups, theta=root.theta)
        self.model = HourModel(structure, aggregation, parameters)
        self.inside = nested(aggregation, root.aggregation)
        self.leaves: list[BranchNode] = []
        self.usd = max(NO_MONEY, root.prices.bound / float(aggregation.hours.sum()))
        self.owners = self._width(FleetBounds(structure.least, structure.most))
        fleet = np.round(root.prices.fleet).astype(np.int64)
        every = FleetBounds(structure.least, structure.most)
        proof = linear_proof(every, root.prices, root.aggregation)
        self._push(BranchNode(root.prices.bound, 0, every, fleet, proof))

    @property
    def bound(self) -> float:
        """Valid lower bound of the cost of all fleets."""
        return min(self.settled, self.open[0].bound if self.open else np.inf)

    @property
    def proofs(self) -> list[BoxProof]:
        """What proves `bound`: together their ranges hold every fleet."""
        return [*self.closed, *(node.proof for node in self.open)]

    @property
    def done(self) -> bool:
        """Whether nothing is left that could be cheaper than the cutoff, or than a fleet settled below it."""
        return not self.open or self.open[0].bound >= min(self.cutoff, self.settled)

    def effort(self, quick: bool) -> Effort:
        """Limits on the reduced cost, as shares of the mean cost of an hour."""
        known = self.parameters
        if quick:
            return Effort((known.quick_limit * self.usd,), known.quick_combinations)
        shares = known.deep_limits if self.structure.hardware <= known.few_hardware else known.full_limits
        return Effort(tuple(share * self.usd for share in shares), known.full_combinations)

    def tighten(self, until: float = np.inf) -> None:
        """Cut off, pool by pool, the fleets whose linear relaxation alone reaches the cutoff, until a time."""
        if self.open:
            node = self.open[0]
            self.open[0] = replace(node, fleets=self.narrowed(node.fleets, until))

    def narrowed(self, fleets: FleetBounds, until: float = np.inf) -> FleetBounds:
        """A range without its ends whose linear relaxation alone reaches the cutoff."""
        for _ in range(self.parameters.tightening_rounds):
            for place in np.argsort(-self.owners).tolist():
                for side in (0, 1):
                    if time.monotonic() > until or not np.isfinite(self.cutoff):
                        return fleets
                    fleets = self._without_end(fleets, place, side)
        return fleets

    def _without_end(self, fleets: FleetBounds, place: int, side: int) -> FleetBounds:
        """Bisect for the smallest (side 0) or largest (side 1) number of nodes that may pay."""
        low, high = fleets.low.copy(), fleets.high.copy()
        middle = int(np.clip(round(self.root.prices.fleet[place]), low[place], high[place]))
        (low if side == 0 else high)[place] = first_open(
            fleets, place, int(low[place] if side == 0 else high[place]), middle, self._reaches
        )
        return FleetBounds(low, high)

    def _reaches(self, fleets: FleetBounds) -> bool:
        """Whether the linear relaxation of a range reaches the cutoff, which settles it."""
        node, _ = self._linear(fleets)
        if node.bound < self.cutoff:
            return False
        self.settled = min(self.settled, node.bound)
        self.closed.append(node.proof)
        return True

    def _linear(self, fleets: FleetBounds) -> tuple[BranchNode, Prices | None]:
        """A range with the bound of its linear relaxation and its prices; inf and None where it has no solution."""
        structure, aggregation = self.structure, self.root.aggregation
        prices = self.root.relaxation.solve(fleets)
        if prices is not None:
            fleet, proof = np.round(prices.fleet), linear_proof(fleets, prices, aggregation)
            return BranchNode(prices.bound, 0, fleets, fleet.astype(np.int64), proof), prices
        shortage = shortage_of(structure, aggregation, fleets)
        assert shortage is not None
        proof = shortage_proof(fleets, shortage, aggregation, len(structure.pools))
        return BranchNode(np.inf, 0, fleets, fleets.low, proof), None

    def step(self) -> None:
        """Split the range with the lowest bound, along the pool that raises the bounds of both halves most."""
        node = heapq.heappop(self.open)
        width = self._width(node.fleets)
        widest = np.argsort(-width).tolist()[: self.parameters.split_candidates]
        candidates = [place for place in widest if width[place] > 0]
        if not candidates:
            self._leaf(node)
            return
        quick = len(candidates) > 1
        splits = [self._halves(node, place, quick) for place in candidates]
        least_rise = self.parameters.least_rise * self.usd
        score = [
            np.prod([max(min(h.bound, self.cutoff) - node.bound, least_rise) for h in s]) for s in splits
        ]
        for half in splits[int(np.argmax(score))]:
            if quick and half.bound < self.cutoff:
                half = self._bounded(node, half.fleets, quick=False)
            self._push(half)

    def _width(self, fleets: FleetBounds) -> NDArray[np.float64]:
        """What the nodes between the ends of a range cost, USD, shape [pool]: what there is to decide."""
        ends = zip(self.structure.pools, fleets.low.tolist(), fleets.high.tolist(), strict=True)
        return np.array([pool.cost(high) - pool.cost(low) for pool, low, high in ends])

    def _leaf(self, node: BranchNode) -> None:
        """A single fleet, or fleets of one price: search the hours as far as reason allows, then settle."""
        linear, prices = self._linear(node.fleets)
        if prices is None:
            self.closed.append(linear.proof)
            return
        effort = Effort(
            tuple(share * self.usd for share in self.parameters.leaf_limits),
            self.parameters.leaf_combinations,
        )
        found = lagrangian_bound(self.model, node.fleets, prices.spread(self.inside), effort)
        if found.bound > node.bound:
            node.bound, node.proof = found.bound, found.proof
        self.leaves.append(node)
        self.settled = min(self.settled, node.bound)
        self.closed.append(node.proof)

    def hull(self) -> FleetBounds:
        """The smallest range with every fleet that may still cost less than the cutoff."""
        left = [node.fleets for node in (*self.open, *self.leaves) if node.bound < self.cutoff]
        return FleetBounds(
            np.min([fleets.low for fleets in left], axis=0), np.max([fleets.high for fleets in left], axis=0)
        )

    def _halves(self, node: BranchNode, place: int, quick: bool) -> list[BranchNode]:
        low, high = int(node.fleets.low[place]), int(node.fleets.high[place])
        unused = self.root.prices.fleet[place] < self.parameters.unused_nodes
        middle = low + (high - low) // (
            self.parameters.unused_split if unused else 2
        )  # much of an unused pool is seldom of use
        lower, upper = node.fleets.high.copy(), node.fleets.low.copy()
        lower[place], upper[place] = middle, middle + 1
        halves = (FleetBounds(node.fleets.low, lower), FleetBounds(upper, node.fleets.high))
        return [self._bounded(node, fleets, quick) for fleets in halves]

    def _bounded(self, parent: BranchNode, fleets: FleetBounds, quick: bool) -> BranchNode:
        linear, prices = self._linear(fleets)
        if prices is None or linear.bound >= self.cutoff:
            return replace(linear, fleet=parent.fleet)
        found = lagrangian_bound(self.model, fleets, prices.spread(self.inside), self.effort(quick))
        if found.bound > parent.bound:
            return BranchNode(found.bound, 0, fleets, found.fleet, found.proof)
        return BranchNode(parent.bound, 0, fleets, found.fleet, parent.proof)

    def _push(self, node: BranchNode) -> None:
        if np.isfinite(node.bound):
            heapq.heappush(self.open, replace(node, serial=self.serial))
            self.serial += 1
        else:
            self.closed.append(node.proof)
