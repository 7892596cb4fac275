"""The bound of one box of fleets: duals of the relaxation, balanced, then the exact minimum of every hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.hours import Box, Cluster, Effort, HourModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.relaxation import Prices
    from planner.optimize.decomposition.slots import Slots
    from planner.optimize.decomposition.structure import Structure

PRICE_STEPS = 40
"""Prices that agree to such a part of the largest one are searched together, at their mean."""
HOT_SHARE = 0.5
"""Share of the highest demand price, in every role, from which a slot may pay for more nodes."""
IDLE_PRICE_SHARE = 0.6
"""Share of the highest demand price that a slot without one is searched at."""


@dataclass(frozen=True, eq=False)
class BoxBound:
    """Valid lower bound of the cost of every fleet in a box, and the fleet in it that the prices like
    best.
    """

    bound: float
    fleet: NDArray[np.int64]


def bound_of(model: HourModel, box: Box, prices: Prices, effort: Effort) -> BoxBound:
    """Certified for any prices: rounding them or stopping the search early only lowers it."""
    node_price = balanced(model.structure, model.slots, box, prices)
    total = np.zeros(len(model.structure.pools))
    hours = 0.0
    for cluster in clusters_of(model.slots, prices, node_price):
        weight = model.slots.hours[cluster.slots]
        least = model.minimum(box, cluster, effort)
        if not cluster.shift.any():
            least = np.maximum(least, float(cluster.node_price @ box.low))
        hours += float(least @ weight)
        total += cluster.node_price * weight.sum()
    fleet, holding = _held(model.structure, box, total)
    return BoxBound(max(holding + hours, prices.bound), fleet)


def _held(structure: Structure, box: Box, worth: NDArray[np.float64]) -> tuple[NDArray[np.int64], float]:
    """Minimum over the box of what nodes cost less what they are worth, USD per node of a pool."""
    fleet, cost = np.zeros(len(structure.pools), dtype=np.int64), 0.0
    for place, pool in enumerate(structure.pools):
        low, high = int(box.low[place]), int(box.high[place])
        line = np.concatenate(([0.0], np.cumsum(pool.node_prices() - worth[place])))[low : high + 1]
        best = int(line.argmin())
        fleet[place], cost = low + best, cost + float(line[best])
    return fleet, cost


def balanced(structure: Structure, slots: Slots, box: Box, prices: Prices) -> NDArray[np.float64]:
    """Node prices moved, at no loss, until a node is worth what it costs at the corner of the box it
    rests on.

    Where the prices want as few nodes as the box allows they may rise until the next node pays for itself;
    where they want as many, they may fall until the last one does. Neither lowers the bound.
    """
    node_price = prices.node_price.copy()
    pressure = prices.demand_price / np.maximum(prices.demand_price.max(axis=1, keepdims=True), 1e-30)
    hot = (pressure > HOT_SHARE).all(axis=0)
    for place, pool in enumerate(structure.pools):
        cost, low, high = pool.node_prices(), int(box.low[place]), int(box.high[place])
        worth = float(node_price[place] @ slots.hours)
        if high > 0 and worth > cost[high - 1]:
            node_price[place] *= cost[high - 1] / worth
        elif low < len(cost) and worth < cost[low] and hot.any():
            _raise(node_price[place], slots, hot, _ceiling(structure, slots, pool.hardware), float(cost[low]))
    return node_price


def _ceiling(structure: Structure, slots: Slots, hardware: int) -> NDArray[np.float64]:
    """Price of hiring a node instead, shape [slot]; no node is worth more."""
    mine = [place for place, hire in enumerate(structure.hires) if hire.hardware == hardware]
    if not mine:
        return np.full(slots.count, np.inf)
    return np.asarray(slots.hire[mine].min(axis=0)[slots.profile])


def _raise(
    price: NDArray[np.float64],
    slots: Slots,
    hot: NDArray[np.bool_],
    ceiling: NDArray[np.float64],
    target: float,
) -> None:
    """Raise the prices of the hot slots alike, up to their ceiling, until they add up to the target."""
    for _ in range(4):
        missing = target - float(price @ slots.hours)
        free = hot & (price < ceiling - 1e-9)
        if missing <= 1e-9 or not free.any():
            return
        price[free] = np.minimum(ceiling[free], price[free] + missing / slots.hours[free].sum())


def clusters_of(slots: Slots, prices: Prices, node_price: NDArray[np.float64]) -> list[Cluster]:
    """Slots with about equal prices together, at their mean.

    Slots without a price are searched for shortage.
    """
    top = max(float(node_price.max(initial=0.0)), float(np.abs(prices.shift).max(initial=0.0)), 1e-12)
    peak = np.maximum(prices.demand_price.max(axis=1, keepdims=True), 1e-30)
    shift = prices.shift.reshape(-1, slots.count)
    key = np.vstack(
        [
            slots.profile,
            np.round(node_price * (PRICE_STEPS / top)),
            np.round(prices.demand_price / peak * PRICE_STEPS),
        ]
    )
    # shifts come in few steps and must stay as they are: they add up to zero over time only without rounding
    key = np.vstack([key, np.round(shift, 9)])
    _, member = np.unique(key, axis=1, return_inverse=True)
    clusters = []
    for place in range(int(member.max()) + 1):
        mine = np.flatnonzero(member.ravel() == place)
        weight = slots.hours[mine] / slots.hours[mine].sum()
        clusters.append(
            Cluster(
                slots=mine,
                profile=int(slots.profile[mine[0]]),
                demand_price=prices.demand_price[:, mine] @ weight,
                node_price=node_price[:, mine] @ weight,
                shift=prices.shift[:, :, mine].min(axis=2),  # equal to nine digits: the least is a bound
            )
        )
    return [_searched(cluster, prices) for cluster in clusters]


def _searched(cluster: Cluster, prices: Prices) -> Cluster:
    """Demand prices only steer the search.

    Where they are zero, others find slots that the fleet cannot serve.
    """
    if (cluster.demand_price > 0).all():
        return cluster
    peak = prices.demand_price.max(axis=1)
    return Cluster(cluster.slots, cluster.profile, peak * IDLE_PRICE_SHARE, cluster.node_price, cluster.shift)
