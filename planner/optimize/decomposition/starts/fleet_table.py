"""Bounds of single fleets, all of a range at once: at prices of starts, every hour costs what it costs each fleet.

    cost(F) >= C(F) + sum_t w_t(F)
    w_t(F) = min over patterns x: sum_u (sigma[u,t] - sigma[u,t+1]) x[u] + usd(nodes of x, F)

Patterns are pairs of covers up to a limit above the bound that node prices nu leave, as in the search of an hour;
those beyond it cost at least the limit more. Nodes below the range are always held and nodes above it always hired, so
a table of the range is all that the hours need. The best of several prices counts, fleet by fleet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
from planner.optimize.decomposition.starts.covering import Covering, pairs_within
from planner.optimize.decomposition.starts.duals import following_of, unit_cost
from planner.optimize.decomposition.starts.patterns import sources_of
from planner.optimize.decomposition.tolerances import HOUR_SAFETY_SHARE, NEGATIVE_PRICE_SHARE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.optimize.decomposition.problem.structure import Structure
    from planner.optimize.decomposition.starts.duals import HardwareDuals
    from planner.optimize.decomposition.starts.hour_search import HourSearch

    Units = Callable[[NDArray[np.int64]], NDArray[np.int64]]


def fits(structure: Structure, fleets: FleetBounds, most: int) -> bool:
    """Whether there are pools, one for each hardware at most, and no more than `most` fleets."""
    kinds = [pool.hardware for pool in structure.pools]
    return 0 < len(kinds) == len(set(kinds)) and float(np.prod(fleets.high - fleets.low + 1.0)) <= most


class FleetTable:
    """`least`[nodes of the first pool - low, of the second ...] is a valid bound of each fleet of `fleets`."""

    def __init__(self, structure: Structure, hours: HourSearch, fleets: FleetBounds, bound: float) -> None:
        self.structure, self.hours, self.fleets = structure, hours, fleets
        self.parameters = hours.parameters
        self.following = following_of(structure)
        self.kind = [pool.hardware for pool in structure.pools]
        self.least = np.full(tuple((fleets.high - fleets.low + 1).tolist()), bound)
        periods = structure.periods
        self.hire = np.full((structure.hardware, periods), np.inf)
        for hire in structure.hires:
            self.hire[hire.hardware] = np.minimum(self.hire[hire.hardware], hire.price)
        running = self.hire.copy()
        for pool in structure.pools:
            running[pool.hardware] = np.minimum(self.hire[pool.hardware], pool.running)
        self.running = np.where(np.isfinite(running), running, 0.0)
        self.premium = np.where(np.isfinite(self.hire), self.hire - self.running, np.inf)
        self.roles = hours.roles
        self.hour_usd = max(0.0, bound) / periods
        self.cheapest: dict[int, NDArray[np.int64]] = {}

    def improve(self, duals: HardwareDuals, fleet: NDArray[np.int64] | None = None) -> None:
        """Bound every fleet at the prices of starts; those of nodes are what patterns are found by.

        `cheapest` are then units[pattern, unit] that cost one fleet least, by period.
        """
        self.cheapest = {}
        cost = unit_cost(duals.sigma, self.following)
        nu = np.minimum(duals.node, self.hire)
        total = np.zeros(self.least.shape)
        for place, pool in enumerate(self.structure.pools):
            line = np.concatenate(([0.0], np.cumsum(pool.node_prices())))
            total += self._along(line[int(self.fleets.low[place]) : int(self.fleets.high[place]) + 1], place)
        nothing = np.zeros((len(self.structure.pools), self.structure.periods))
        sources = sources_of(self.structure, FleetBounds(self.fleets.high, self.fleets.high), nothing)
        for period in range(self.structure.periods):
            table = self._hour(period, cost[:, period], nu[:, period], fleet)
            if table is None:  # no hour costs a fleet less than the largest one
                table = np.asarray(self.hours.estimate(period, cost[:, period], sources).low)
            total += table
        self.least = np.maximum(self.least, total)

    def _along(self, line: NDArray[Any], place: int) -> NDArray[np.float64]:
        """An array that varies along the axis of one pool."""
        return np.asarray(line, dtype=np.float64).reshape(
            [-1 if axis == place else 1 for axis in range(self.least.ndim)]
        )

    def _hour(
        self,
        period: int,
        cost: NDArray[np.float64],
        nu: NDArray[np.float64],
        fleet: NDArray[np.int64] | None,
    ) -> NDArray[np.float64] | None:
        """USD of one period for every fleet, None where too much is to be had for nothing."""
        price = cost + self.hours.nodes @ nu
        if price[self.hours.useful].min() < -NEGATIVE_PRICE_SHARE * float(np.abs(price).max()):
            return None
        price, known = np.maximum(price, 0.0), self.parameters
        coverings = [
            Covering(
                self.structure.unit_rate[mine],
                float(self.structure.demand[role, period]),
                price[mine],
                known,
            )
            for role, mine in enumerate(self.roles)
        ]
        least = [covering.cheapest()[0] for covering in coverings]
        typical = max(self.hour_usd, sum(least))
        limit = known.table_first_share * typical
        while (pairs := self._pairs(coverings, least, limit)) is None:
            limit *= known.table_shrink
            if limit <= known.table_least_share * typical:
                return None
        nodes, reduced_cost, units_of = pairs
        running, premium = self.running[:, period], self.premium[:, period]
        usd = sum(least) + reduced_cost + nodes @ (running - nu)
        if fleet is not None:
            one = self._hired(nodes, usd, premium, fleet)
            most = known.table_patterns
            best = np.argpartition(one, most)[:most] if len(one) > most else np.arange(len(one))
            self.cheapest[period] = units_of(best)
        table = self._spread(nodes, usd, premium)
        beyond = np.full((1,) * table.ndim, sum(least) + limit)
        for place, kind in enumerate(self.kind):
            held = np.arange(int(self.fleets.low[place]), int(self.fleets.high[place]) + 1)
            beyond = beyond - self._along(max(0.0, float(nu[kind] - running[kind])) * held, place)
        scale = max(typical, float(np.abs(cost).max(initial=0.0)))
        return np.asarray(np.minimum(table, beyond) - HOUR_SAFETY_SHARE * scale)

    def _pairs(
        self, coverings: list[Covering], least: list[float], limit: float
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], Units] | None:
        """All patterns within a limit: nodes[pattern, hardware], reduced_cost[pattern], and a function that gives their
        units; None for too many.
        """
        lists = []
        for covering, usd, mine in zip(coverings, least, self.roles, strict=True):
            covers = covering.above(usd, limit, self.hours.nodes[mine])
            if covers is None:
                return None
            lists.append(covers)
        (first, first_nodes), (second, second_nodes) = lists
        pairs = pairs_within(first, second, limit, self.parameters.table_pairs)
        if pairs is None:
            return None
        row, column = pairs

        def units_of(at: NDArray[np.int64]) -> NDArray[np.int64]:
            units = np.zeros((len(at), len(self.structure.unit_rate)), dtype=np.int64)
            units[:, self.roles[0]] = first.units[row[at]]
            units[:, self.roles[1]] = second.units[column[at]]
            return units

        return (
            first_nodes[row] + second_nodes[column],
            first.reduced_cost[row] + second.reduced_cost[column],
            units_of,
        )

    def _hired(
        self,
        nodes: NDArray[np.int64],
        usd: NDArray[np.float64],
        premium: NDArray[np.float64],
        fleet: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """USD of patterns with the nodes beyond a fleet hired."""
        for place, kind in enumerate(self.kind):
            above = np.maximum(nodes[:, kind] - int(fleet[place]), 0)
            hired = above * premium[kind] if np.isfinite(premium[kind]) else np.where(above > 0, np.inf, 0.0)
            usd = usd + hired
        return usd

    def _spread(
        self, nodes: NDArray[np.int64], usd: NDArray[np.float64], premium: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Least USD for every fleet: nodes that it holds cost no more, those beyond are hired."""
        usd = self._hired(nodes, usd, premium, self.fleets.high)
        at = np.clip(nodes[:, self.kind], self.fleets.low, self.fleets.high) - self.fleets.low
        for kind in set(range(len(premium))) - set(self.kind):  # hardware without a pool is hired
            if not np.isfinite(premium[kind]):
                usd = np.where(nodes[:, kind] > 0, np.inf, usd)
        table = np.full(self.least.shape, np.inf)
        np.minimum.at(table, tuple(at.T), usd)
        for place, kind in enumerate(self.kind):
            held = np.minimum.accumulate(table, axis=place)
            if np.isfinite(premium[kind]):
                line = self._along(premium[kind] * np.arange(table.shape[place]), place)
                beyond = np.flip(np.minimum.accumulate(np.flip(table + line, place), axis=place), place)
                held = np.minimum(held, beyond - line)
            table = held
        return table

    def lowest(self, fleets: FleetBounds) -> float:
        """The least bound of the fleets of a range inside the table's."""
        return float(self.least[self.inside(fleets)].min())

    def narrowed(self, fleets: FleetBounds, cutoff: float) -> FleetBounds | None:
        """The hull of the fleets of a range below a cutoff, None where there is none."""
        at = np.argwhere(self.least[self.inside(fleets)] < cutoff)
        return FleetBounds(fleets.low + at.min(axis=0), fleets.low + at.max(axis=0)) if len(at) else None

    def restrict(self, fleets: FleetBounds) -> None:
        """Forget fleets outside a range."""
        self.least, self.fleets = self.least[self.inside(fleets)], fleets

    def raise_to(self, fleets: FleetBounds, bound: float) -> None:
        """A bound of all fleets of a range from elsewhere."""
        low, high = np.maximum(fleets.low, self.fleets.low), np.minimum(fleets.high, self.fleets.high)
        if (low <= high).all():
            at = self.inside(FleetBounds(low, high))
            self.least[at] = np.maximum(self.least[at], bound)

    def inside(self, fleets: FleetBounds) -> tuple[slice, ...]:
        """Where the fleets of a range are in `least`."""
        return tuple(
            slice(low, high + 1)
            for low, high in zip(
                (fleets.low - self.fleets.low).tolist(), (fleets.high - self.fleets.low).tolist(), strict=True
            )
        )
