"""Whole units of one role that serve a demand, cheapest first.

    min p x   subject to   rate x >= demand,   x >= 0 and whole,   p >= 0

The unit with the least p / rate, the pivot, would serve any demand at `rate_usd` USD per token/s. Every other
unit has a reduced cost p - rate_usd * rate over that, and so does every token/s beyond the demand. Combinations are
listed up to a limit on the reduced cost, the pivot fills up what they leave over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.tolerances import FREE_SHARE, SMALLEST, UNSERVED_SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.parameters import StartsParameters


@dataclass(frozen=True, eq=False)
class Covers:
    """Combinations units[combination, unit] and by how much more than the linear bound they cost."""

    reduced_cost: NDArray[np.float64]
    units: NDArray[np.int64]


def pairs_within(
    first: Covers, second: Covers, limit: float, most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Rows of two lists, sorted by reduced cost, that together stay within a limit; None where they are too many."""
    count = np.searchsorted(second.reduced_cost, limit - first.reduced_cost, side="right")
    if count.sum() > most:
        return None
    row = np.repeat(np.arange(len(count)), count)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)


def cheapest_by_nodes(covers: Covers, nodes: NDArray[np.int64]) -> tuple[Covers, NDArray[np.int64]]:
    """Of covers that take the same nodes[cover, hardware] the cheapest, sorted by reduced cost, and their nodes."""
    order = np.lexsort((covers.reduced_cost, *nodes.T))
    if len(order):
        same = (nodes[order][1:] == nodes[order][:-1]).all(axis=1)
        order = order[np.concatenate(([True], ~same))]
    order = order[np.argsort(covers.reduced_cost[order], kind="stable")]
    return Covers(covers.reduced_cost[order], covers.units[order]), nodes[order]


class Covering:
    """One demand and units of rate[unit] > 0, at prices[unit] >= 0; without a unit only what asks for nothing."""

    def __init__(
        self,
        rate: NDArray[np.float64],
        demand: float,
        price: NDArray[np.float64],
        parameters: StartsParameters,
    ) -> None:
        self.parameters = parameters
        self.rate, self.demand, self.price = rate, demand * (1 - UNSERVED_SHARE), price
        self.reduced_cost = np.zeros(len(rate))
        self.pivot, self.rate_usd, self.linear, self.free = 0, 0.0, 0.0, True
        if not len(rate):
            return
        ratio = price / rate
        self.pivot = int(ratio.argmin())
        self.rate_usd = float(ratio[self.pivot])
        self.reduced_cost = np.maximum(price - self.rate_usd * rate, 0.0)
        self.linear = self.rate_usd * self.demand
        self.free = float(price[self.pivot]) <= max(FREE_SHARE * float(price.max()), SMALLEST)

    def cheapest(self, most: int = 1) -> tuple[float, NDArray[np.int64]]:
        """A lower bound of the least cost, exact unless there is too much to list, and units[choice, unit] about
        that cheap, the best first.
        """
        if not len(self.rate):
            return (0.0 if self.demand <= 0 else np.inf), np.zeros((1, 0), dtype=np.int64)
        usd, units = self._greedy()
        if self.free:
            return 0.0, units[None]
        limit = self.parameters.cover_first_share * usd
        proven = 0.0
        while (covers := self.within(limit)) is not None:
            if len(covers.reduced_cost):
                best = np.argsort(covers.reduced_cost, kind="stable")[:most]
                return self.linear + float(covers.reduced_cost[best[0]]), covers.units[best]
            if limit > usd:
                break
            least_step = FREE_SHARE * float(self.price[self.pivot])
            larger = max(self.parameters.cover_growth * limit, least_step)  # a limit of 0 grows too
            proven, limit = limit, min(larger, usd * (1 + FREE_SHARE) + least_step)
        return self.linear + proven, units[None]

    def _greedy(self) -> tuple[float, NDArray[np.int64]]:
        """Pivots as far as they fit and the unit that fills up the rest best: its reduced cost and units."""
        units = np.zeros(len(self.rate), dtype=np.int64)
        units[self.pivot] = int(self.demand // self.rate[self.pivot])
        rest = self.demand - units[self.pivot] * self.rate[self.pivot]
        if rest <= 0:
            return 0.0, units
        usd = np.where(self.rate >= rest, self.price - self.rate_usd * rest, np.inf)
        best = int(usd.argmin())
        units[best] += 1
        return max(float(usd[best]), 0.0), units

    def within(self, limit: float) -> Covers | None:
        """All combinations whose reduced cost stays within a limit; None where they are too many."""
        if not len(self.rate):
            return Covers(np.zeros(1), np.zeros((1, 0), dtype=np.int64))
        if self.free or limit > self.parameters.cover_limit_pivots * self.price[self.pivot]:
            return None
        units = np.zeros((1, len(self.rate)), dtype=np.int64)
        served, reduced_cost = np.zeros(1), np.zeros(1)
        top = self.demand + limit / self.rate_usd
        for unit in np.argsort(-self.reduced_cost, kind="stable").tolist():
            if unit == self.pivot:
                continue
            most = int(
                min(
                    top // self.rate[unit],
                    limit // max(self.reduced_cost[unit], FREE_SHARE * limit + SMALLEST),
                )
            )
            if most < 1:
                continue
            if len(served) * (most + 1) > self.parameters.covers_looked_at:
                return None
            count = np.arange(most + 1)
            more_served = served[:, None] + count * self.rate[unit]
            more_reduced_cost = reduced_cost[:, None] + count * self.reduced_cost[unit]
            over = self.rate_usd * np.maximum(more_served - self.demand, 0.0)
            row, number = np.nonzero(more_reduced_cost + over <= limit)
            if len(row) > self.parameters.covers_kept:
                return None
            served, reduced_cost, units = more_served[row, number], more_reduced_cost[row, number], units[row]
            units[:, unit] = number
        return self._filled(served, reduced_cost, units, limit)

    def above(
        self, least: float, limit: float, nodes: NDArray[np.int64]
    ) -> tuple[Covers, NDArray[np.int64]] | None:
        """Covers up to a limit above the least cost, their reduced cost over it, the cheapest for what they take of
        nodes[unit, hardware], sorted, and those nodes; None where they are too many.
        """
        beyond = least - self.linear
        covers = self.within(beyond + limit)
        if covers is None:
            return None
        return cheapest_by_nodes(Covers(covers.reduced_cost - beyond, covers.units), covers.units @ nodes)

    def _filled(
        self,
        served: NDArray[np.float64],
        reduced_cost: NDArray[np.float64],
        units: NDArray[np.int64],
        limit: float,
    ) -> Covers:
        """Add the pivots that are missing, and more of them while the limit allows."""
        rate = self.rate[self.pivot]
        missing = np.maximum(np.ceil((self.demand - served) / rate), 0.0).astype(np.int64)
        reduced_cost = reduced_cost + self.rate_usd * np.maximum(served + missing * rate - self.demand, 0.0)
        found = []
        more = 0
        while len(at := np.flatnonzero(reduced_cost + more * self.price[self.pivot] <= limit)):
            polisher = units[at]
            polisher[:, self.pivot] = missing[at] + more
            found.append((reduced_cost[at] + more * self.price[self.pivot], polisher))
            more += 1
        if not found:
            return Covers(np.zeros(0), units[:0])
        return Covers(
            np.concatenate([usd for usd, _ in found]), np.vstack([polisher for _, polisher in found])
        )
