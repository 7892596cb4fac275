"""One unit's steps: who is taken into a step, how long it takes, and who is done after it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.verify.simulation.engine.compiled import compiled
from planner.verify.simulation.engine.heaps import pop, push, put_leaf
from planner.verify.simulation.engine.requests import (
    free,
    join,
    leave,
    put_first,
    send,
    start_again,
    take_first,
)
from planner.verify.simulation.engine.tables import (
    CONTEXTS,
    DECODE_FIXED,
    DECODE_OWN,
    DECODE_SHARED,
    PROMPT_ATTENTION,
    PROMPT_OWN,
    PROMPT_SHARED,
    REQUESTS,
    ROWS,
    decode_attention_s,
    seconds_of,
)
from planner.verify.simulation.engine.tally import first_token, last_token
from planner.verify.simulation.engine.world import (
    EVEN,
    EVICTED,
    NONE,
    QUEUED,
    RANKS,
    READ,
    RUNNING,
    STEPS,
    World,
)

if TYPE_CHECKING:
    from planner.verify.simulation.engine.world import Records

LONGEST_LEAP = 64
GROWTH = 0.02
"""Steps are taken at one time for as long as the batch stays as it is and contexts grow by no more than this share."""
NEARLY = 1e-9


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
    _admit(world, place, now)
    for index in range(unit["ranks"]):
        world.ranks[place, index]["taken"], world.ranks[place, index]["attention"] = 0.0, 0.0
    if unit["asked"] > 0:
        _take_prompts(world, place)
    busiest, attention, most_running, rows, context = 0.0, 0.0, 0.0, 0.0, 0.0
    even = world.counters[RANKS] == EVEN
    for index in range(unit["ranks"]):
        rank = world.ranks[place, index]
        here = rank["running"] * world.types[kind]["queries"] + rank["taken"]
        if here == 0.0:
            continue
        mine = rank["attention"]
        if rank["running"] > 0:
            mine += decode_attention_s(world, kind, rank["running"], rank["context"] / rank["running"])
            context += rank["context"]
        if not even:
            busiest = max(busiest, mine + _own_s(world, place, here))
        most_running = max(most_running, float(rank["running"]))
        attention += mine
        rows += here
    if rows == 0.0:
        unit["end"] = math.inf
        put_leaf(world.tree, place, math.inf)
        return
    mean = rows / unit["ranks"]
    if even:
        busiest = attention / unit["ranks"] + _own_s(world, place, mean)
    unit["seconds"] = busiest + _shared_s(world, place, mean, most_running)
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
def _shared_s(world: World, place: int, rows: float, running: float) -> float:
    """Seconds of what ranks do together for so many rows each, and of the host."""
    unit = world.units[place]
    if unit["taken"] > 0.0:
        shared = seconds_of(world, unit["type"], PROMPT_SHARED, ROWS, rows)
        return shared + seconds_of(world, unit["type"], DECODE_FIXED, REQUESTS, running)
    return seconds_of(
        world, unit["type"], DECODE_SHARED, REQUESTS, rows / world.types[unit["type"]]["queries"]
    )


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
    period = min(int(unit["began"] / world.period_s[0]), world.used.shape[1] - 1)
    world.used[kind, period]["room_time"] += unit["room"] / unit["ranks"] * (now - unit["began"])
    written = unit["leap"] * world.types[kind]["accept_length"]
    for index in range(unit["ranks"]):
        rank = world.ranks[place, index]
        rank["context"] += rank["running"] * written
        work = rank["taken"] * world.types[kind]["full_token_s"] + rank["attention"]
        world.used[kind, period]["prompt_work"] += work / unit["ranks"]
    while unit["heap_size"] > 0 and world.heap[unit["heap"]]["key"] <= unit["steps"]:
        slot = pop(world.heap, unit["heap"], unit["heap_size"])
        unit["heap_size"] -= 1
        if _runs_here(world, slot, place) and world.requests[slot]["finish"] <= unit["steps"]:
            last_token(world, slot, now)
            leave(world, slot)
            unit["held"] -= 1.0
            free(world, slot)
    slot, unit["read"] = unit["read"], NONE
    while slot != NONE:
        after = world.requests[slot]["next"]
        _prompt_read(world, slot, now)
        slot = after
    _evict(world, place)
    begin_step(world, place, now)


@compiled
def _runs_here(world: World, slot: int, place: int) -> bool:
    return world.requests[slot]["state"] == RUNNING and world.requests[slot]["unit"] == place


@compiled
def _admit(world: World, place: int, now: float) -> None:
    """Give free slots to those who wait for one, the most urgent first, each on the emptiest rank with room."""
    unit = world.units[place]
    for urgency in range(world.queues.shape[2]):
        queue = world.queues[place, world.queues.shape[1] - 1, urgency]
        while queue["head"] != NONE:
            slot = queue["head"]
            request = world.requests[slot]
            size = world.able[unit["type"], request["kind"]]["slot"]
            rank = _emptiest(world, place, size, request["prompt"] + request["cached"])
            if rank == NONE:
                return
            take_first(world, queue)
            _start(world, slot, place, rank, now)


@compiled
def _fits(world: World, place: int, index: int, size: float, tokens: float) -> bool:
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
        if rank["context"] + rank["reserved"] < least and _fits(world, place, index, size, tokens):
            found, least = index, rank["context"] + rank["reserved"]
    return found


@compiled
def _take_prompts(world: World, place: int) -> None:
    """Take prompt tokens into the step, up to a chunk of each rank: what a rank has begun or keeps, then from the pool.

    Of the pool, the most urgent first, each prompt goes to the rank that would be done first.
    """
    unit = world.units[place]
    pool = world.queues.shape[1] - 2
    for urgency in range(world.queues.shape[2]):
        for index in range(unit["ranks"]):
            queue = world.queues[place, index, urgency]
            while queue["head"] != NONE and _may_take(world, queue["head"], place, index):
                _take(world, queue, place, index)
        queue = world.queues[place, pool, urgency]
        while queue["head"] != NONE:
            index = _first_done(world, queue["head"], place)
            if index == NONE:
                break
            slot = queue["head"]
            _take(world, queue, place, index)
            if world.requests[slot]["state"] == QUEUED:  # the rest of it in the next step
                take_first(world, queue)
                put_first(world, slot, place, index)


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
    unit["queued"] -= taken
    if request["done"] >= request["prompt"]:
        take_first(world, queue)
        unit["asked"] -= 1
        request["state"], request["next"], unit["read"] = READ, unit["read"], slot
        if unit["asked"] == 0:
            unit["queued"] = 0.0  # what rounding left


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
    return _fits(world, place, index, size, request["prompt"] + request["cached"])


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
    unit["held"] += 1.0


@compiled
def _prompt_read(world: World, slot: int, now: float) -> None:
    """A prompt is read: its answer is written here, or its cache goes to another unit, or that was all."""
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
        _start(world, slot, place, request["rank"], now)
    else:
        tokens = request["prompt"] + request["cached"]
        late = (
            world.able[unit["type"], kind]["transfer_token_s"] * tokens
            + world.able[unit["type"], kind]["delay_s"]
        )
        send(world, slot, max(now + late, request["not_before"]))


@compiled
def _start(world: World, slot: int, place: int, index: int, now: float) -> None:
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
def _evict(world: World, place: int) -> None:
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
