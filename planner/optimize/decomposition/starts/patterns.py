"""Sets of whole units, called patterns, that may run together in one period, and what they cost at given prices.

A pattern found for one period is a candidate for every other one it serves, and so are its neighbours: a unit
more, a unit less, one exchanged for another of its role.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.problem.unit_moves import moves_of
from planner.optimize.decomposition.tolerances import UNSERVED_SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
    from planner.optimize.decomposition.problem.structure import Structure


@dataclass(frozen=True, eq=False)
class Source:
    """Nodes of one hardware in every period: usd[period] a node, inf where there are none; how many.

    `pool` is the position of the pool whose nodes beyond the range's lower corner these are, otherwise -1.
    """

    hardware: int
    usd: NDArray[np.float64]
    nodes: int
    pool: int = -1


def sources_of(structure: Structure, fleets: FleetBounds, node_price: NDArray[np.float64]) -> list[Source]:
    """Where nodes come from when every fleet of a range is allowed at node_price[pool, period]."""
    sources = []
    for place, pool in enumerate(structure.pools):
        low, high = int(fleets.low[place]), int(fleets.high[place])
        sources.append(Source(pool.hardware, pool.running, low))
        sources.append(Source(pool.hardware, pool.running + node_price[place], high - low, place))
    sources += [Source(hire.hardware, hire.price, hire.maximum) for hire in structure.hires]
    return sources


def node_usd(structure: Structure, sources: list[Source], most: int) -> NDArray[np.float64]:
    """USD of n nodes in use, the cheapest first, inf beyond what there is; [hardware, period, n <= most]."""
    nodes = np.arange(most + 1)
    table = np.full((structure.hardware, structure.periods, most + 1), np.inf)
    for hardware in range(structure.hardware):
        mine = [source for source in sources if source.hardware == hardware]
        usd = np.array([source.usd for source in mine]).reshape(len(mine), structure.periods)
        count = np.array([source.nodes for source in mine])
        order = np.argsort(usd, axis=0, kind="stable")
        usd = np.take_along_axis(usd, order, axis=0)
        count = np.where(np.isfinite(usd), count[order], 0)
        ends = np.cumsum(count, axis=0)
        line = np.zeros((structure.periods, most + 1))
        for price, number, end in zip(np.where(np.isfinite(usd), usd, 0.0), count, ends, strict=True):
            line += price[:, None] * np.clip(nodes - (end - number)[:, None], 0, number[:, None])
        supply = ends[-1] if len(mine) else np.zeros(structure.periods, dtype=np.int64)
        table[hardware] = np.where(nodes <= supply[:, None], line, np.inf)
    return table


class Patterns:
    """Distinct patterns: units[pattern, unit], nodes[pattern, hardware], serves[pattern, period]."""

    def __init__(self, structure: Structure, most: int) -> None:
        """Beyond `most` patterns the dearer half is forgotten."""
        self.structure, self.most = structure, most
        self.units = np.zeros((0, len(structure.unit_rate)), dtype=np.int64)
        self.nodes = np.zeros((0, structure.hardware), dtype=np.int64)
        self.serves = np.zeros((0, structure.periods), dtype=np.bool_)
        self.moves = moves_of(structure)
        # patterns are distinguished by a number of 64 bits: two that share one would be a candidate less, no more
        self._salt = np.random.default_rng(0).integers(
            1, np.iinfo(np.int64).max // 2 + 1, len(structure.unit_rate)
        )
        self._known: set[int] = set()
        self._grown: set[int] = set()

    def add(self, units: NDArray[np.int64]) -> None:
        """Add patterns units[pattern, unit] that are new and serve some period."""
        key, first = np.unique(units @ self._salt, return_index=True)
        fresh = units[first[[one not in self._known for one in key.tolist()]]]
        if not len(fresh):
            return
        structure = self.structure
        serves = np.ones((len(fresh), structure.periods), dtype=np.bool_)
        for role in (0, 1):
            rate = fresh @ structure.unit_rate_by_role[:, role]
            serves &= rate[:, None] >= structure.demand[role] * (1 - UNSERVED_SHARE)
        able = serves.any(axis=1)
        fresh, serves = fresh[able], serves[able]
        self._known.update((fresh @ self._salt).tolist())
        self.units = np.vstack([self.units, fresh])
        self.nodes = np.vstack([self.nodes, fresh @ structure.unit_nodes_by_hardware])
        self.serves = np.vstack([self.serves, serves])

    def grow(self, units: NDArray[np.int64]) -> None:
        """Add patterns and their neighbours, as long as there is room."""
        self.add(units)
        key, first = np.unique(units @ self._salt, return_index=True)
        centres = units[first[[one not in self._grown for one in key.tolist()]]]
        if not len(centres):
            return
        self._grown.update((centres @ self._salt).tolist())
        near = (centres[:, None, :] + self.moves.step[None]).reshape(-1, units.shape[1])
        self.add(near[(near >= 0).all(axis=1)])

    def forget(self, usd: NDArray[np.float64]) -> None:
        """Where there are too many, keep the half that is cheapest in some period, usd[pattern, period]."""
        if len(self.units) <= self.most:
            return
        kept = np.sort(np.argsort((usd - usd.min(axis=0)).min(axis=1), kind="stable")[: self.most // 2])
        self.units, self.nodes, self.serves = self.units[kept], self.nodes[kept], self.serves[kept]
        self._known = set((self.units @ self._salt).tolist())
        self._grown = set()

    def usd(self, cost: NDArray[np.float64], table: NDArray[np.float64]) -> NDArray[np.float64]:
        """USD of every pattern in every period it serves, inf elsewhere; cost[unit, period]."""
        usd = self.units @ cost
        for hardware, line in enumerate(table):
            usd += line[:, self.nodes[:, hardware]].T
        usd[~self.serves] = np.inf
        return np.asarray(usd)

    @property
    def most_nodes(self) -> int:
        """Most nodes of one hardware in a pattern."""
        return int(self.nodes.max(initial=0))
