"""Prompts that a unit reads: which tokens of them a step takes, and where a prompt goes that is read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.verify.simulation.engine.answers import start_answer
from planner.verify.simulation.engine.compiled import compiled
from planner.verify.simulation.engine.memory import fits
from planner.verify.simulation.engine.requests import (
    add_prompt_work,
    bound_to_ranks,
    free,
    prompts_of_no_rank,
    put_first,
    read_s,
    request_left,
    send,
    take_first,
)
from planner.verify.simulation.engine.tables import CONTEXTS, PROMPT_ATTENTION, seconds_of
from planner.verify.simulation.engine.tally import first_token, last_token
from planner.verify.simulation.engine.world import NONE, QUEUED, READ, World

if TYPE_CHECKING:
    from planner.verify.simulation.engine.world import Records


@compiled
def take_prompts(world: World, place: int) -> None:
    """Take prompt tokens into the step, up to a chunk of each rank: what a rank has begun or keeps, then the others.

    Of those of no rank, the most urgent first, each prompt goes to the rank that would be done first.
    """
    unit = world.units[place]
    for urgency in range(world.queues.shape[2]):
        for index in range(unit["ranks"]):
            queue = world.queues[place, index, urgency]
            while queue["head"] != NONE and _may_take(world, queue["head"], place, index):
                _go_on_reading(world, queue, place, index)
        queue = world.queues[place, prompts_of_no_rank(world), urgency]
        while queue["head"] != NONE:
            index = _first_done(world, queue["head"], place)
            if index == NONE:
                break
            slot = queue["head"]
            _take(world, queue, place, index)
            if world.requests[slot]["state"] == QUEUED:  # the rest of it in the next step
                take_first(world, queue)
                put_first(world, slot, place, index)
                _count_begun(world, slot, place, 1, request_left(world, slot))


@compiled
def _go_on_reading(world: World, queue: Records, place: int, index: int) -> None:
    """Take of the first prompt that a rank has begun, or was bound to, what it has tokens left for."""
    slot = queue["head"]
    begun = world.requests[slot]["done"] > 0.0 and not bound_to_ranks(world, place)
    left = request_left(world, slot)
    _take(world, queue, place, index)
    if begun:
        read = world.requests[slot]["state"] == READ
        _count_begun(world, slot, place, -1 if read else 0, request_left(world, slot) - left)


@compiled
def _count_begun(world: World, slot: int, place: int, count: int, tokens: float) -> None:
    """Count prompts more, and tokens, of those that ranks have begun."""
    urgency = world.kinds[world.requests[slot]["kind"]]["urgency"]
    waits = world.queues[place, prompts_of_no_rank(world), urgency]
    waits["begun"] += count
    waits["begun_work"] += read_s(world, slot, place, tokens)


@compiled
def _may_take(world: World, slot: int, place: int, index: int) -> bool:
    """Whether a rank has tokens left in this step, and a place for the answer where it is to write it."""
    kind, rank = world.types[world.units[place]["type"]], world.ranks[place, index]
    if rank["taken"] >= kind["chunk_tokens"] or (kind["one_prompt"] and rank["taken"] > 0.0):
        return False
    return _has_place(world, slot, place, index)


@compiled
def _first_done(world: World, slot: int, place: int) -> int:
    """The rank with the least work in the step that may take a prompt."""
    unit = world.units[place]
    token_s = world.types[unit["type"]]["own_token_s"]
    found, least = NONE, math.inf
    for index in range(unit["ranks"]):
        rank = world.ranks[place, index]
        work = rank["taken"] * token_s + rank["attention"]
        if work < least and _may_take(world, slot, place, index):
            found, least = index, work
    return found


@compiled
def _take(world: World, queue: Records, place: int, index: int) -> None:
    """Take of the first prompt of a queue what a rank has tokens left for; one that is read leaves the queue."""
    slot = queue["head"]
    request, unit, rank = world.requests[slot], world.units[place], world.ranks[place, index]
    kind = unit["type"]
    _reserve(world, slot, place, index)
    taken = min(world.types[kind]["chunk_tokens"] - rank["taken"], request["prompt"] - request["done"])
    reached = request["cached"] + request["done"] + taken / 2.0
    rank["attention"] += taken * seconds_of(world, kind, PROMPT_ATTENTION, CONTEXTS, reached)
    request["done"] += taken
    rank["taken"] += taken
    unit["taken"] += taken
    add_prompt_work(world, slot, place, -taken)
    if request["done"] >= request["prompt"]:
        take_first(world, queue)
        unit["asked"] -= 1
        request["state"], request["next"], unit["read"] = READ, unit["read"], slot
        if unit["asked"] == 0:
            for urgency in range(world.queues.shape[2]):
                waits = world.queues[place, prompts_of_no_rank(world), urgency]
                waits["work"], waits["begun_work"] = 0.0, 0.0  # what rounding left


@compiled
def _writes_here(world: World, slot: int, place: int) -> bool:
    """Whether the answer of a prompt is written by the unit that reads it."""
    kind = world.requests[slot]["kind"]
    return world.kinds[kind]["has_decode"] and world.able[world.units[place]["type"], kind]["writes"] > 0.0


@compiled
def _has_place(world: World, slot: int, place: int, index: int) -> bool:
    """Whether a prompt may be read: where its answer is written too, a slot and memory must be kept for it."""
    request = world.requests[slot]
    if request["reserved"] or not _writes_here(world, slot, place):
        return True
    size = world.able[world.units[place]["type"], request["kind"]]["slot"]
    return fits(world, place, index, size, request["prompt"] + request["cached"])


@compiled
def _reserve(world: World, slot: int, place: int, index: int) -> None:
    """Keep a slot and memory for the answer from the first prompt token on, where it is written here."""
    request, unit, rank = world.requests[slot], world.units[place], world.ranks[place, index]
    request["rank"] = index
    if request["reserved"] or not _writes_here(world, slot, place):
        return
    size = world.able[unit["type"], request["kind"]]["slot"]
    request["reserved"] = True
    rank["room"] += size
    rank["reserved"] += request["prompt"] + request["cached"]
    unit["room"] += size


@compiled
def hand_over(world: World, place: int, now: float) -> None:
    """Every prompt that is read goes on."""
    unit = world.units[place]
    slot, unit["read"] = unit["read"], NONE
    while slot != NONE:
        after = world.requests[slot]["next"]
        _go_on(world, slot, now)
        slot = after


@compiled
def _go_on(world: World, slot: int, now: float) -> None:
    """Of a prompt that is read the answer is written here, or its cache goes to another unit, or that was all."""
    request = world.requests[slot]
    place, kind = request["unit"], request["kind"]
    unit = world.units[place]
    if not world.kinds[kind]["has_decode"]:
        first_token(world, slot, now + world.able[unit["type"], kind]["delay_s"])
        last_token(world, slot, now)
        free(world, slot)
    elif request["reserved"]:
        request["reserved"] = False
        rank = world.ranks[place, request["rank"]]
        size = world.able[unit["type"], kind]["slot"]
        rank["reserved"] -= request["prompt"] + request["cached"]
        rank["room"] -= size
        unit["room"] -= size
        start_answer(world, slot, place, request["rank"], now)
    else:
        tokens = request["prompt"] + request["cached"]
        late = (
            world.able[unit["type"], kind]["transfer_token_s"] * tokens
            + world.able[unit["type"], kind]["delay_s"]
        )
        send(world, slot, max(now + late, request["not_before"]))
