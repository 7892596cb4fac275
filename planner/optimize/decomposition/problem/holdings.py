"""Channels -> pools and hires.

Nodes held over some periods and not over others are a pool for each span (`spans`). Limits of channels are the bounds
of the variable `acquire`, so what can be held is what the model can hold. Whole
increments are forgotten where nodes are priced: so many nodes in multiples cost no less than the same number
at the price of a node. They are kept where nodes are limited: a limit is what whole increments reach.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.problem.coverage import LeftOut, NotCovered
from planner.optimize.decomposition.problem.node_pools import Hire, NodePool
from planner.optimize.decomposition.problem.spans import HeldChannels, pools_by_span, shared_prices
from planner.optimize.decomposition.tolerances import WHOLE_NODES

if TYPE_CHECKING:
    from planner.model.sets import Sets
    from planner.optimize.decomposition.parameters import ProblemParameters


Holdings = tuple[tuple[NodePool, ...], tuple[Hire, ...]]


def holdings_of(sets: Sets, parameters: ProblemParameters, bounding: bool = True) -> Holdings:
    """Channels whose nodes are held, by hardware, running cost and span, and channels of one period at a time.

    Raises NotCovered where a channel is neither. Where it is not `bounding`, a channel of too many terms counts as its
    first offer, held throughout at what a period of it costs: plans may begin from that.
    """
    hires: list[Hire] = []
    held: dict[tuple[int, bytes], list[int]] = {}
    for place, channel in enumerate(sets.channels):
        first, last = sets.first[channel.offers], sets.last[channel.offers]
        if len(first) == 0:
            continue
        if (first == last).all() and sets.periods > 1 and len(np.unique(first)) == len(first):
            hires.append(_hire(sets, place, parameters.largest_hire_nodes))
        elif channel.available_share == 1.0:
            held.setdefault((channel.hardware, sets.running_usd[place].tobytes()), []).append(place)
        elif bounding:
            raise NotCovered(
                f"of the nodes of {channel.label(sets)}, held over several periods, only a share serves"
            )
    return _pools(sets, list(held.values()), hires, parameters, bounding), tuple(hires)


def _pools(
    sets: Sets, held: list[list[int]], hires: list[Hire], parameters: ProblemParameters, bounding: bool
) -> tuple[NodePool, ...]:
    """Pools of channels that are held: those that cover all periods are one, others have one for each span."""
    every = [HeldChannels(sets, tuple(places)) for places in held]
    for one in every if bounding else ():
        if one.spans > parameters.most_spans:
            label = sets.channels[one.places[0]].label(sets)
            raise NotCovered(f"{label} is held over some periods and not over others, in {one.spans} spans")
    spanned = [one for one in every if 1 < one.spans <= parameters.most_spans]
    shares = shared_prices(sets, every, hires, parameters.merged_columns) if spanned else []
    pools: list[NodePool] = []
    for place, one in enumerate(every):
        if 1 < one.spans <= parameters.most_spans:
            pools += pools_by_span(one, shares[place])
        else:
            pools.append(_pool(sets, list(one.places)))
    if any(pool.maximum > parameters.largest_pool_nodes for pool in pools):
        raise NotCovered(
            f"more than {parameters.largest_pool_nodes} nodes of one hardware, or parts that units take of them, may be"
            " held"
        )
    return tuple(pools)


def spans_left_out(sets: Sets, pools: tuple[NodePool, ...]) -> tuple[LeftOut, ...]:
    """Channels whose nodes are held over some periods and not over others: what ties their spans is priced alone."""
    offers = {int(offer) for pool in pools if not pool.throughout for offer in pool.offer}
    places = sorted({int(sets.offer_channel[offer]) for offer in offers})
    return tuple(
        LeftOut(
            sets.channels[place].label(sets),
            "what is held over several spans has a part of its price in each, and may be held in one alone",
        )
        for place in places
    )


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


def _pool(sets: Sets, places: list[int]) -> NodePool:
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
    return NodePool(
        hardware=sets.channels[places[0]].hardware,
        price=np.array([price for _, price, _, _, _ in segments]),
        nodes=np.array([nodes for _, _, nodes, _, _ in segments], dtype=np.int64),
        offer=np.array([offer for _, _, _, offer, _ in segments], dtype=np.int64),
        increment=np.array([step for _, _, _, _, step in segments], dtype=np.int64),
        minimum=minimum,
        running=sets.running_usd[places[0]] * sets.timeline.discounted_hours / parts,
    )
