"""The bound of one range of fleets: duals of the relaxation, balanced, then the exact minimum of every hour."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.bound.box_proof import linear_proof, listed_proof
from planner.optimize.decomposition.bound.hours import Cluster, Effort, HourModel
from planner.optimize.decomposition.bound.time_aggregation import peaks
from planner.optimize.decomposition.tolerances import NO_MONEY, NOTHING, SHIFT_DIGITS, SMALLEST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.decomposition.bound.box_proof import BoxProof
    from planner.optimize.decomposition.bound.relaxation import Prices
    from planner.optimize.decomposition.bound.time_aggregation import TimeAggregation
    from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
    from planner.optimize.decomposition.problem.structure import Structure


@dataclass(frozen=True, eq=False)
class LagrangianBound:
    """Valid lower bound of the cost of every fleet in a range, the fleet in it that the prices like best, and what
    proves the bound.
    """

    bound: float
    fleet: NDArray[np.int64]
    proof: BoxProof


def lagrangian_bound(
    model: HourModel, fleets: FleetBounds, prices: Prices, effort: Effort
) -> LagrangianBound:
    """Certified for any prices: rounding them or stopping the search early only lowers it."""
    node_price = balanced(model, fleets, prices)
    total = np.zeros(len(model.structure.pools))
    hours = 0.0
    clusters, limits = clusters_of(model, prices, node_price), []
    for cluster in clusters:
        weight = model.aggregation.hours[cluster.groups]
        found = model.minimum(fleets, cluster, effort)
        least = found.least
        limits.append(found.limit)
        if not cluster.shift.any():
            least = np.maximum(least, float(cluster.node_price @ fleets.low))
        hours += float(least @ weight)
        total += cluster.node_price * weight.sum()
    fleet, holding = _held(model.structure, fleets, total)
    if prices.bound > holding + hours:
        return LagrangianBound(prices.bound, fleet, linear_proof(fleets, prices, model.aggregation))
    return LagrangianBound(holding + hours, fleet, listed_proof(fleets, clusters, limits, model.aggregation))


def _held(
    structure: Structure, fleets: FleetBounds, dual_value: NDArray[np.float64]
) -> tuple[NDArray[np.int64], float]:
    """Minimum over the range of the cost of nodes less their dual value, USD per node of a pool."""
    fleet, cost = np.zeros(len(structure.pools), dtype=np.int64), 0.0
    for place, pool in enumerate(structure.pools):
        low, high = int(fleets.low[place]), int(fleets.high[place])
        line = np.concatenate(([0.0], np.cumsum(pool.node_prices() - dual_value[place])))[low : high + 1]
        best = int(line.argmin())
        fleet[place], cost = low + best, cost + float(line[best])
    return fleet, cost


def balanced(model: HourModel, fleets: FleetBounds, prices: Prices) -> NDArray[np.float64]:
    """Node prices moved, at no loss, until the dual value of a node is its cost at the corner of the range it
    rests on.

    Where the prices want as few nodes as the range allows they may rise until the next node pays for itself;
    where they want as many, they may fall until the last one does. Neither lowers the bound.
    """
    structure, aggregation, parameters = model.structure, model.aggregation, model.parameters
    node_price = prices.node_price.copy()
    pressure = prices.demand_price / np.maximum(peaks(prices.demand_price, aggregation.profile), SMALLEST)
    hot = (pressure > parameters.hot_share).all(axis=0)
    for place, pool in enumerate(structure.pools):
        cost, low, high = pool.node_prices(), int(fleets.low[place]), int(fleets.high[place])
        dual_value = float(node_price[place] @ aggregation.hours)
        if high > 0 and dual_value > cost[high - 1]:
            node_price[place] *= cost[high - 1] / dual_value
        elif low < len(cost) and dual_value < cost[low]:
            inside = hot & np.isfinite(aggregation.running[place, aggregation.profile])
            ceiling = _ceiling(structure, aggregation, pool.hardware)
            _raise(node_price[place], model, inside, ceiling, float(cost[low]))
    return node_price


def _ceiling(structure: Structure, aggregation: TimeAggregation, hardware: int) -> NDArray[np.float64]:
    """Price of hiring a node instead, shape [group]; no dual value of a node is higher."""
    mine = [place for place, hire in enumerate(structure.hires) if hire.hardware == hardware]
    if not mine:
        return np.full(aggregation.count, np.inf)
    return np.asarray(aggregation.hire[mine].min(axis=0)[aggregation.profile])


def _raise(
    price: NDArray[np.float64],
    model: HourModel,
    hot: NDArray[np.bool_],
    ceiling: NDArray[np.float64],
    goal: float,
) -> None:
    """Raise the prices of the hot groups alike, up to their ceiling, until they add up to a goal."""
    hours = model.aggregation.hours
    for _ in range(model.parameters.balance_rounds):
        missing = goal - float(price @ hours)
        free = hot & (price < ceiling - NO_MONEY)
        if missing <= NO_MONEY or not free.any():
            return
        price[free] = np.minimum(ceiling[free], price[free] + missing / hours[free].sum())


def clusters_of(model: HourModel, prices: Prices, node_price: NDArray[np.float64]) -> list[Cluster]:
    """Groups with about equal prices together, at their mean.

    Groups without a price are searched for shortage.
    """
    aggregation, steps = model.aggregation, model.parameters.price_steps
    top = max(float(node_price.max(initial=0.0)), float(np.abs(prices.shift).max(initial=0.0)), NOTHING)
    peak = np.maximum(prices.demand_price.max(axis=1, keepdims=True), SMALLEST)
    shift = prices.shift.reshape(-1, aggregation.count)
    key = np.vstack(
        [
            aggregation.rate_class,
            aggregation.profile,
            np.round(node_price * (steps / top)),
            np.round(prices.demand_price / peak * steps),
        ]
    )
    # shifts come in few steps and must stay as they are: they add up to zero over time only without rounding
    key = np.vstack([key, np.round(shift, SHIFT_DIGITS)])
    _, member = np.unique(key, axis=1, return_inverse=True)
    clusters = []
    for place in range(int(member.max()) + 1):
        mine = np.flatnonzero(member.ravel() == place)
        weight = aggregation.hours[mine] / aggregation.hours[mine].sum()
        clusters.append(
            Cluster(
                groups=mine,
                rate_class=int(aggregation.rate_class[mine[0]]),
                profile=int(aggregation.profile[mine[0]]),
                demand_price=prices.demand_price[:, mine] @ weight,
                node_price=node_price[:, mine] @ weight,
                shift=prices.shift[:, :, mine].min(axis=2),  # equal to `SHIFT_DIGITS`: the least is a bound
            )
        )
    top_price = peaks(prices.demand_price, aggregation.profile) * model.parameters.idle_price_share
    return [_searched(cluster, top_price[:, cluster.groups[0]]) for cluster in clusters]


def _searched(cluster: Cluster, idle_price: NDArray[np.float64]) -> Cluster:
    """Demand prices only steer the search.

    Where they are zero, others find groups that the fleet cannot serve.
    """
    if (cluster.demand_price > 0).all():
        return cluster
    return replace(cluster, demand_price=idle_price)
