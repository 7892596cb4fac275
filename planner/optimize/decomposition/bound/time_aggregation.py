"""Time aggregation: periods with close demands and equal prices are taken together as groups.

For a bound the demand of a group is the smallest of its periods in either role, for a plan the largest. Starts have
one price a period, a share theta in [0, 1] of what they cost; periods whose nodes it makes dearer or cheaper alike
are taken together too:

    start cost >= sum_t theta[t] start (x[t] - x[previous t]) = sum_t x[t] start (theta[t] - theta[next t])
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.tolerances import NOTHING, PRICE_DIGITS, SHIFT_DIGITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.problem.structure import Structure

    Profiles = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class TimeAggregation:
    """Groups of periods: of[period] is the group, hours[group] are weighted, prices are USD per node and weighted hour.

    rate_class[group] is the class of rates of all its periods;
    profile[group] is a position on the second axis of running[pool, profile] and hire[hire, profile];
    shift[hardware, role, group] is what the prices of starts add for a node in use.
    """

    of: NDArray[np.int64]
    demand: NDArray[np.float64]
    hours: NDArray[np.float64]
    rate_class: NDArray[np.int64]
    profile: NDArray[np.int64]
    running: NDArray[np.float64]
    hire: NDArray[np.float64]
    shift: NDArray[np.float64]

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.hours)


def aggregated(
    structure: Structure, most: int, up: bool = False, theta: NDArray[np.float64] | None = None
) -> TimeAggregation:
    """Group periods into about `most` groups, demand rounded down, or `up`; theta[period] prices starts."""
    shift = shift_of(structure, np.zeros(structure.periods) if theta is None else theta)
    profiles = _profiles(structure)
    alike = np.vstack(
        [structure.rates.of, profiles[2], np.round(shift.reshape(-1, structure.periods), SHIFT_DIGITS)]
    )
    of = _group(structure, np.unique(alike, axis=1, return_inverse=True)[1].ravel(), most)
    return _aggregation(structure, of, up, shift, profiles)


def each_period(structure: Structure) -> TimeAggregation:
    """Every period a group of its own, in order; starts for nothing."""
    shift = shift_of(structure, np.zeros(structure.periods))
    return _aggregation(structure, np.arange(structure.periods), False, shift, _profiles(structure))


def shift_of(structure: Structure, theta: NDArray[np.float64]) -> NDArray[np.float64]:
    """USD per node in use and weighted hour, shape [hardware, role, period]; they add up to zero over time."""
    priced = theta * structure.weight
    before = structure.previous
    change = priced.copy()
    np.add.at(change, before[before >= 0], -priced[before >= 0])
    return np.asarray(structure.start_usd_per_node[:, :, None] * (change / structure.weighted_hours))


def _aggregation(
    structure: Structure, of: NDArray[np.int64], up: bool, shift: NDArray[np.float64], profiles: Profiles
) -> TimeAggregation:
    running, hire, profile = profiles
    count = int(of.max()) + 1
    pick = np.maximum if up else np.minimum
    demand = np.full((len(structure.demand), count), -np.inf if up else np.inf)
    for role, line in enumerate(structure.demand):
        pick.at(demand[role], of, line)
    where, rate_class = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    where[of], rate_class[of] = profile, structure.rates.of
    # shifts that are equal to `SHIFT_DIGITS` are one: the least of them is kept
    least = np.full((count, *shift.shape[:2]), np.inf)
    np.minimum.at(least, of, np.moveaxis(shift, 2, 0))
    hours = np.bincount(of, structure.weighted_hours).astype(np.float64)
    return TimeAggregation(of, demand, hours, rate_class, where, running, hire, np.moveaxis(least, 0, 2))


def _profiles(structure: Structure) -> Profiles:
    """Prices per weighted hour, one column for every set of prices that comes up."""
    lines = [pool.running for pool in structure.pools] + [hire.price for hire in structure.hires]
    table = np.array(lines).reshape(len(lines), structure.periods) / structure.weighted_hours
    # prices that are equal to `PRICE_DIGITS` are one: the smallest of them is kept
    exact = np.where(np.isfinite(table), table, -1.0)
    _, first, profile = np.unique(
        np.round(exact, PRICE_DIGITS), axis=1, return_index=True, return_inverse=True
    )
    kept = np.full((len(lines), len(first)), np.inf)
    for place, line in enumerate(table):
        np.minimum.at(kept[place], profile.ravel(), line)
    pools = len(structure.pools)
    return kept[:pools], kept[pools:], profile.ravel().astype(np.int64)


def _group(structure: Structure, alike: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Periods with alike prices together: split the group with the largest total rounding along its wider side,
    until there are `most`.
    """
    scale = np.maximum(structure.demand.max(axis=1, initial=0.0), NOTHING)
    share = structure.demand / scale[:, None]
    heap: list[tuple[float, int, NDArray[np.int64]]] = []
    serial = 0

    def push(members: NDArray[np.int64]) -> None:
        nonlocal serial
        inside = share[:, members]
        loss = (inside - inside.min(axis=1, keepdims=True)) * structure.weighted_hours[members]
        heapq.heappush(heap, (-float(loss.sum()), serial, members))
        serial += 1

    for value in range(int(alike.max(initial=0)) + 1):
        push(np.flatnonzero(alike == value))
    while len(heap) < most and heap[0][0] < -NOTHING:
        _, _, members = heapq.heappop(heap)
        inside = share[:, members]
        role = int(np.ptp(inside, axis=1).argmax())
        middle = (inside[role].min() + inside[role].max()) / 2
        push(members[inside[role] <= middle])
        push(members[inside[role] > middle])
    of = np.empty(structure.periods, dtype=np.int64)
    for group, (_, _, members) in enumerate(sorted(heap, key=lambda entry: int(entry[2][0]))):
        of[members] = group
    return of


def peaks(demand_price: NDArray[np.float64], profile: NDArray[np.int64]) -> NDArray[np.float64]:
    """The highest price of each role among groups of the same profile, where that is above zero, else of all groups.

    Shapes [role, group]. What is worth most elsewhere may be more than nodes cost here.
    """
    top = np.zeros((len(demand_price), int(profile.max(initial=0)) + 1))
    for role, line in enumerate(demand_price):
        np.maximum.at(top[role], profile, line)
    return np.asarray(np.where(top > 0, top, demand_price.max(axis=1, keepdims=True))[:, profile])


def nested(fine: TimeAggregation, coarse: TimeAggregation) -> NDArray[np.int64]:
    """Group of `coarse` that holds each group of `fine`; both group the same periods by the same splits."""
    inside = np.zeros(fine.count, dtype=np.int64)
    inside[fine.of] = coarse.of
    return inside
