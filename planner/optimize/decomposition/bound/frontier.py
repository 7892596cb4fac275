"""What the nodes of one hardware can do in one period, split between the two roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.bound.capacity import Capacity, capacity_of
from planner.optimize.decomposition.problem.both_roles import BOTH
from planner.optimize.decomposition.tolerances import CAPACITY_ROUNDING_SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.problem.structure import Structure


@dataclass(frozen=True, eq=False)
class Inverse:
    """Fewest nodes that serve a demand, by a table of buckets and a few steps up.

    The same as a search, faster.
    """

    steps: NDArray[np.int64]
    reach: NDArray[np.float64]
    start: NDArray[np.int64]
    width: float
    climbs: int

    def __call__(self, demand: NDArray[np.float64]) -> NDArray[np.int64]:
        """Nodes, one more than the largest step where nothing serves it."""
        bucket = np.clip(demand * (1.0 / self.width), 0, len(self.start) - 1).astype(np.int32)
        at = self.start[bucket]
        for _ in range(self.climbs):
            at += self.reach[at] < demand
        return self.steps[at]


def inverse_of(capacity: Capacity, most: float, buckets: int) -> Inverse:
    """Look-up of the fewest nodes for demands up to `most`."""
    steps = np.append(capacity.steps, len(capacity.table))
    reach = np.append(capacity.table[capacity.steps], np.inf)
    width = (most if most > 0 else 1.0) / (buckets - 1)
    start = np.searchsorted(reach, np.arange(buckets) * width * (1 - CAPACITY_ROUNDING_SHARE))
    end = np.searchsorted(reach, np.arange(1, buckets + 1) * width * (1 + CAPACITY_ROUNDING_SHARE))
    return Inverse(steps, reach, start, width, int((end - start).max(initial=0)))


@dataclass(frozen=True, eq=False)
class Frontier:
    """One hardware: its capacity by role, and every split of nodes[option] = first + second that may be
    of use.

    first, second[option] nodes in role 0 and 1; able0, able1[option] what they can do; efficient: the options
    that no other beats in both roles on as few nodes, all that matters where nodes cost the same in both
    roles. Options are sorted by nodes; ratio[role] is the most that a node can do.
    """

    capacity: tuple[Capacity, Capacity]
    inverse: tuple[Inverse, Inverse]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    nodes: NDArray[np.int64]
    able0: NDArray[np.float64]
    able1: NDArray[np.float64]
    efficient: NDArray[np.int64]
    ratio: tuple[float, float]
    most: int

    def options(self, fewest: int, most: int, alike: bool) -> NDArray[np.int64]:
        """Options of so many nodes, both included; `alike`: nodes cost the same in both roles."""
        if not alike:
            return np.arange(
                np.searchsorted(self.nodes, fewest), np.searchsorted(self.nodes, most, side="right")
            )
        nodes = self.nodes[self.efficient]
        return self.efficient[np.searchsorted(nodes, fewest) : np.searchsorted(nodes, most, side="right")]


Frontiers = tuple[tuple["Frontier", ...], ...]
"""By class of rates and hardware, then those of `both_hardware`, whose nodes do both demands at once."""


def frontiers_of(structure: Structure, buckets: int) -> Frontiers:
    """Frontiers up to the nodes that hardware can be given or all demand needs, with so many look-up buckets."""
    return tuple(
        (
            *(_frontier(structure, rate_class, hardware, buckets) for hardware in range(structure.hardware)),
            *(_both(structure, rate_class, hardware, buckets) for hardware in structure.both_hardware),
        )
        for rate_class in range(structure.rates.count)
    )


def _frontier(structure: Structure, rate_class: int, hardware: int, buckets: int) -> Frontier:
    inside = structure.rates.of == rate_class
    rate, supply = structure.rates.most[:, rate_class], _supply(structure, hardware)
    capacities, inverses, useful = [], [], []
    for role in (0, 1):
        mine = np.flatnonzero((structure.unit_hardware == hardware) & (structure.unit_role == role))
        peak = float(structure.demand[role, inside].max(initial=0.0))
        capacity = capacity_of(mine, structure.unit_nodes, rate, supply)
        useful.append(int(np.searchsorted(capacity.table, peak)))
        capacities.append(capacity)
        inverses.append(inverse_of(capacity, peak, buckets))
    steps = [c.steps[c.steps <= most] for c, most in zip(capacities, useful, strict=True)]
    first, second = (side.ravel() for side in np.meshgrid(*steps, indexing="ij"))
    there = first + second <= supply
    first, second = first[there], second[there]
    order = np.argsort(first + second, kind="stable")
    first, second = first[order], second[order]
    able0, able1 = capacities[0].table[first], capacities[1].table[second]
    return Frontier(
        capacity=(capacities[0], capacities[1]),
        inverse=(inverses[0], inverses[1]),
        first=first,
        second=second,
        nodes=first + second,
        able0=able0,
        able1=able1,
        efficient=_efficient(first, second, able1),
        ratio=(_ratio(capacities[0]), _ratio(capacities[1])),
        most=supply,
    )


def _supply(structure: Structure, hardware: int) -> int:
    """Nodes of a hardware that can be had at once."""
    held = np.zeros(structure.periods, dtype=np.int64)
    for pool in structure.pools:
        if pool.hardware == hardware:
            held += np.where(np.isfinite(pool.running), pool.maximum, 0)
    return int(held.max()) + sum(hire.maximum for hire in structure.hires if hire.hardware == hardware)


def _both(structure: Structure, rate_class: int, hardware: int, buckets: int) -> Frontier:
    """Nodes under units that do both demands at once: all are `first`, and do no more than the best of them in each."""
    inside, supply = structure.rates.of == rate_class, _supply(structure, hardware)
    mine = np.flatnonzero((structure.unit_hardware == hardware) & (structure.unit_role == BOTH))
    capacities, useful = [], 0
    for role, rate in enumerate((structure.rates.most, structure.both_rate)):
        capacity = capacity_of(mine, structure.unit_nodes, rate[:, rate_class], supply)
        peak = float(structure.demand[role, inside].max(initial=0.0))
        useful = max(useful, int(np.searchsorted(capacity.table, peak)))
        capacities.append(capacity)
    nodes = np.unique(np.concatenate([capacity.steps for capacity in capacities]))
    nodes = nodes[nodes <= useful]
    return Frontier(
        capacity=(capacities[0], capacities[1]),
        inverse=(inverse_of(capacities[0], 0.0, buckets), inverse_of(capacities[1], 0.0, buckets)),
        first=nodes,
        second=np.zeros_like(nodes),
        nodes=nodes,
        able0=capacities[0].table[nodes],
        able1=capacities[1].table[nodes],
        efficient=np.arange(len(nodes)),
        ratio=(_ratio(capacities[0]), _ratio(capacities[1])),
        most=supply,
    )


def _ratio(capacity: Capacity) -> float:
    nodes = capacity.steps[1:]
    return float((capacity.table[nodes] / nodes).max(initial=0.0))


def _efficient(
    first: NDArray[np.int64], second: NDArray[np.int64], able1: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Options not beaten by one with as few nodes in all, as much in role 0 and as much in role 1."""
    nodes = first + second
    order = np.lexsort((-first, nodes))
    ends = np.append(np.flatnonzero(np.diff(nodes[order])) + 1, len(order))
    # best[n]: most in role 1 beside n or more nodes in role 0, so far
    best = np.full(int(first.max(initial=0)) + 2, -np.inf)
    kept, begin = [], 0
    for end in ends.tolist():
        options = order[begin:end]
        before = np.concatenate(([-np.inf], np.maximum.accumulate(able1[options])[:-1]))
        good = able1[options] > np.maximum(best[first[options]], before)
        kept.append(options[good])
        np.maximum.at(best, first[options[good]], able1[options[good]])
        best = np.maximum.accumulate(best[::-1])[::-1]
        begin = end
    return np.sort(np.concatenate(kept))
