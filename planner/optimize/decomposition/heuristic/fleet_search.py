"""What a fleet costs over all periods, and local search over fleets.

With the fleet fixed, periods without start-up costs are apart, and each is solved to the search's depth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.bound.hours import Cluster, Effort, GroupUse, HourModel
from planner.optimize.decomposition.bound.time_aggregation import peaks
from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds
from planner.optimize.decomposition.tolerances import NO_MONEY, NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.optimize.decomposition.bound.relaxation import Prices
    from planner.optimize.decomposition.parameters import HeuristicParameters


class FleetCost:
    """Cost of fleets by pool; each is searched once."""

    def __init__(
        self,
        model: HourModel,
        prices: Prices | None,
        parameters: HeuristicParameters,
        price_of: NDArray[np.int64] | None = None,
        most: int | None = None,
    ) -> None:
        """Combinations are at most `most`, absent: as the parameters say.

        `price_of`[period] is the group of `prices`, absent: that of the model.
        """
        self.model, self.parameters = model, parameters
        self.most = parameters.combinations if most is None else most
        self.clusters = self._clusters(prices, model.aggregation.of if price_of is None else price_of)
        self.known: dict[tuple[int, ...], float] = {}
        self.usd = self._scale(prices)

    def _clusters(self, prices: Prices | None, price_of: NDArray[np.int64]) -> list[Cluster]:
        """Groups by profile and rounded demand prices; groups without a price take the highest of their profile."""
        model, known = self.model, self.parameters
        aggregation, structure = model.aggregation, model.structure
        first = np.unique(aggregation.of, return_index=True)[1]
        demand_price = rent_prices(model) if prices is None else prices.demand_price[:, price_of[first]]
        top = np.maximum(peaks(demand_price, aggregation.profile), NOTHING)
        share = np.where((demand_price > known.priced_share * top).all(axis=0), demand_price / top, 1.0)
        key = np.vstack([aggregation.rate_class, aggregation.profile, np.round(share * known.price_steps)])
        _, member = np.unique(key, axis=1, return_inverse=True)
        nothing = np.zeros(len(structure.pools))
        still = np.zeros((structure.hardware, 2))
        return [
            Cluster(
                groups=(mine := np.flatnonzero(member.ravel() == place)),
                rate_class=int(aggregation.rate_class[mine[0]]),
                profile=int(aggregation.profile[mine[0]]),
                demand_price=(share[:, mine] * top[:, mine]).mean(axis=1),
                node_price=nothing,
                shift=still,
            )
            for place in range(int(member.max()) + 1)
        ]

    def holding(self, fleet: NDArray[np.int64]) -> float:
        """USD of the nodes held."""
        pools = self.model.structure.pools
        return sum(pool.cost(int(nodes)) for pool, nodes in zip(pools, fleet, strict=True))

    def __call__(self, fleet: NDArray[np.int64]) -> float:
        """USD over all periods; infinite where some period cannot be served."""
        key = tuple(fleet.tolist())
        if key not in self.known:
            self.known[key] = self._cost(fleet)
        return self.known[key]

    def _cost(self, fleet: NDArray[np.int64]) -> float:
        total = self.holding(fleet)
        for cluster in self.clusters:
            best = self._search(fleet, cluster, track=False).cost
            total += float(best @ self.model.aggregation.hours[cluster.groups])
            if not np.isfinite(total):
                return np.inf
        return total

    def use(self, fleet: NDArray[np.int64]) -> GroupUse:
        """Cost per weighted hour and nodes by hardware, role and group."""
        aggregation = self.model.aggregation
        use = GroupUse(
            np.full(aggregation.count, np.inf),
            np.zeros((self.model.structure.hardware, 2, aggregation.count), np.int64),
        )
        for cluster in self.clusters:
            found = self._search(fleet, cluster, track=True)
            use.cost[cluster.groups], use.nodes[:, :, cluster.groups] = found.cost, found.nodes
        return use

    def _search(self, fleet: NDArray[np.int64], cluster: Cluster, track: bool) -> GroupUse:
        """To proof among few kinds of hardware; among many at one depth, deeper where a group has no use."""
        fleets = FleetBounds(fleet, fleet)
        if self.model.structure.hardware <= self.parameters.few_hardware:
            limits = tuple(depth * self.usd for depth in self.parameters.limits)
            return self.model.cheapest(fleets, cluster, Effort(limits, self.most), track)
        for depth in self.parameters.many_hardware_limits:
            use = self.model.cheapest(fleets, cluster, Effort((depth * self.usd,), self.most), track)
            if np.isfinite(use.cost).all():
                break
        return use

    def _scale(self, prices: Prices | None) -> float:
        """Typical USD per hour."""
        aggregation = self.model.aggregation
        if prices is not None:
            return max(NO_MONEY, prices.bound / float(aggregation.hours.sum()))
        usd = sum(float((c.demand_price @ aggregation.demand[:, c.groups]).max()) for c in self.clusters)
        return max(NO_MONEY, usd / max(1, len(self.clusters)))


def rent_prices(model: HourModel) -> NDArray[np.float64]:
    """USD per token/s of each role at the cheapest way to hire or hold it, shape [role, group].

    A first guess.
    """
    structure, aggregation = model.structure, model.aggregation
    node = np.full((structure.hardware, aggregation.count), np.inf)
    for place, hire in enumerate(structure.hires):
        node[hire.hardware] = np.minimum(node[hire.hardware], aggregation.hire[place, aggregation.profile])
    for place, pool in enumerate(structure.pools):
        if len(pool.price):
            held = np.isfinite(aggregation.running[place, aggregation.profile])
            price = np.where(held, 2 * pool.price[-1] / aggregation.hours[held].sum(), np.inf)
            node[pool.hardware] = np.minimum(node[pool.hardware], price)
    guess = np.full((2, aggregation.count), np.inf)
    for unit in np.flatnonzero(structure.unit_role >= 0).tolist():
        role = structure.unit_role[unit]
        usd = node[structure.unit_hardware[unit]] * structure.unit_nodes[unit] / structure.unit_rate[unit]
        guess[role] = np.minimum(guess[role], usd)
    return np.where(np.isfinite(guess), guess, 0.0)


class FleetSearch:
    """First improvement over steps of one pool and of two, with kicks away from local optima; seeded."""

    def __init__(self, cost: FleetCost, start: NDArray[np.int64], seed: int) -> None:
        self.cost = cost
        self.random = np.random.default_rng(seed)
        self.low, self.high = cost.model.structure.least, cost.model.structure.most
        self.steps = self._steps()
        self.here = np.clip(start, self.low, self.high)
        self.here_cost = cost(self.here)
        self.best, self.best_cost = self.here, self.here_cost
        self.moves = self._moves()
        self.repeats = 0  # fleets in a row that were looked at before

    @property
    def exhausted(self) -> bool:
        """Whether all fleets within reach were looked at, as far as chance tells."""
        return self.repeats >= self.cost.parameters.known_in_a_row

    def _steps(self) -> list[NDArray[np.int64]]:
        """One pool up or down by one node, or by the nodes of one of its units."""
        structure = self.cost.model.structure
        steps = []
        for place, pool in enumerate(structure.pools):
            mine = structure.unit_nodes[structure.unit_hardware == pool.hardware]
            for size in sorted({1, *mine.tolist(), *pool.increment.tolist()}):
                for sign in (1, -1):
                    step = np.zeros(len(structure.pools), dtype=np.int64)
                    step[place] = sign * size
                    steps.append(step)
        return steps

    def _moves(self) -> Iterator[NDArray[np.int64]]:
        moves = list(self.steps)
        if moves:
            pairs = self.random.integers(len(self.steps), size=(self.cost.parameters.pairs_of_moves, 2))
            moves += [self.steps[first] + self.steps[second] for first, second in pairs]
        order = self.random.permutation(len(moves))
        return iter([moves[place] for place in order])

    def try_one(self) -> bool:
        """Look at one neighbour; whether it is the best fleet so far."""
        move = next(self.moves, None)
        if move is None:
            self._kick()
            return False
        there = np.clip(self.here + move, self.low, self.high)
        cost = self._cost_of(there)
        if cost < self.here_cost - NO_MONEY:
            self.here, self.here_cost = there, cost
            self.moves = self._moves()
        if cost < self.best_cost - NO_MONEY:
            self.best, self.best_cost = there, cost
            return True
        return False

    def _kick(self) -> None:
        """From the best fleet a few random steps away."""
        there = self.best
        for _ in range(self.cost.parameters.kicks if self.steps else 0):
            there = np.clip(
                there + self.steps[int(self.random.integers(len(self.steps)))], self.low, self.high
            )
        self.here, self.here_cost = there, self._cost_of(there)
        self.moves = self._moves()

    def _cost_of(self, fleet: NDArray[np.int64]) -> float:
        """What a fleet costs; counts whether it was looked at before."""
        before = len(self.cost.known)
        cost = self.cost(fleet)
        self.repeats = self.repeats + 1 if len(self.cost.known) == before else 0
        return cost


def first_fleet(cost: FleetCost, prices: Prices | None) -> NDArray[np.int64]:
    """The rounded fleet of the relaxation, or the cheapest of a few plain ones that serve every period."""
    least, most = cost.model.structure.least, cost.model.structure.most
    tries = [least, (least + most) // 2, most]
    if prices is not None:
        tries += [np.round(prices.fleet).astype(np.int64), np.ceil(prices.fleet).astype(np.int64)]
    return min(tries, key=cost)
