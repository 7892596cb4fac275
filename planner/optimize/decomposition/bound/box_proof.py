"""What proves the bound of a range of fleets: prices by cluster of periods, kept for a certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.optimize.decomposition.bound.hours import Cluster
    from planner.optimize.decomposition.bound.relaxation import Prices
    from planner.optimize.decomposition.bound.shortage import UnservableGroup
    from planner.optimize.decomposition.bound.time_aggregation import TimeAggregation
    from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds


@dataclass(frozen=True, eq=False)
class BoxProof:
    """A range and prices that bound it, per weighted hour in the money of the search.

    of[period] is a cluster; demand_price[role, cluster] is per token/s, node_price[pool, cluster] per node. Units of
    a cluster were listed up to limit[cluster] above the Lagrangian bound of an hour; 0: the linear bound is enough.
    Where `surplus` is above zero nothing serves the range: so much more is proven of an hour for each multiple of
    these prices, and starts are free.
    """

    fleets: FleetBounds
    of: NDArray[np.int64]
    demand_price: NDArray[np.float64]
    node_price: NDArray[np.float64]
    limit: NDArray[np.float64]
    surplus: float = 0.0


def linear_proof(fleets: FleetBounds, prices: Prices, aggregation: TimeAggregation) -> BoxProof:
    """By the linear relaxation alone, every group of periods a cluster."""
    nothing = np.zeros(aggregation.count)
    return BoxProof(fleets, aggregation.of, prices.demand_price, prices.node_price, nothing)


def listed_proof(
    fleets: FleetBounds, clusters: Sequence[Cluster], limits: Sequence[float], aggregation: TimeAggregation
) -> BoxProof:
    """By the units listed in every cluster, up to limits[cluster]."""
    of = np.zeros(aggregation.count, dtype=np.int64)
    for place, cluster in enumerate(clusters):
        of[cluster.groups] = place
    return BoxProof(
        fleets,
        of[aggregation.of],
        np.array([cluster.demand_price for cluster in clusters]).T,
        np.array([cluster.node_price for cluster in clusters]).T,
        np.array(limits),
    )


def shortage_proof(
    fleets: FleetBounds, shortage: UnservableGroup, aggregation: TimeAggregation, pools: int
) -> BoxProof:
    """Of a range that cannot serve one group: prices of its demand prove any cost."""
    of = np.where(aggregation.of == shortage.group, 0, 1)
    price = np.array([[shortage.weight[0], 0.0], [shortage.weight[1], 0.0]])
    return BoxProof(fleets, of, price, np.zeros((pools, 2)), np.zeros(2), shortage.surplus)
