"""The cheapest units of one period, every unit with its own price: nodes priced so that the roles come apart.

    w = min over patterns x: cost x + usd(nodes of x)
    w >= max over node prices v: sum over roles of the least (cost + v nodes) x + min over n (usd(n) - v n)

The best v is found by cutting planes. Patterns within the gap that it leaves are pairs of covers, one of each
role, with little reduced cost; where those are too many, the integer program of the period decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.problem.unit_moves import moves_of
from planner.optimize.decomposition.starts.covering import Covering, pairs_within
from planner.optimize.decomposition.starts.hour_programs import HourPrograms
from planner.optimize.decomposition.starts.node_prices import NodePrices
from planner.optimize.decomposition.starts.supply import Supply
from planner.optimize.decomposition.tolerances import (
    ACCURACY_SLACK_SHARE,
    FREE_SHARE,
    HOUR_SAFETY_SHARE,
    UNSERVED_SHARE,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.optimize.decomposition.parameters import StartsParameters
    from planner.optimize.decomposition.problem.structure import Structure
    from planner.optimize.decomposition.starts.covering import Covers
    from planner.optimize.decomposition.starts.patterns import Source


@dataclass(frozen=True, eq=False)
class PricedHours:
    """A bound at node prices, the two coverings there, and their least costs."""

    bound: float
    price: NDArray[np.float64]
    coverings: tuple[Covering, Covering]
    least: tuple[float, float]


@dataclass(eq=False)
class Estimate:
    """A period between bounds: its cost is at least `low` and, with `units`, `high`; both meet when settled."""

    period: int
    cost: NDArray[np.float64]
    supply: Supply
    priced: PricedHours
    low: float
    high: float
    units: NDArray[np.int64] | None

    @property
    def gap(self) -> float:
        """USD not known."""
        return self.high - self.low


class HourSearch:
    """Bounds of periods at prices of units; node prices and patterns are remembered from call to call."""

    def __init__(self, structure: Structure, accuracy_usd: float, parameters: StartsParameters) -> None:
        self.structure, self.accuracy_usd, self.parameters = structure, accuracy_usd, parameters
        self.programs = HourPrograms(structure, accuracy_usd, parameters.hour_program_seconds)
        self.roles = [np.flatnonzero(structure.unit_role == role) for role in (0, 1)]
        self.nodes, self.rates = structure.unit_nodes_by_hardware, structure.unit_rate_by_role
        self.useful = structure.unit_role >= 0
        self.moves = moves_of(structure)
        self.price: dict[int, NDArray[np.float64]] = {}
        self.known: dict[int, NDArray[np.int64]] = {}

    @property
    def node_price(self) -> NDArray[np.float64]:
        """The last prices[hardware, period] of a node."""
        return np.array([self.price[period] for period in range(self.structure.periods)]).T

    def expect(self, price: NDArray[np.float64]) -> None:
        """Begin with price[hardware, period] USD of a node."""
        self.price = dict(enumerate(price.T))

    def estimate(self, period: int, cost: NDArray[np.float64], sources: Sequence[Source]) -> Estimate:
        """Bounds of a period at cost[unit] and sources, the same number of them in every call."""
        supply = Supply(sources, period, self.structure.hardware)
        usd, units = self._best_known(period, cost, supply)
        priced, usd, units = self._priced(period, cost, supply, usd, units)
        if units is not None and usd - priced.bound > self.accuracy_usd:
            usd, units = self._descended(period, cost, supply, usd, units)
        self._remember(period, units)
        return Estimate(period, cost, supply, priced, self._safe(priced.bound, cost, supply), usd, units)

    def settle(self, estimate: Estimate, sources: Sequence[Source]) -> None:
        """Close the gap of an estimate up to the accuracy."""
        if estimate.gap <= self.accuracy_usd:
            return
        bound, units = self._paired(estimate)
        if bound is None:
            found = self.programs.solve(estimate.period, estimate.cost, sources)
            low, units = found.bound, found.units
        else:
            low = self._safe(bound, estimate.cost, estimate.supply)
        estimate.low = max(estimate.low, low)
        if units is None:
            estimate.high = max(estimate.low, min(estimate.high, estimate.low + self.accuracy_usd))
        else:
            estimate.units = units
            estimate.high = float(self._usd(units, estimate.cost, estimate.supply))
            self._remember(estimate.period, units)

    @staticmethod
    def _safe(bound: float, cost: NDArray[np.float64], supply: Supply) -> float:
        prices = float(np.abs(cost).max(initial=0.0)), float(supply.highest.max(initial=0.0))
        return bound - HOUR_SAFETY_SHARE * max(abs(bound), *prices)

    def _usd(
        self, units: NDArray[np.int64], cost: NDArray[np.float64], supply: Supply
    ) -> NDArray[np.float64]:
        return np.asarray(units @ cost + supply.cost(units @ self.nodes))

    def _best_known(
        self, period: int, cost: NDArray[np.float64], supply: Supply
    ) -> tuple[float, NDArray[np.int64] | None]:
        known = self.known.get(period)
        if known is None:
            return np.inf, None
        usd = self._usd(known, cost, supply)
        best = int(usd.argmin())
        return float(usd[best]), known[best]

    def _descended(
        self,
        period: int,
        cost: NDArray[np.float64],
        supply: Supply,
        usd: float,
        units: NDArray[np.int64],
    ) -> tuple[float, NDArray[np.int64]]:
        """Units a step cheaper again and again: one more, one less, or one exchanged for another."""
        moved_cost = self.moves.step @ cost
        demand = self.structure.demand[:, period] * (1 - UNSERVED_SHARE)
        while True:
            total = units @ cost + moved_cost + supply.cost(units @ self.nodes + self.moves.nodes)
            total[((units @ self.rates + self.moves.rate) < demand).any(axis=1)] = np.inf
            total[((units + self.moves.step) < 0).any(axis=1)] = np.inf
            best = int(total.argmin())
            slack = FREE_SHARE * max(abs(float(total[best])), float(np.abs(cost).max()))
            if not np.isfinite(total[best]) or total[best] >= usd - slack:
                return usd, units
            usd, units = float(total[best]), units + self.moves.step[best]

    def _remember(self, period: int, units: NDArray[np.int64] | None) -> None:
        if units is None:
            return
        known = self.known.get(period, units[None])
        known = known[(known != units).any(axis=1)]
        self.known[period] = np.vstack([units[None], known])[: self.parameters.remembered_patterns]

    def _priced(
        self,
        period: int,
        cost: NDArray[np.float64],
        supply: Supply,
        usd: float,
        units: NDArray[np.int64] | None,
    ) -> tuple[PricedHours, float, NDArray[np.int64] | None]:
        """The best node prices found, and the cheapest units met on the way."""
        per_node = -cost / self.structure.unit_nodes
        low = np.array(
            [
                max(
                    0.0,
                    float(per_node[self.useful & (self.structure.unit_hardware == kind)].max(initial=0.0)),
                )
                for kind in range(self.structure.hardware)
            ]
        )
        prices = NodePrices(low, supply.highest, self.price.get(period), self.accuracy_usd, self.parameters)
        best: PricedHours | None = None
        for _ in range(self.parameters.node_price_steps):
            priced, found, slope = self._at(cost, supply, period, prices.next)
            at = float(self._usd(found, cost, supply))
            if at < usd:
                usd, units = at, found
            if best is None or priced.bound > best.bound:
                best = priced
            if usd - best.bound <= self.accuracy_usd or not prices.cut(priced.bound, slope):
                break
        assert best is not None
        self.price[period] = best.price
        return best, usd, units

    def _at(
        self, cost: NDArray[np.float64], supply: Supply, period: int, price: NDArray[np.float64]
    ) -> tuple[PricedHours, NDArray[np.int64], NDArray[np.float64]]:
        """The bound at node prices, the units it takes, and its slope."""
        structure = self.structure
        full = np.maximum(cost + self.nodes @ price, 0.0)
        units = np.zeros(len(cost), dtype=np.int64)
        coverings, least = [], []
        for role, mine in enumerate(self.roles):
            covering = Covering(
                structure.unit_rate[mine], float(structure.demand[role, period]), full[mine], self.parameters
            )
            usd, found = covering.cheapest()
            units[mine] = found[0]
            coverings.append(covering)
            least.append(usd)
        held, nodes = supply.least(price)
        priced = PricedHours(sum(least) + held, price, (coverings[0], coverings[1]), (least[0], least[1]))
        return priced, units, units @ self.nodes - nodes

    def _paired(self, estimate: Estimate) -> tuple[float | None, NDArray[np.int64] | None]:
        """The exact minimum from pairs of covers, further and further from the bound.

        None where there are too many.
        """
        priced, supply, gap = estimate.priced, estimate.supply, estimate.high - estimate.priced.bound
        if not np.isfinite(gap):
            return None, None
        held = supply.least(priced.price)[0]
        limit = max(self.accuracy_usd, self.parameters.pair_first_share * gap)
        while True:
            limit = min(limit, gap)
            lists = [self._covers(priced, role, limit) for role in (0, 1)]
            if lists[0] is None or lists[1] is None:
                return None, None
            (first, first_nodes), (second, second_nodes) = lists[0], lists[1]
            pairs = pairs_within(first, second, limit, self.parameters.pairs_looked_at)
            if pairs is None:
                return None, None
            row, column = pairs
            if len(row):
                nodes = first_nodes[row] + second_nodes[column]
                over = supply.cost(nodes) - nodes @ priced.price - held
                total = first.reduced_cost[row] + second.reduced_cost[column] + over
                best = int(total.argmin())
                if total[best] <= limit:
                    units = np.zeros(len(estimate.cost), dtype=np.int64)
                    units[self.roles[0]], units[self.roles[1]] = (
                        first.units[row[best]],
                        second.units[column[best]],
                    )
                    return priced.bound + max(float(total[best]), 0.0), units
            if limit >= gap:
                return priced.bound + gap, None
            limit *= self.parameters.pair_growth

    def _covers(
        self, priced: PricedHours, role: int, limit: float
    ) -> tuple[Covers, NDArray[np.int64]] | None:
        """Covers of a role within a limit above its least cost, and their nodes."""
        slightly_more = limit + self.accuracy_usd * ACCURACY_SLACK_SHARE
        nodes = self.nodes[self.roles[role]]
        return priced.coverings[role].above(priced.least[role], slightly_more, nodes)
