"""Slots: periods with close demands and equal prices, taken together.

For a bound the demand of a slot is the smallest of its periods in either role, for a plan the largest.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.decompose.structure import Structure


@dataclass(frozen=True, eq=False)
class Slots:
    """of[period] slot of each period; hours[slot] weighted; prices in USD per node and weighted hour.

    profile[slot] is a position on the second axis of running[pool, profile] and hire[hire, profile].
    """

    of: NDArray[np.int64]
    demand: NDArray[np.float64]
    hours: NDArray[np.float64]
    profile: NDArray[np.int64]
    running: NDArray[np.float64]
    hire: NDArray[np.float64]
    ordered: bool

    @property
    def count(self) -> int:
        """Number of slots."""
        return len(self.hours)


def slots_of(structure: Structure, most: int, up: bool = False, ordered: bool = False) -> Slots:
    """Group periods into about `most` slots, demand rounded down, or `up`; `ordered`: one slot a period."""
    running, hire, profile = _profiles(structure)
    of = np.arange(structure.periods) if ordered else _group(structure, profile, most)
    count = int(of.max()) + 1
    pick = np.maximum if up else np.minimum
    demand = np.full((len(structure.demand), count), -np.inf if up else np.inf)
    for role, line in enumerate(structure.demand):
        pick.at(demand[role], of, line)
    where = np.zeros(count, dtype=np.int64)
    where[of] = profile
    hours = np.bincount(of, structure.weighted_hours).astype(np.float64)
    return Slots(of, demand, hours, where, running, hire, ordered)


def _profiles(structure: Structure) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Prices per weighted hour, one column for every set of prices that comes up."""
    lines = [pool.running for pool in structure.pools] + [hire.price for hire in structure.hires]
    table = np.array(lines).reshape(len(lines), structure.periods) / structure.weighted_hours
    # equal to ten digits is equal: the smaller of the prices that are merged is kept
    exact = np.where(np.isfinite(table), table, -1.0)
    _, first, profile = np.unique(np.round(exact, 10), axis=1, return_index=True, return_inverse=True)
    kept = np.full((len(lines), len(first)), np.inf)
    for place, line in enumerate(table):
        np.minimum.at(kept[place], profile.ravel(), line)
    pools = len(structure.pools)
    return kept[:pools], kept[pools:], profile.ravel().astype(np.int64)


def _group(structure: Structure, profile: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Split the group with the largest total rounding until there are `most`, along its wider side."""
    scale = np.maximum(structure.demand.max(axis=1, initial=0.0), 1e-12)
    share = structure.demand / scale[:, None]
    heap: list[tuple[float, int, NDArray[np.int64]]] = []
    serial = 0

    def push(members: NDArray[np.int64]) -> None:
        nonlocal serial
        inside = share[:, members]
        loss = (inside - inside.min(axis=1, keepdims=True)) * structure.weighted_hours[members]
        heapq.heappush(heap, (-float(loss.sum()), serial, members))
        serial += 1

    for value in range(int(profile.max(initial=0)) + 1):
        push(np.flatnonzero(profile == value))
    while len(heap) < most and heap[0][0] < -1e-12:
        _, _, members = heapq.heappop(heap)
        inside = share[:, members]
        role = int(np.ptp(inside, axis=1).argmax())
        middle = (inside[role].min() + inside[role].max()) / 2
        push(members[inside[role] <= middle])
        push(members[inside[role] > middle])
    of = np.empty(structure.periods, dtype=np.int64)
    for slot, (_, _, members) in enumerate(sorted(heap, key=lambda entry: int(entry[2][0]))):
        of[members] = slot
    return of


def nested(fine: Slots, coarse: Slots) -> NDArray[np.int64]:
    """Slot of `coarse` that holds each slot of `fine`; both group the same periods by the same splits."""
    inside = np.zeros(fine.count, dtype=np.int64)
    inside[fine.of] = coarse.of
    return inside
