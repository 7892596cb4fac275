"""The course of events: arrivals, steps that end, caches that arrive, units that come and go, in order of time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.verify.simulation.engine.compiled import compiled, compiled_entry
from planner.verify.simulation.engine.heaps import least_leaf, pop, put_leaf
from planner.verify.simulation.engine.requests import queue, start_again, take_record, wait
from planner.verify.simulation.engine.routing import rank_for, unit_for
from planner.verify.simulation.engine.steps import begin_step, cut_leap, end_step
from planner.verify.simulation.engine.world import (
    AGAIN_HEAD,
    BROKEN_OFF,
    EVENT,
    FAIL,
    FREE,
    HOMELESS,
    HOMELESS_HEAD,
    NONE,
    OPEN,
    SENT,
    SENT_COUNT,
    World,
)

if TYPE_CHECKING:
    from planner.verify.simulation.engine.world import Records


@compiled_entry
def run(world: World, arrivals: Records, until: float) -> None:
    """Go on until a moment, or with `until` inf until all is done; `arrivals` ascend and come before it."""
    come = 0
    while True:
        arrival = arrivals[come]["arrived"] if come < len(arrivals) else math.inf
        step = world.tree[1]
        sent = world.sent[0]["key"] if world.counters[SENT_COUNT] else math.inf
        event = world.events[world.counters[EVENT]]["at"]
        now = min(min(arrival, step), min(sent, event))
        if now > until or now == math.inf:
            return
        if event == now:
            happen(world, world.counters[EVENT])
            world.counters[EVENT] += 1
        elif step == now:
            end_step(world, least_leaf(world.tree))
        elif sent == now:
            slot = pop(world.sent, 0, world.counters[SENT_COUNT])
            world.counters[SENT_COUNT] -= 1
            to_write(world, slot, now)
        else:
            slot = take_record(world)
            world.requests[slot] = arrivals[come]
            come += 1
            request = world.requests[slot]
            if request["period"] != NONE:
                world.seen[request["kind"], request["period"], request["group"]]["came"] += 1
            if world.kinds[request["kind"]]["has_prefill"]:
                to_read(world, slot, now)
            else:
                to_write(world, slot, max(now, request["not_before"]))
        again(world, now)


@compiled
def again(world: World, now: float) -> None:
    """Send those to a unit that have to start again."""
    while world.counters[AGAIN_HEAD] != NONE:
        slot = world.counters[AGAIN_HEAD]
        world.counters[AGAIN_HEAD] = world.requests[slot]["next"]
        if world.kinds[world.requests[slot]["kind"]]["has_prefill"]:
            to_read(world, slot, now)
        else:
            to_write(world, slot, now)


@compiled
def to_read(world: World, slot: int, now: float) -> None:
    """To a unit that reads the prompt."""
    place = unit_for(world, slot, now, False)
    if place == NONE:
        no_home(world, slot)
        return
    queue(world, slot, place, rank_for(world, slot, place))
    wake(world, place, now)


@compiled
def to_write(world: World, slot: int, now: float) -> None:
    """To a unit that writes the answer."""
    place = unit_for(world, slot, now, True)
    if place == NONE:
        no_home(world, slot)
        return
    wait(world, slot, place)
    wake(world, place, now)


@compiled
def wake(world: World, place: int, now: float) -> None:
    """Begin a step where a unit is idle; what is under way ends with the step being taken."""
    if world.units[place]["end"] == math.inf:
        begin_step(world, place, now)
    else:
        cut_leap(world, place, now)


@compiled
def no_home(world: World, slot: int) -> None:
    """No unit is open to a request: it waits for one, its prompt to be read again."""
    request = world.requests[slot]
    request["done"], request["state"], request["next"] = 0.0, HOMELESS, world.counters[HOMELESS_HEAD]
    world.counters[HOMELESS_HEAD] = slot


@compiled
def happen(world: World, event: int) -> None:
    """A unit opens, closes or fails."""
    place, what = world.events[event]["unit"], world.events[event]["what"]
    unit = world.units[place]
    unit["open"] = what == OPEN
    if what == OPEN:
        unit["up"] = True
        slot = world.counters[HOMELESS_HEAD]
        world.counters[HOMELESS_HEAD] = NONE
        while slot != NONE:
            after = world.requests[slot]["next"]
            world.requests[slot]["next"] = world.counters[AGAIN_HEAD]
            world.counters[AGAIN_HEAD] = slot
            slot = after
    elif what == FAIL:
        lose(world, place)


@compiled
def lose(world: World, place: int) -> None:
    """A unit falls with all that it has."""
    unit = world.units[place]
    for slot in range(len(world.requests)):
        request = world.requests[slot]
        if request["unit"] == place and request["state"] not in (FREE, SENT, HOMELESS):
            start_again(world, slot)
            world.counters[BROKEN_OFF] += 1
    unit["up"], unit["end"], unit["heap_size"], unit["read"] = False, math.inf, 0, NONE
    unit["room"], unit["taken"], unit["running"] = 0.0, 0.0, 0
    unit["asked"] = 0
    for index in range(world.queues.shape[1]):
        for urgency in range(world.queues.shape[2]):
            world.queues[place, index, urgency]["head"] = NONE
            world.queues[place, index, urgency]["tail"] = NONE
            world.queues[place, index, urgency]["work"] = 0.0
            world.queues[place, index, urgency]["begun"] = 0
            world.queues[place, index, urgency]["begun_work"] = 0.0
    for index in range(unit["ranks"]):
        rank = world.ranks[place, index]
        rank["context"], rank["reserved"], rank["room"], rank["asked"] = 0.0, 0.0, 0.0, 0.0
        rank["taken"], rank["running"], rank["top"] = 0.0, 0, NONE
    put_leaf(world.tree, place, math.inf)
