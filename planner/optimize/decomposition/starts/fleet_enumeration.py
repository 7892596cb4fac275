"""Bounds of all fleets of a range, where starts cost: the fleet whose bound is least gets prices of its own.

Those prices bound every other fleet too. Prices with the roles apart come first, since they cost next to nothing;
where they help no more, column generation for the fleet takes over, until its bound reaches the cutoff or stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
from planner.optimize.decomposition.starts.duals import HardwareDuals, PoolDuals
from planner.optimize.decomposition.starts.fleet_table import FleetTable, fits
from planner.optimize.decomposition.starts.pattern_generation import PatternGeneration, Prover
from planner.optimize.decomposition.starts.role_bound import RoleBounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.bound.tree import Tree
    from planner.optimize.decomposition.parameters import StartsParameters


class FleetEnumeration:
    """The search: `step` until `done`; `bound` is valid at any time. It goes on where a tree ended.

    `schedule` is what the last step found: a fleet and on[unit, period] if there is one.
    """

    def __init__(
        self, tree: Tree, roles: RoleBounds, fleets: FleetBounds, duals: HardwareDuals, bound: float
    ) -> None:
        self.cutoff = self.settled = tree.cutoff
        self.structure, self.roles, self.start = tree.structure, roles, duals
        self.parameters = roles.parameters
        self.prover = Prover(tree.structure, bound, roles.parameters)
        self.prover.hours.expect(duals.node)
        self.table = FleetTable(tree.structure, self.prover.hours, fleets, bound)
        self.table.improve(duals)
        self.duals = self._of_pools(duals)
        self.schedule: tuple[NDArray[np.int64], NDArray[np.int64] | None] | None = None
        self._ended = np.zeros(self.table.least.shape, dtype=np.bool_)
        self._generation: PatternGeneration | None = None
        self._share, self._idle = 1.0, 0
        self._by_roles = True

    @staticmethod
    def begin(tree: Tree, parameters: StartsParameters) -> FleetEnumeration | None:
        """Where a tree ended, None where fleets are too many for it."""
        root, structure = tree.root, tree.structure
        if not tree.open:
            return None
        sigma = root.theta * structure.weight * structure.unit_start_usd[:, None]
        nu = np.zeros((structure.hardware, structure.periods))
        node_price = root.prices.node_price[:, root.aggregation.of] * structure.weighted_hours
        for pool, price in zip(structure.pools, node_price, strict=True):
            nu[pool.hardware] = np.maximum(nu[pool.hardware], price + pool.running)
        roles = RoleBounds(structure, HardwareDuals(sigma, nu), parameters)
        fleets = tree.hull()
        first = roles.bound(fleets)
        roles.duals = first.duals
        if np.isfinite(tree.cutoff):
            fleets = roles.narrowed(fleets, tree.cutoff, first.fleet)
        if not fits(structure, fleets, parameters.enumerated_fleets):
            return None
        return FleetEnumeration(tree, roles, fleets, first.duals, max(tree.bound, first.bound))

    @property
    def bound(self) -> float:
        """Valid lower bound of the cost of all fleets."""
        return min(self.settled, float(self.table.least.min()))

    @property
    def done(self) -> bool:
        """Whether nothing is left that could be cheaper than the cutoff, or than a fleet that ended below it."""
        return self._lowest()[1] >= min(self.cutoff, self.settled, self._least_ended)

    @property
    def _least_ended(self) -> float:
        return float(self.table.least[self._ended].min(initial=np.inf))

    def _lowest(self) -> tuple[NDArray[np.int64], float]:
        """The fleet with the least bound of all whose bounds may still rise."""
        open_bounds = np.where(self._ended, np.inf, self.table.least)
        at = np.unravel_index(int(open_bounds.argmin()), open_bounds.shape)
        return self.table.fleets.low + np.array(at), float(open_bounds[at])

    def learn(self, on: NDArray[np.int64]) -> None:
        """Take in the units of a plan, on[unit, period]."""
        self.prover.patterns.grow(on.T)

    def step(self) -> None:
        """Prices for the fleet with the least bound."""
        self._narrow()
        fleet, before = self._lowest()
        if before >= self.cutoff:
            return
        if self._by_roles:
            self._priced_by_roles(fleet, before)
        else:
            self._generated(fleet, before)

    def _narrow(self) -> None:
        """Leave out fleets that reach the cutoff."""
        fleets = self.table.narrowed(self.table.fleets, self.cutoff)
        if fleets is None or (
            (fleets.low == self.table.fleets.low).all() and (fleets.high == self.table.fleets.high).all()
        ):
            return
        self.settled = min(self.settled, self.cutoff)
        self._ended = self._ended[self.table.inside(fleets)]
        self.table.restrict(fleets)

    def _priced_by_roles(self, fleet: NDArray[np.int64], before: float) -> None:
        self.schedule = (fleet, None)
        self.roles.duals = self.start
        self.table.improve(self.roles.bound(FleetBounds(fleet, fleet)).duals)
        gain = self.table.lowest(FleetBounds(fleet, fleet)) - before
        self._by_roles = gain > self.parameters.role_gain * (min(self.cutoff, 2 * before) - before)

    def _of_pools(self, duals: HardwareDuals) -> PoolDuals:
        """Prices of nodes by pool, running cost taken off."""
        dual_value = [duals.node[pool.hardware] - pool.running for pool in self.structure.pools]
        return PoolDuals(duals.sigma, np.maximum(np.array(dual_value).reshape(len(dual_value), -1), 0.0))

    def _generated(self, fleet: NDArray[np.int64], before: float) -> None:
        """A round of column generation for a range around the fleet, smaller and smaller ones when it helps no
        more.
        """
        at = self._generation
        fresh = at is None or not ((at.fleets.low <= fleet) & (fleet <= at.fleets.high)).all()
        if at is None or fresh:
            at = self._generation = PatternGeneration(self.prover, self._around(fleet), self.duals)
        else:
            at.round()
        self.duals = at.duals
        self.schedule = (fleet, at.schedule)
        self.table.improve(HardwareDuals(at.tried.sigma, self.prover.hours.node_price), fleet)
        at.add(self.table.cheapest)
        self.table.raise_to(at.fleets, at.proof.bound)
        if (at.fleets.low == at.fleets.high).all():
            if at.closed:
                self._ended[tuple((fleet - self.table.fleets.low).tolist())] = True
        elif not fresh:
            gained = self._lowest()[1] - before > self.parameters.range_gain * (self.cutoff - before)
            self._idle = 0 if gained else self._idle + 1
            missing = self.cutoff - at.proof.bound
            near = at.cost - at.proof.bound < self.parameters.range_near * missing
            if at.closed or near or self._idle > self.parameters.range_patience:
                self._share, self._idle, self._generation = self._share / 2, 0, None

    def _around(self, fleet: NDArray[np.int64]) -> FleetBounds:
        """A share of what is left, with a fleet in the middle."""
        left = self.table.fleets
        if self._share == 1.0:
            return left
        reach = np.floor((left.high - left.low) * self._share / 2).astype(np.int64)
        return FleetBounds(np.maximum(left.low, fleet - reach), np.minimum(left.high, fleet + reach))
