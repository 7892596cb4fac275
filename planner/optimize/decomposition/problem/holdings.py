"""Channels -> pools and hires.

Their limits are the bounds of the variable `acquire`, so what can be held is what the model can hold. Whole
increments are forgotten where nodes are priced: so many nodes in multiples cost no less than the same number
at the price of a node. They are kept where nodes are limited: a limit is what whole increments reach.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.problem.coverage import LeftOut, NotCovered
from planner.optimize.decomposition.problem.node_pools import Hire, NodePool
from planner.optimize.decomposition.tolerances import WHOLE_NODES

if TYPE_CHECKING:
    from planner.model.sets import Sets
    from planner.optimize.decomposition.parameters import ProblemParameters


Holdings = tuple[tuple[NodePool, ...], tuple[Hire, ...]]


def holdings_of(sets: Sets, parameters: ProblemParameters, bounding: bool = True) -> Holdings:
    """Channels that cover all periods, by hardware and running cost, and channels of one period at a time.

    Raises NotCovered where a channel is neither. Where it is not `bounding`, a channel of several terms counts as its
    first offer, held throughout at what a period of it costs: plans may begin from that.
    """
    hires: list[Hire] = []
    held: dict[tuple[int, bytes], list[int]] = {}
    for place, channel in enumerate(sets.channels):
        first, last = sets.first[channel.offers], sets.last[channel.offers]
        if sets.limited_by_rows[place] and bounding:
            raise NotCovered(f"the limits of {channel.label(sets)} are not those of its offers one by one")
        if len(first) == 0:
            continue
        if (first == last).all() and sets.periods > 1 and len(np.unique(first)) == len(first):
            hires.append(_hire(sets, place, parameters.largest_hire_nodes))
        elif (
            len(first) == 1
            and first[0] == 0
            and last[0] == sets.periods - 1
            and channel.available_share == 1.0
        ):
            held.setdefault((channel.hardware, sets.running_usd[place].tobytes()), []).append(place)
        elif not bounding:
            if channel.available_share == 1.0:
                held.setdefault((channel.hardware, sets.running_usd[place].tobytes()), []).append(place)
        elif channel.available_share < 1.0:
            raise NotCovered(
                f"of the nodes of {channel.label(sets)}, held over several periods, only a share serves"
            )
        else:
            raise NotCovered(f"{channel.label(sets)} is held over some periods and not over others")
    pools = tuple(_pool(sets, places, parameters.largest_pool_nodes) for places in held.values())
    return pools, tuple(hires)


def floors_left_out(sets: Sets, hires: tuple[Hire, ...]) -> tuple[LeftOut, ...]:
    """Channels of which nodes must be hired in any case: the relaxation hires none that are not used."""
    return tuple(
        LeftOut(
            sets.channels[hire.channel].label(sets),
            "nodes that must be hired are left out where they are not used",
        )
        for hire in hires
        if sets.channels[hire.channel].minimum_nodes > 0
    )


def parts_of_increment(sets: Sets, place: int) -> int:
    """Parts of nodes in one increment of a channel."""
    channel = sets.channels[place]
    return round(channel.increment_nodes * int(sets.parts[channel.hardware]))


def _hire(sets: Sets, place: int, largest_nodes: int) -> Hire:
    """A node that serves for a share of its time costs as much more; at most a part of one is then counted whole."""
    channel, parts = sets.channels[place], int(sets.parts[sets.channels[place].hardware])
    price = np.full(sets.periods, np.inf)
    offer = np.full(sets.periods, -1, dtype=np.int64)
    at = sets.first[channel.offers]
    running = sets.running_usd[place] * sets.timeline.discounted_hours
    price[at] = (sets.offer_price[channel.offers] / channel.available_share + running[at]) / parts
    offer[at] = np.arange(channel.offers.start, channel.offers.stop)
    most = int(sets.acquire_most[channel.offers].max()) * parts_of_increment(sets, place)
    if most > largest_nodes:
        raise NotCovered(
            f"more than {largest_nodes} nodes, or parts that units take of them, of {channel.label(sets)} may be of use"
        )
    serving = most * channel.available_share
    maximum, sure = math.ceil(serving - WHOLE_NODES), math.floor(serving + WHOLE_NODES)
    return Hire(channel.hardware, price, offer, maximum, sure, place)


def _times(sets: Sets, offer: int) -> float:
    """How many times the hours of an offer are in all hours; 1 where it covers them."""
    first, last = int(sets.first[offer]), int(sets.last[offer])
    if first == 0 and last == sets.periods - 1:
        return 1.0
    hours = sets.timeline.discounted_hours
    return float(hours.sum() / hours[first : last + 1].sum())


def _pool(sets: Sets, places: list[int], largest_nodes: int) -> NodePool:
    """Mandatory nodes first, then by price; each segment is whole increments of its offer."""
    parts = int(sets.parts[sets.channels[places[0]].hardware])
    segments: list[tuple[bool, float, int, int, int]] = []
    for place in places:
        channel = sets.channels[place]
        offer, step = channel.offers.start, parts_of_increment(sets, place)
        price = float(sets.offer_price[offer]) * _times(sets, offer) / parts
        least, most = int(sets.acquire_least[offer]) * step, int(sets.acquire_most[offer]) * step
        segments += [(False, price, least, offer, step), (True, price, most - least, offer, step)]
    segments = sorted(segment for segment in segments if segment[2] > 0)
    minimum = sum(nodes for optional, _, nodes, _, _ in segments if not optional)
    if sum(nodes for _, _, nodes, _, _ in segments) > largest_nodes:
        raise NotCovered(
            f"more than {largest_nodes} nodes of one hardware, or parts that units take of them, may be held"
        )
    return NodePool(
        hardware=sets.channels[places[0]].hardware,
        price=np.array([price for _, price, _, _, _ in segments]),
        nodes=np.array([nodes for _, _, nodes, _, _ in segments], dtype=np.int64),
        offer=np.array([offer for _, _, _, offer, _ in segments], dtype=np.int64),
        increment=np.array([step for _, _, _, _, step in segments], dtype=np.int64),
        minimum=minimum,
        running=sets.running_usd[places[0]] * sets.timeline.discounted_hours / parts,
    )
