"""What the hourly relaxation knows: two demands, whole units of whole nodes, nodes held or hired.

A question is covered when nothing but constraints is left out, so that a bound of this structure is a bound
of the question. `structure_of` says in words what stands in the way otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.decompose.roles import roles_of
from planner.model.families import first_stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets

LARGEST_POOL_NODES = 1500


class NotCovered(Exception):
    """The relaxation would not be a relaxation of this question; the message says why."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Nodes of one hardware held over all periods, at one running cost; the cheapest offers are taken first.

    price[segment], nodes[segment]  USD per node over all periods, and how many there are at that price
    offer, increment[segment]       position on the offer axis, nodes that come together
    minimum                         nodes that must be held; their segments come first
    running[period]                 USD per node in use
    """

    hardware: int
    price: NDArray[np.float64]
    nodes: NDArray[np.int64]
    offer: NDArray[np.int64]
    increment: NDArray[np.int64]
    minimum: int
    running: NDArray[np.float64]

    @property
    def maximum(self) -> int:
        """Nodes that can be held."""
        return int(self.nodes.sum())

    def node_prices(self) -> NDArray[np.float64]:
        """USD of the first, second, ... node."""
        return np.repeat(self.price, self.nodes)

    def taken(self, nodes: int) -> dict[int, int]:
        """Increments by offer that hold at least so many nodes."""
        increments: dict[int, int] = {}
        for segment, most in enumerate(self.nodes.tolist()):
            inside = min(nodes, most)
            step = int(self.increment[segment])
            offer = int(self.offer[segment])
            increments[offer] = increments.get(offer, 0) + (inside if step == 1 else -(-inside // step))
            nodes -= inside
        return {offer: count for offer, count in increments.items() if count}

    def cost(self, nodes: int) -> float:
        """USD of holding at least so many nodes, in whole increments."""
        price = dict(zip(self.offer.tolist(), (self.price * self.increment).tolist(), strict=True))
        return float(sum(price[offer] * count for offer, count in self.taken(nodes).items()))


@dataclass(frozen=True, eq=False)
class Hire:
    """Nodes of one hardware taken for one period at a time.

    price[period] USD per serving node, running cost included, inf where there is no offer; offer[period].
    """

    hardware: int
    price: NDArray[np.float64]
    offer: NDArray[np.int64]
    maximum: int
    channel: int


@dataclass(frozen=True, eq=False)
class Structure:
    """demand[role, period], role 0 and 1.

    Unit_role[unit]; unit_rate[unit]; unit_start_usd[unit] USD of a start in a period of weight one, and the
    least of it per node by [hardware, role].
    """

    demand: NDArray[np.float64]
    unit_role: NDArray[np.int64]
    unit_rate: NDArray[np.float64]
    unit_nodes: NDArray[np.int64]
    unit_hardware: NDArray[np.int64]
    unit_start_usd: NDArray[np.float64]
    pools: tuple[Pool, ...]
    hires: tuple[Hire, ...]
    hardware: int
    weighted_hours: NDArray[np.float64]
    weight: NDArray[np.float64]
    previous: NDArray[np.int64]
    start_usd_per_node: NDArray[np.float64]

    @property
    def periods(self) -> int:
        """Number of periods."""
        return int(self.demand.shape[1])

    @property
    def least(self) -> NDArray[np.int64]:
        """Fewest nodes by pool."""
        return np.array([pool.minimum for pool in self.pools], dtype=np.int64)

    @property
    def most(self) -> NDArray[np.int64]:
        """Most nodes by pool."""
        return np.array([pool.maximum for pool in self.pools], dtype=np.int64)

    @cached_property
    def unit_nodes_by_hardware(self) -> NDArray[np.int64]:
        """Nodes of each unit, shape [unit, hardware]."""
        return np.where(self.unit_hardware[:, None] == np.arange(self.hardware), self.unit_nodes[:, None], 0)

    @cached_property
    def unit_rate_by_role(self) -> NDArray[np.float64]:
        """Tokens/s of each unit, shape [unit, role]."""
        return np.where(self.unit_role[:, None] == np.arange(2), self.unit_rate[:, None], 0.0)

    def run(self, periods: NDArray[np.int64]) -> Structure:
        """The same over consecutive periods alone, as if nothing had run before them."""
        return replace(
            self,
            demand=self.demand[:, periods],
            pools=tuple(replace(pool, running=pool.running[periods]) for pool in self.pools),
            hires=tuple(
                replace(hire, price=hire.price[periods], offer=hire.offer[periods]) for hire in self.hires
            ),
            weighted_hours=self.weighted_hours[periods],
            weight=self.weight[periods],
            previous=np.arange(-1, len(periods) - 1),
        )


def structure_of(sets: Sets) -> Structure:
    """The covered part of a question. Raises NotCovered with the reason in words."""
    _refuse_uncovered(sets)
    role, demand, rate = roles_of(sets)
    pools, hires = _holdings(sets)
    start = np.zeros((len(sets.hardware), 2))
    for hardware in range(len(sets.hardware)):
        for place in (0, 1):
            mine = (sets.hardware_of == hardware) & (role == place)
            if mine.any():
                start[hardware, place] = (sets.start_usd[mine] / sets.nodes[mine]).min()
    return Structure(
        demand=demand,
        unit_role=role,
        unit_rate=rate,
        unit_nodes=sets.nodes,
        unit_hardware=sets.hardware_of,
        unit_start_usd=sets.start_usd,
        pools=pools,
        hires=hires,
        hardware=len(sets.hardware),
        weighted_hours=sets.timeline.weighted_hours,
        weight=sets.timeline.weight,
        previous=sets.timeline.previous,
        start_usd_per_node=start,
    )


def _refuse_uncovered(sets: Sets) -> None:
    market = sets.market
    reasons = {
        "token vendors may take demand": bool(market.vendors),
        "nodes may be lent": bool(market.lendings),
        "spending may be committed": bool(market.commitments),
        "demand may be shed": bool(sets.shed_works),
        "work may wait for a later period": sets.deferral is not None,
        "what is signed is the same in every scenario": first_stage.applies(sets),
        "prices or credits are negative": bool((sets.offer_price < 0).any() or (sets.running_usd < 0).any()),
    }
    for reason, applies in reasons.items():
        if applies:
            raise NotCovered(reason)


def _holdings(sets: Sets) -> tuple[tuple[Pool, ...], tuple[Hire, ...]]:
    """Channels that cover all periods, by hardware and running cost, and channels of one period at a time."""
    hires: list[Hire] = []
    held: dict[tuple[int, bytes], list[int]] = {}
    for place, channel in enumerate(sets.channels):
        first, last = sets.first[channel.offers], sets.last[channel.offers]
        if len(first) == 0:
            if channel.minimum_nodes > 0:
                raise NotCovered(f"{channel.label(sets)} must hold nodes and offers none")
            continue
        if (first == last).all() and sets.periods > 1 and len(np.unique(first)) == len(first):
            hires.append(_hire(sets, place))
        elif (
            len(first) == 1
            and first[0] == 0
            and last[0] == sets.periods - 1
            and channel.available_share == 1.0
        ):
            held.setdefault((channel.hardware, sets.running_usd[place].tobytes()), []).append(place)
        else:
            raise NotCovered(f"{channel.label(sets)} is held over some periods and not over others")
    return tuple(_pool(sets, places) for places in held.values()), tuple(hires)


def _useful(sets: Sets, place: int) -> int:
    """Nodes of a channel beyond which one more is never of use."""
    channel = sets.channels[place]
    useful = max(int(sets.node_limit[channel.hardware]), channel.minimum_nodes) + channel.increment_nodes
    return useful if channel.maximum_nodes is None else min(useful, channel.maximum_nodes)


def _hire(sets: Sets, place: int) -> Hire:
    channel = sets.channels[place]
    price = np.full(sets.periods, np.inf)
    offer = np.full(sets.periods, -1, dtype=np.int64)
    at = sets.first[channel.offers]
    running = sets.running_usd[place] * sets.timeline.weighted_hours
    price[at] = sets.offer_price[channel.offers] / channel.available_share + running[at]
    offer[at] = np.arange(channel.offers.start, channel.offers.stop)
    return Hire(channel.hardware, price, offer, _useful(sets, place), place)


def _pool(sets: Sets, places: list[int]) -> Pool:
    """Mandatory nodes first, then by price."""
    segments: list[tuple[bool, float, int, int, int]] = []
    for place in places:
        channel = sets.channels[place]
        offer = channel.offers.start
        price, most = float(sets.offer_price[offer]), _useful(sets, place)
        least = min(most, channel.minimum_nodes)
        step = channel.increment_nodes
        segments += [(False, price, least, offer, step), (True, price, most - least, offer, step)]
    segments = sorted(segment for segment in segments if segment[2] > 0)
    minimum = sum(nodes for optional, _, nodes, _, _ in segments if not optional)
    if sum(nodes for _, _, nodes, _, _ in segments) > LARGEST_POOL_NODES:
        raise NotCovered(f"more than {LARGEST_POOL_NODES} nodes of one hardware may be held")
    return Pool(
        hardware=sets.channels[places[0]].hardware,
        price=np.array([price for _, price, _, _, _ in segments]),
        nodes=np.array([nodes for _, _, nodes, _, _ in segments], dtype=np.int64),
        offer=np.array([offer for _, _, _, offer, _ in segments], dtype=np.int64),
        increment=np.array([step for _, _, _, _, step in segments], dtype=np.int64),
        minimum=minimum,
        running=sets.running_usd[places[0]] * sets.timeline.weighted_hours,
    )
