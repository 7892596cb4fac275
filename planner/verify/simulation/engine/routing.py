"""Which unit a request goes to, and which of its ranks.

Requests go to units that the plan gives some of their work; `weight` is what it has one unit of a type do of it.
Routers that look at work send it to any unit that can do it: the plan's split of works that share units is one of many
that cost the same, and whoever held to it would starve those whose units the more urgent fill.

    least_work       to read: the least time for the rest of the step, what waits of whoever is as urgent (for ranks
                     that have begun nothing, or for all), one's own prompt, and the part of its slots that answers
                     take that it also writes, the same time for a part of any: nothing fills a fast unit beyond others
                     to write: the least part of its slots that is taken or waited for by whoever is as urgent, with
                     one's own
    round_robin      by turns, in proportion to weight (smooth weighted round robin)
    random           with chances in proportion to weight
    prefix_affinity  the same prefix to the same unit by weighted hashing, unless that has LOADED times the mean
                     work (consistent hashing with bounded loads, arXiv 1608.01350): then least work
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.verify.simulation.engine.compiled import compiled
from planner.verify.simulation.engine.requests import (
    bound_to_ranks,
    period_at,
    prompts_of_no_rank,
    read_s,
    slot_of,
    waiting_for_slots,
)
from planner.verify.simulation.engine.world import (
    LEAST_WORK,
    NONE,
    PREFIX_AFFINITY,
    RANDOM,
    ROUND_ROBIN,
    ROUTER,
    World,
)

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

LOADED = 1.25


@compiled
def unit_for(world: World, slot: int, now: float, decode: bool) -> int:
    """The open unit that reads (or writes) a request next; NONE where none is."""
    request = world.requests[slot]
    kind, period = request["kind"], period_at(world, now)
    given, able = world.given[:, kind, period], world.able[:, kind]
    planned = given["writes"] if decode else given["reads"]
    could = able["writes"] if decode else able["reads"]
    weight, any_open = 0.0, False
    for unit in world.units:
        if unit["open"]:
            weight += planned[unit["type"]]
            any_open = any_open or could[unit["type"]] > 0.0
    if weight > 0.0:
        return _chosen(world, slot, planned, weight, now, decode)
    return _chosen(world, slot, could, 0.0, now, decode) if any_open else NONE


@compiled
def _chosen(world: World, slot: int, weights: Array, total: float, now: float, decode: bool) -> int:
    request = world.requests[slot]
    router = world.counters[ROUTER]
    if total <= 0.0 or router == LEAST_WORK:
        return _least(world, slot, weights, now, decode)
    if router == ROUND_ROBIN:
        return _turn(world, weights, total, world.credit[1 if decode else 0, request["kind"]])
    found = _share(world, weights, total, request["session"])
    if router == RANDOM or found == NONE:
        return found
    total_late, count = 0.0, 0
    for place in range(len(world.units)):
        unit = world.units[place]
        if unit["open"] and weights[unit["type"]] > 0.0:
            total_late += _late(world, slot, place, now, decode)
            count += 1
    bound = LOADED * total_late / count
    return (
        found
        if _late(world, slot, found, now, decode) <= bound
        else _least(world, slot, weights, now, decode)
    )


@compiled
def _least(world: World, slot: int, weights: Array, now: float, decode: bool) -> int:
    found, least = NONE, math.inf
    for place in range(len(world.units)):
        unit = world.units[place]
        if unit["open"] and weights[unit["type"]] > 0.0:
            late = _late(world, slot, place, now, decode)
            if late < least:
                found, least = place, late
    return found


@compiled
def _late(world: World, slot: int, place: int, now: float, decode: bool) -> float:
    """What comes before a request is done by a unit, of whoever is as urgent: to read, s; to write, of its slots."""
    unit, request = world.units[place], world.requests[slot]
    queue = waiting_for_slots(world) if decode else prompts_of_no_rank(world)
    ahead, begun_s, begun = 0.0, 0.0, 0
    for urgency in range(world.kinds[request["kind"]]["urgency"] + 1):
        waits = world.queues[place, queue, urgency]
        ahead, begun_s, begun = ahead + waits["work"], begun_s + waits["begun_work"], begun + waits["begun"]
    if decode:
        return (unit["room"] + ahead + slot_of(world, slot, place)) / unit["ranks"]
    own = read_s(world, slot, place, request["prompt"])
    late, free = ahead + own, unit["ranks"] - begun
    if free > 0:  # ranks that have begun nothing read what is not begun
        late = min(late, (ahead - begun_s + own) * unit["ranks"] / free)
    if unit["taken"] > 0.0:
        late += max(0.0, unit["end"] - now)
    if world.able[unit["type"], request["kind"]]["writes"] > 0.0:
        late += unit["room"] / unit["ranks"] * world.kinds[request["kind"]]["answer_s"]
    return late


@compiled
def _turn(world: World, weights: Array, total: float, credit: Array) -> int:
    found, most = NONE, -math.inf
    for place in range(len(world.units)):
        unit = world.units[place]
        weight = weights[unit["type"]]
        if unit["open"] and weight > 0.0:
            credit[place] += weight
            if credit[place] > most:
                found, most = place, credit[place]
    credit[found] -= total
    return found


@compiled
def _share(world: World, weights: Array, total: float, chance: float) -> int:
    """The unit at a share of all weights."""
    left, found = chance * total, NONE
    for place in range(len(world.units)):
        unit = world.units[place]
        weight = weights[unit["type"]]
        if unit["open"] and weight > 0.0:
            found = place
            left -= weight
            if left < 0.0:
                break
    return found


@compiled
def rank_for(world: World, slot: int, place: int) -> int:
    """The rank of a unit that reads a request: any; or by turns, by chance, or the one that was given least to read."""
    unit = world.units[place]
    count = unit["ranks"]
    if not bound_to_ranks(world, place):
        return prompts_of_no_rank(world)
    router = world.counters[ROUTER]
    if router == ROUND_ROBIN:
        unit["turn"] = (unit["turn"] + 1) % count
        return unit["turn"]
    if router in (RANDOM, PREFIX_AFFINITY):
        spread = world.requests[slot]["session"] * 7919.0
        return int((spread - math.floor(spread)) * count)
    found, least = 0, math.inf
    for rank in range(count):
        waits = world.ranks[place, rank]["asked"]
        if waits < least:
            found, least = rank, waits
    return found
