"""One unit's steps: begun with who is taken in, timed, cut short where somebody comes, and ended."""

from __future__ import annotations

import math

from planner.verify.simulation.engine.answers import NEARLY, end_answers, evict
from planner.verify.simulation.engine.compiled import compiled
from planner.verify.simulation.engine.heaps import put_leaf
from planner.verify.simulation.engine.memory import admit
from planner.verify.simulation.engine.prompts import hand_over, take_prompts
from planner.verify.simulation.engine.tables import (
    DECODE_FIXED,
    DECODE_OWN,
    DECODE_SHARED,
    DECODE_SHOWN,
    PROMPT_OWN,
    PROMPT_SHARED,
    PROMPT_SHOWN,
    REQUESTS,
    ROWS,
    decode_attention_s,
    seconds_of,
    shown_s,
)
from planner.verify.simulation.engine.world import EVEN, PERIOD_S, RANKS, STEPS, World

LONGEST_LEAP = 64
GROWTH = 0.02
"""Steps are taken at one time for as long as the batch stays as it is and contexts grow by no more than this share."""


@compiled
def begin_step(world: World, place: int, now: float) -> None:
    """Take requests in and begin the next step of a unit, or several alike; idle where there is nothing to do."""
    unit = world.units[place]
    kind = unit["type"]
    unit["taken"] = 0.0
    if not unit["up"]:
        unit["end"] = math.inf
        put_leaf(world.tree, place, math.inf)
        return
    admit(world, place, now)
    for index in range(unit["ranks"]):
        world.ranks[place, index]["taken"], world.ranks[place, index]["attention"] = 0.0, 0.0
    if unit["asked"] > 0:
        take_prompts(world, place)
    busiest, hiding, attention, most_running, rows, context = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    even = world.counters[RANKS] == EVEN or world.types[kind]["even"]
    for index in range(unit["ranks"]):
        rank = world.ranks[place, index]
        here = rank["running"] * world.types[kind]["queries"] + rank["taken"]
        if here == 0.0:
            continue
        mine = rank["attention"]
        if rank["running"] > 0:
            mine += decode_attention_s(world, kind, rank["running"], rank["context"] / rank["running"])
            context += rank["context"]
        if not even and mine + _own_s(world, place, here) > busiest:
            busiest, hiding = mine + _own_s(world, place, here), mine
        most_running = max(most_running, float(rank["running"]))
        attention += mine
        rows += here
    if rows == 0.0:
        unit["end"] = math.inf
        put_leaf(world.tree, place, math.inf)
        return
    mean = rows / unit["ranks"]
    if even:
        busiest, hiding = attention / unit["ranks"] + _own_s(world, place, mean), attention / unit["ranks"]
    unit["seconds"] = busiest + _shared_s(world, place, mean, most_running, hiding)
    unit["leap"] = _leap(world, place, context)
    unit["began"] = now
    unit["end"] = now + unit["leap"] * unit["seconds"]
    put_leaf(world.tree, place, unit["end"])


@compiled
def _own_s(world: World, place: int, rows: float) -> float:
    """Seconds of a step of what a rank does alone for so many rows, attention left out."""
    unit = world.units[place]
    if unit["taken"] > 0.0:
        return seconds_of(world, unit["type"], PROMPT_OWN, ROWS, rows)
    return seconds_of(world, unit["type"], DECODE_OWN, REQUESTS, rows / world.types[unit["type"]]["queries"])


@compiled
def _shared_s(world: World, place: int, rows: float, running: float, hiding: float) -> float:
    """Seconds of what ranks do together for so many rows each, and of the host.

    Of their exchange that is what the attention of the busiest rank, `hiding`, does not hide.
    """
    unit = world.units[place]
    kind = unit["type"]
    if unit["taken"] > 0.0:
        shared = seconds_of(world, kind, PROMPT_SHARED, ROWS, rows)
        shared += shown_s(world, kind, PROMPT_SHOWN, ROWS, rows, hiding)
        return shared + seconds_of(world, kind, DECODE_FIXED, REQUESTS, running)
    requests = rows / world.types[kind]["queries"]
    shared = seconds_of(world, kind, DECODE_SHARED, REQUESTS, requests)
    return shared + shown_s(world, kind, DECODE_SHOWN, REQUESTS, requests, hiding)


@compiled
def _leap(world: World, place: int, context: float) -> int:
    """Steps alike that can be taken at once."""
    unit = world.units[place]
    if unit["taken"] > 0.0 or unit["asked"] > 0:
        return 1
    grows = unit["running"] * world.types[unit["type"]]["accept_length"]
    leap = min(LONGEST_LEAP, max(1, int(GROWTH * context / grows)))
    return max(1, min(leap, int(world.heap[unit["heap"]]["key"]) - unit["steps"]))


@compiled
def cut_leap(world: World, place: int, now: float) -> None:
    """End the steps under way with the one that is being taken, for somebody came."""
    unit = world.units[place]
    if unit["leap"] > 1 and unit["end"] < math.inf:
        taken = max(1, math.ceil((now - unit["began"]) / unit["seconds"] - NEARLY))
        if taken < unit["leap"]:
            unit["leap"] = taken
            unit["end"] = unit["began"] + taken * unit["seconds"]
            put_leaf(world.tree, place, unit["end"])


@compiled
def end_step(world: World, place: int) -> None:
    """Write the tokens of the steps that are over, let go who is done, and begin the next."""
    unit = world.units[place]
    now, kind = unit["end"], unit["type"]
    world.counters[STEPS] += unit["leap"]
    unit["steps"] += unit["leap"]
    period = min(int(unit["began"] / world.clock[PERIOD_S]), world.used.shape[1] - 1)
    world.used[kind, period]["room_time"] += unit["room"] / unit["ranks"] * (now - unit["began"])
    if not unit["open"]:
        world.used[kind, period]["closing_s"] += now - unit["began"]
    written = unit["leap"] * world.types[kind]["accept_length"]
    for index in range(unit["ranks"]):
        rank = world.ranks[place, index]
        rank["context"] += rank["running"] * written
        work = rank["taken"] * world.types[kind]["full_token_s"] + rank["attention"]
        world.used[kind, period]["prompt_work"] += work / unit["ranks"]
    end_answers(world, place, now)
    hand_over(world, place, now)
    evict(world, place)
    begin_step(world, place, now)
