"""Answers that a unit writes: begun, ended with their last token, and evicted where memory is short."""

from __future__ import annotations

import math

from planner.verify.simulation.engine.compiled import compiled
from planner.verify.simulation.engine.heaps import pop, push
from planner.verify.simulation.engine.requests import free, join, leave, start_again
from planner.verify.simulation.engine.tally import first_token, last_token
from planner.verify.simulation.engine.world import EVICTED, RUNNING, World

NEARLY = 1e-9


@compiled
def start_answer(world: World, slot: int, place: int, index: int, now: float) -> None:
    """Write the answer of a request from the next step on."""
    request, unit = world.requests[slot], world.units[place]
    accepted = world.types[unit["type"]]["accept_length"]
    steps = max(1, math.ceil(request["output"] / accepted - NEARLY))
    able = world.able[unit["type"], request["kind"]]
    first_token(world, slot, now + able["delay_s"] if able["reads"] > 0.0 else now)
    if math.isnan(request["began"]):
        request["began"], request["owed"] = now, steps * accepted
    request["state"], request["rank"], request["finish"] = RUNNING, index, unit["steps"] + steps
    join(world, slot)
    if unit["heap_size"] == unit["heap_most"]:
        _compact(world, place)
    push(world.heap, unit["heap"], unit["heap_size"], float(request["finish"]), slot)
    unit["heap_size"] += 1


@compiled
def end_answers(world: World, place: int, now: float) -> None:
    """Let go who has written the last token of the answer."""
    unit = world.units[place]
    while unit["heap_size"] > 0 and world.heap[unit["heap"]]["key"] <= unit["steps"]:
        slot = pop(world.heap, unit["heap"], unit["heap_size"])
        unit["heap_size"] -= 1
        if _runs_here(world, slot, place) and world.requests[slot]["finish"] <= unit["steps"]:
            last_token(world, slot, now)
            leave(world, slot)
            free(world, slot)


@compiled
def _runs_here(world: World, slot: int, place: int) -> bool:
    return world.requests[slot]["state"] == RUNNING and world.requests[slot]["unit"] == place


@compiled
def _compact(world: World, place: int) -> None:
    """Take those out of the heap of a unit that no longer run on it."""
    unit = world.units[place]
    size, unit["heap_size"] = unit["heap_size"], 0
    for entry in range(size):
        step, slot = world.heap[unit["heap"] + entry]["key"], world.heap[unit["heap"] + entry]["slot"]
        if _runs_here(world, slot, place) and world.requests[slot]["finish"] == step:
            push(world.heap, unit["heap"], unit["heap_size"], step, slot)
            unit["heap_size"] += 1


@compiled
def evict(world: World, place: int) -> None:
    """Where the caches of a rank outgrow its memory the youngest request goes, and starts again at its prompt."""
    unit = world.units[place]
    for index in range(unit["ranks"]):
        rank = world.ranks[place, index]
        while (
            rank["running"] > 1
            and rank["context"] + rank["reserved"] > world.types[unit["type"]]["kv_tokens"]
        ):
            slot = rank["top"]
            start_again(world, slot)
            world.counters[EVICTED] += 1
