"""The least cost of one period, at given prices of nodes and a range of fleets, exact up to a limit.

With the nodes F[p] of every pool p in a range L <= F <= U, a price lam[p] in every period and Lagrange's rule,

    cost(F) >= sum_p (c_p(F) - F sum_t lam[p,t]) + sum_t w_t,
    w_t = min over whole units: sum_h g_h(nodes on h) + shift * nodes by role,  both demands of t met,

where g_h is convex: the first L[p] nodes of a pool cost their running cost (and lam[p] L[p] is always paid),
the next U[p] - L[p] cost lam[p] more, and nodes hired cost their price. With L = U it is what a fleet costs.
Combinations of all hardware but one are listed up to a limit on their reduced cost; the last one, the pivot, is
looked up. Either the best label found is the optimum, or the optimum exceeds the Lagrangian bound by more than the
limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.bound.frontier import frontiers_of
from planner.optimize.decomposition.bound.labels import Labels, combined, limit_for
from planner.optimize.decomposition.bound.pivot import PivotLookup
from planner.optimize.decomposition.tolerances import UNSERVED_SHARE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.optimize.decomposition.bound.frontier import Frontiers
    from planner.optimize.decomposition.bound.time_aggregation import TimeAggregation
    from planner.optimize.decomposition.parameters import BoundParameters
    from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
    from planner.optimize.decomposition.problem.structure import Structure


@dataclass(frozen=True, eq=False)
class Cluster:
    """Groups that share their class of rates and their prices, all in USD per weighted hour.

    demand_price[role] USD per token/s, node_price[pool], shift[hardware, role] extra USD per node in use.
    """

    groups: NDArray[np.int64]
    rate_class: int
    profile: int
    demand_price: NDArray[np.float64]
    node_price: NDArray[np.float64]
    shift: NDArray[np.float64]


@dataclass(frozen=True)
class Effort:
    """Limits on the reduced cost to try, in USD per hour, and how many combinations to look at."""

    limits: tuple[float, ...]
    most: int


@dataclass(frozen=True, eq=False)
class GroupBounds:
    """Valid lower bounds of w for each group of a cluster, and the limit on the reduced cost that gives them."""

    least: NDArray[np.float64]
    limit: float


@dataclass(frozen=True, eq=False)
class GroupUse:
    """Nodes by hardware and role in every group asked for, shape [hardware, role, group]."""

    cost: NDArray[np.float64]
    nodes: NDArray[np.int64]


class HourModel:
    """Minimum cost of periods, many at once."""

    def __init__(
        self,
        structure: Structure,
        aggregation: TimeAggregation,
        parameters: BoundParameters,
        frontiers: Frontiers | None = None,
    ) -> None:
        """`frontiers` of the structure, where another model of it has them already."""
        self.structure = structure
        self.aggregation = aggregation
        self.parameters = parameters
        self.frontiers = (
            frontiers_of(structure, parameters.lookup_buckets) if frontiers is None else frontiers
        )

    def on(self, aggregation: TimeAggregation) -> HourModel:
        """The same with other groups."""
        return HourModel(self.structure, aggregation, self.parameters, self.frontiers)

    def both_value(self, hardware: int, cluster: Cluster) -> float:
        """USD that a node under units that do both demands pays to the others of its hardware, 0 without such units.

        Whatever v it is, g[m + n] >= v n + min over k >= m of (g[k] - v (k - m)): the two parts are looked for apart.
        It is the most that a node earns at the prices of demand, as in the linear relaxation.
        """
        structure, frontiers = self.structure, self.frontiers[cluster.rate_class]
        if hardware not in structure.both_hardware:
            return 0.0
        own = cluster.demand_price * frontiers[hardware].ratio - cluster.shift[hardware]
        both = frontiers[structure.hardware + structure.both_hardware.index(hardware)].ratio
        return max(0.0, float(own.max()), float(cluster.demand_price @ both))

    def node_curve(self, hardware: int, fleets: FleetBounds, cluster: Cluster) -> NDArray[np.float64]:
        """USD of n nodes in use, g[n], for n up to what there is; infinite beyond, with room for look-ups.

        Any number of further nodes idles where the prices of starts credit it, or lies under units that do both.
        """
        slopes: list[NDArray[np.float64]] = []
        always = 0.0
        for place, pool in enumerate(self.structure.pools):
            if pool.hardware == hardware:
                running = self.aggregation.running[place, cluster.profile]
                price, low, high = cluster.node_price[place], int(fleets.low[place]), int(fleets.high[place])
                if not np.isfinite(running):  # not held in these periods, and of no price there
                    continue
                slopes += [np.full(low, running), np.full(high - low, running + price)]
                always += price * low
        for place, hire in enumerate(self.structure.hires):
            price = self.aggregation.hire[place, cluster.profile]
            if hire.hardware == hardware and np.isfinite(price):
                slopes.append(np.full(hire.maximum, price))
        most = self.frontiers[cluster.rate_class][hardware].most
        curve = np.full(2 * (most + 2), np.inf)
        nodes = np.sort(np.concatenate([*slopes, np.zeros(0)]))[:most]
        curve[0] = always
        curve[1 : len(nodes) + 1] = always + np.cumsum(nodes)
        credit = min(0.0, float(cluster.shift[hardware].min()), -self.both_value(hardware, cluster))
        return _with_idle(curve, len(nodes), credit)

    def minimum(self, fleets: FleetBounds, cluster: Cluster, effort: Effort) -> GroupBounds:
        """Valid lower bound of w for each group of the cluster; the optimum where the effort suffices."""
        return self._search(fleets, cluster, effort, track=False)[0]

    def cheapest(self, fleets: FleetBounds, cluster: Cluster, effort: Effort, track: bool) -> GroupUse:
        """The cheapest use found for each group, cost infinite where none was; its nodes with `track`."""
        _, best, nodes = self._search(fleets, cluster, effort, track)
        return GroupUse(best, nodes)

    def _search(
        self, fleets: FleetBounds, cluster: Cluster, effort: Effort, track: bool
    ) -> tuple[GroupBounds, NDArray[np.float64], NDArray[np.int64]]:
        demand = self.aggregation.demand[:, cluster.groups]
        served = demand * (1 - UNSERVED_SHARE)
        curves = [self.node_curve(h, fleets, cluster) for h in range(self.structure.hardware)]
        for hardware in self.structure.both_hardware:
            every = np.arange(self.frontiers[cluster.rate_class][hardware].most + 1)
            curves.append(np.asarray(self.both_value(hardware, cluster) * every))
        parts, ideal, floor = self._parts(curves, cluster, max(effort.limits))
        lagrangian = cluster.demand_price @ demand + ideal
        bound, best = np.maximum(lagrangian, floor), np.full(len(cluster.groups), np.inf)
        nodes = np.zeros((self.structure.hardware, 2, len(cluster.groups)), dtype=np.int64)
        todo = np.arange(len(cluster.groups))
        pivot = max(range(self.structure.hardware), key=lambda hardware: len(parts[hardware]))
        others = [part for hardware, part in enumerate(parts) if hardware != pivot]
        for limit in effort.limits:
            reached, labels = _labels(others, limit, effort.most, track, self.parameters)
            if labels is None:
                break
            lookup = PivotLookup(
                self.frontiers[cluster.rate_class],
                pivot,
                curves[pivot],
                cluster.shift[pivot],
                labels,
                self.parameters,
            )
            lookup.search(served, (lagrangian, floor), todo, best, nodes if track else None)
            beyond = lagrangian[todo] + reached
            bound[todo] = np.maximum(bound[todo], np.minimum(best[todo], beyond))
            todo = todo[best[todo] > np.maximum(beyond, floor)]
            if len(todo) == 0 or reached < limit:
                break
        return GroupBounds(bound, float((bound - lagrangian).max(initial=0.0))), best, nodes

    def _parts(
        self, curves: list[NDArray[np.float64]], cluster: Cluster, limit: float
    ) -> tuple[list[Labels], float, float]:
        """Options of every hardware up to a limit on their reduced cost, and two sums over the hardware: of the best
        reduced costs, and of the best costs.
        """
        parts, ideal, floor = [], 0.0, 0.0
        for place, curve in enumerate(curves):
            part, best = self._part(place, curve, cluster, limit)
            parts.append(part)
            ideal, floor = ideal + best, floor + float(curve[0])
        return parts, ideal, floor

    def _part(
        self, place: int, curve: NDArray[np.float64], cluster: Cluster, limit: float
    ) -> tuple[Labels, float]:
        """Options of one hardware, or of its nodes that do both demands, up to a limit on their reduced cost, and their
        least cost less pi times what they do.

        Options on n nodes have a reduced cost of at least curve[n] - dual_value * n, so those on too few or too
        many nodes need not be looked at.
        """
        frontier, price = self.frontiers[cluster.rate_class][place], cluster.demand_price
        apart = place >= self.structure.hardware
        shift = np.zeros(2) if apart else cluster.shift[place]
        earned = price * frontier.ratio - shift
        dual_value = float(earned.sum() if apart else earned.max())
        least = curve[: frontier.most + 1] - dual_value * np.arange(frontier.most + 1)
        alike = bool(shift[0] == shift[1])
        best, ceiling = np.inf, float(least.min()) + limit
        while True:
            near = np.flatnonzero(least <= ceiling)
            options = frontier.options(int(near[0]), int(near[-1]), alike)
            cost = curve[frontier.nodes[options]]
            if shift.any():
                cost = cost + shift[0] * frontier.first[options] + shift[1] * frontier.second[options]
            able0, able1 = frontier.able0[options], frontier.able1[options]
            reduced = cost - price[0] * able0 - price[1] * able1
            best = float(reduced.min(initial=np.inf))
            if best + limit <= ceiling or len(near) == len(least):
                break
            ceiling = best + limit if np.isfinite(best) else np.inf
        kept = np.flatnonzero(reduced <= best + limit)
        picked = options[None, kept].astype(np.int32)
        part = Labels(cost[kept], able0[kept], able1[kept], reduced[kept] - best, picked)
        return part.by_reduced_cost().without_dominated(self.parameters), best


def _labels(
    others: Sequence[Labels], limit: float, most: int, track: bool, parameters: BoundParameters
) -> tuple[float, Labels | None]:
    """Combinations up to the largest reduced cost that the effort allows, and that reduced cost."""
    parts = list(others)
    reached = limit_for(parts, limit, parameters.limit_margin * most, parameters)
    while reached > limit * parameters.least_limit_share:
        labels = combined(parts, reached, most, track, parameters)
        if labels is not None:
            return reached, labels
        reached *= parameters.limit_shrink
    return 0.0, None


def _with_idle(curve: NDArray[np.float64], nodes: int, credit: float) -> NDArray[np.float64]:
    """Cheapest with any number of further nodes idling at a credit (<= 0) each.

    The same where there is none.
    """
    if credit == 0.0:
        return curve
    line = credit * np.arange(nodes + 1)
    curve[: nodes + 1] = np.minimum.accumulate((curve[: nodes + 1] + line)[::-1])[::-1] - line
    return curve
