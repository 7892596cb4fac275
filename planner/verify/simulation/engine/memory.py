"""Slots and memory of the ranks of a unit: whether a request fits, and who of those that wait is let in."""

from __future__ import annotations

import math

from planner.verify.simulation.engine.answers import NEARLY, start_answer
from planner.verify.simulation.engine.compiled import compiled
from planner.verify.simulation.engine.requests import add_slots_asked, take_first, waiting_for_slots
from planner.verify.simulation.engine.world import NONE, World


@compiled
def admit(world: World, place: int, now: float) -> None:
    """Give free slots to those who wait for one, the most urgent first, each on the emptiest rank with room."""
    unit = world.units[place]
    for urgency in range(world.queues.shape[2]):
        queue = world.queues[place, waiting_for_slots(world), urgency]
        while queue["head"] != NONE:
            slot = queue["head"]
            request = world.requests[slot]
            size = world.able[unit["type"], request["kind"]]["slot"]
            rank = _emptiest(world, place, size, request["prompt"] + request["cached"])
            if rank == NONE:
                return
            take_first(world, queue)
            add_slots_asked(world, slot, place, -size)
            start_answer(world, slot, place, rank, now)


@compiled
def fits(world: World, place: int, index: int, size: float, tokens: float) -> bool:
    """Whether a rank has a slot and memory; a request alone always has."""
    rank, unit = world.ranks[place, index], world.units[place]
    if rank["room"] <= NEARLY:
        return True
    kept = rank["context"] + rank["reserved"] + tokens
    slots = rank["room"] + size <= math.ceil(1.0 / size - NEARLY) * size + NEARLY
    return (
        slots
        and unit["room"] + size / 2.0 <= unit["ranks"] + NEARLY
        and kept <= world.types[unit["type"]]["kv_tokens"]
    )


@compiled
def _emptiest(world: World, place: int, size: float, tokens: float) -> int:
    found, least = NONE, math.inf
    for index in range(world.units[place]["ranks"]):
        rank = world.ranks[place, index]
        if rank["context"] + rank["reserved"] < least and fits(world, place, index, size, tokens):
            found, least = index, rank["context"] + rank["reserved"]
    return found
