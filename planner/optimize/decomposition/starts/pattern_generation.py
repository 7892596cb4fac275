"""Column generation over patterns: the bound of a range of fleets, unit starts priced one by one.

    cost(F) >= min over the range (c(F) - sum_t node[t] (F - low)) + sum_t w_t,
    w_t = min over patterns x: sum_u (sigma[u,t] - sigma[u,t+1]) x[u] + usd of its nodes

for any sigma[u,t] between 0 and the cost of a start and any node >= 0. Candidates are priced all at once;
what is proven comes from the search of the hours, at duals between the best so far and the
master's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.starts.duals import PoolDuals, following_of
from planner.optimize.decomposition.starts.hour_search import HourSearch
from planner.optimize.decomposition.starts.pattern_master import PatternMaster
from planner.optimize.decomposition.starts.patterns import Patterns, node_usd, sources_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.parameters import StartsParameters
    from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
    from planner.optimize.decomposition.problem.structure import Structure
    from planner.optimize.decomposition.starts.pattern_master import Optimum


@dataclass(frozen=True, eq=False)
class Proof:
    """What duals prove of a range: a bound of all of it, and the cheapest pattern of every period."""

    bound: float
    found: list[tuple[int, NDArray[np.int64]]]


class Prover:
    """What all ranges share: the patterns known, and the search of the hours."""

    def __init__(self, structure: Structure, scale_usd: float, parameters: StartsParameters) -> None:
        self.structure, self.parameters = structure, parameters
        self.patterns = Patterns(structure, parameters.patterns_known)
        self.following = following_of(structure)
        self.accuracy = parameters.accuracy_share * max(scale_usd, 0.0)
        self.hours = HourSearch(structure, self.accuracy / structure.periods, parameters)

    def proof(self, fleets: FleetBounds, duals: PoolDuals, beat: float = -np.inf) -> Proof:
        """The bound at these duals.

        Where it cannot beat the one at hand, the hours are left as they were estimated.
        """
        held = 0.0
        for place, pool in enumerate(self.structure.pools):
            low, high = int(fleets.low[place]), int(fleets.high[place])
            price = pool.node_prices()
            line = np.concatenate(([0.0], np.cumsum(price[low:high] - float(duals.node[place].sum()))))
            held += float(price[:low].sum() + line.min())
        cost, sources = duals.unit_cost(self.following), sources_of(self.structure, fleets, duals.node)
        hours = [self.hours.estimate(t, cost[:, t], sources) for t in range(self.structure.periods)]
        for hour in sorted(hours, key=lambda hour: -hour.gap):
            low, high = (held + sum(usd) for usd in zip(*((h.low, h.high) for h in hours), strict=True))
            if high <= beat or low == np.inf or high - low <= self.accuracy:
                break
            self.hours.settle(hour, sources)
        bound = held + sum(hour.low for hour in hours)
        return Proof(bound, [(hour.period, hour.units) for hour in hours if hour.units is not None])

    def usd(self, fleets: FleetBounds, duals: PoolDuals) -> NDArray[np.float64]:
        """USD of every pattern known in every period, inf where it does not serve."""
        sources = sources_of(self.structure, fleets, duals.node)
        table = node_usd(self.structure, sources, self.patterns.most_nodes)
        return self.patterns.usd(duals.unit_cost(self.following), table)


class PatternGeneration:
    """Column generation over one range: `round` again and again, until `closed`.

    `proof` is the best so far and `duals` are its own, `tried` those of the last; `optimum` is the master's, None
    before the first round.
    """

    def __init__(self, prover: Prover, fleets: FleetBounds, duals: PoolDuals) -> None:
        self.prover, self.fleets, self.duals, self.tried = prover, fleets, duals, duals
        self.parameters = prover.parameters
        self.proof = prover.proof(fleets, duals)
        self.optimum: Optimum | None = None
        self.closed = not np.isfinite(self.proof.bound)
        self._found, self._smoothing = self.proof.found, self.parameters.smoothing
        self._master: PatternMaster | None = None

    @property
    def cost(self) -> float:
        """Of the master: about as high as the bound of this range can get."""
        return np.inf if self.optimum is None else self.optimum.cost

    @property
    def schedule(self) -> NDArray[np.int64] | None:
        """The cheapest pattern of every period by the last proof, on[unit, period]."""
        if len(self._found) < self.prover.structure.periods:
            return None
        return np.array([units for _, units in self._found]).T

    def round(self) -> None:
        """The master over all patterns known, then a proof at its duals."""
        if self._master is None:
            self._master = self._first()
        if not self._master.complete:
            self.closed = True
            return
        self.optimum = self._priced(self._master)
        if self._near():
            return
        self.tried = self.optimum.duals.towards(self.duals, self._smoothing)
        proof = self.prover.proof(self.fleets, self.tried, self.proof.bound)
        self._found = proof.found
        new = sum(self._add(self._master, period, units[None]) for period, units in proof.found)
        if proof.bound > self.proof.bound:
            self.proof, self.duals, self._smoothing = proof, self.tried, self.parameters.smoothing
        elif not new:
            self._smoothing /= 2
            self.closed |= self._smoothing < self.parameters.least_smoothing
        self._near()

    def add(self, patterns: dict[int, NDArray[np.int64]]) -> None:
        """Patterns by period for the master."""
        if self._master is None:
            self._master = self._first()
        for period, units in patterns.items():
            self._master.add(period, units, units @ self.prover.structure.unit_nodes_by_hardware)

    def _near(self) -> bool:
        self.closed |= self.cost - self.proof.bound <= 2 * self.prover.accuracy
        return self.closed

    def _first(self) -> PatternMaster:
        """A master with the patterns that are best at the duals to begin with."""
        master, patterns = (
            PatternMaster(self.prover.structure, self.fleets, self.parameters.taken_share),
            self.prover.patterns,
        )
        for period, units in self.proof.found:
            self._add(master, period, units[None])
        usd = self.prover.usd(self.fleets, self.duals)
        for period in range(usd.shape[1]):
            near = np.argsort(usd[:, period], kind="stable")[: self.parameters.first_patterns]
            near = near[np.isfinite(usd[near, period])]
            master.add(period, patterns.units[near], patterns.nodes[near])
        return master

    def _add(self, master: PatternMaster, period: int, units: NDArray[np.int64]) -> int:
        self.prover.patterns.grow(units)
        return master.add(period, units, units @ self.prover.structure.unit_nodes_by_hardware)

    def _priced(self, master: PatternMaster) -> Optimum:
        """The master's optimum over what is known, which grows around the patterns that it takes."""
        optimum, most = master.solve(), self.parameters.new_patterns
        patterns, least_gain = self.prover.patterns, self.prover.accuracy / self.prover.structure.periods
        for _ in range(self.parameters.pricing_rounds):
            patterns.grow(optimum.taken)
            reduced, new = self.prover.usd(self.fleets, optimum.duals) - optimum.mu, 0
            for period in range(reduced.shape[1]):
                near = np.argpartition(reduced[:, period], min(most, len(reduced) - 1))[:most]
                near = near[reduced[near, period] < -least_gain]
                new += master.add(period, patterns.units[near], patterns.nodes[near])
            if not new:
                break
            optimum = master.solve()
            patterns.forget(reduced)
        return optimum
