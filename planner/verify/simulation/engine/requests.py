"""A request on its way: its record taken and freed, queues joined and left, sent on, and started again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.verify.simulation.engine.compiled import compiled
from planner.verify.simulation.engine.heaps import push
from planner.verify.simulation.engine.world import (
    AGAIN_HEAD,
    BOUND,
    FREE,
    FREE_HEAD,
    HOMELESS,
    IN_FLIGHT,
    NONE,
    PERIOD_S,
    QUEUED,
    RANKS,
    RUNNING,
    SENT,
    SENT_COUNT,
    WAITING,
    World,
)

if TYPE_CHECKING:
    from planner.verify.simulation.engine.world import Records


@compiled
def period_at(world: World, moment: float) -> int:
    """The period of a moment; what comes after the last one is as in the last one."""
    return min(int(moment / world.clock[PERIOD_S]), world.seen.shape[1] - 1)


@compiled
def read_s(world: World, slot: int, place: int, tokens: float) -> float:
    """Seconds in which a unit that does nothing else reads so many tokens of a request."""
    reads = world.able[world.units[place]["type"], world.requests[slot]["kind"]]["reads"]
    return tokens / reads if reads > 0.0 else 0.0


@compiled
def request_left(world: World, slot: int) -> float:
    """Tokens of a prompt that are not read."""
    return world.requests[slot]["prompt"] - world.requests[slot]["done"]


@compiled
def bound_to_ranks(world: World, place: int) -> bool:
    """Whether prompts are given to the ranks of a unit as they come."""
    unit = world.units[place]
    return unit["ranks"] > 1 and world.counters[RANKS] == BOUND and not world.types[unit["type"]]["even"]


@compiled
def prompts_of_no_rank(world: World) -> int:
    """Place of the queue of prompts that no rank of a unit has yet: behind those of all ranks."""
    return world.queues.shape[1] - 2


@compiled
def waiting_for_slots(world: World) -> int:
    """Place of the queue of requests that wait for a slot of a unit: the last."""
    return world.queues.shape[1] - 1


@compiled
def add_prompt_work(world: World, slot: int, place: int, tokens: float) -> None:
    """Count what a unit has to read of a request."""
    urgency = world.kinds[world.requests[slot]["kind"]]["urgency"]
    queue = world.queues[place, prompts_of_no_rank(world), urgency]
    queue["work"] += read_s(world, slot, place, tokens)


@compiled
def add_slots_asked(world: World, slot: int, place: int, slots: float) -> None:
    """Count the slots that are waited for."""
    urgency = world.kinds[world.requests[slot]["kind"]]["urgency"]
    world.queues[place, waiting_for_slots(world), urgency]["work"] += slots


@compiled
def slot_of(world: World, slot: int, place: int) -> float:
    """Part of a rank of a unit that a request takes while it is written."""
    return world.able[world.units[place]["type"], world.requests[slot]["kind"]]["slot"]


@compiled
def take_record(world: World) -> int:
    """A free record; there must be one."""
    slot = world.counters[FREE_HEAD]
    world.counters[FREE_HEAD] = world.requests[slot]["next"]
    world.counters[IN_FLIGHT] += 1
    return slot


@compiled
def free(world: World, slot: int) -> None:
    """Give the record back."""
    request = world.requests[slot]
    request["state"], request["next"] = FREE, world.counters[FREE_HEAD]
    world.counters[FREE_HEAD] = slot
    world.counters[IN_FLIGHT] -= 1


@compiled
def send(world: World, slot: int, moment: float) -> None:
    """On the way to the units that write, until a moment."""
    world.requests[slot]["state"] = SENT
    push(world.sent, 0, world.counters[SENT_COUNT], moment, slot)
    world.counters[SENT_COUNT] += 1


@compiled
def queue(world: World, slot: int, place: int, index: int) -> None:
    """Wait to be read by a rank, or behind the last rank by any of them."""
    request, unit = world.requests[slot], world.units[place]
    request["state"], request["unit"], request["rank"] = QUEUED, place, index
    _append(world, slot, place, index)
    add_prompt_work(world, slot, place, request["prompt"] - request["done"])
    unit["asked"] += 1
    if index < unit["ranks"]:
        world.ranks[place, index]["asked"] += request["prompt"]


@compiled
def put_first(world: World, slot: int, place: int, index: int) -> None:
    """Wait for the rest to be read by a rank that has begun."""
    request = world.requests[slot]
    queue = world.queues[place, index, world.kinds[request["kind"]]["urgency"]]
    request["next"] = queue["head"]
    queue["head"] = slot
    if queue["tail"] == NONE:
        queue["tail"] = slot


@compiled
def wait(world: World, slot: int, place: int) -> None:
    """Wait for a slot of a unit."""
    world.requests[slot]["state"], world.requests[slot]["unit"] = WAITING, place
    _append(world, slot, place, waiting_for_slots(world))
    add_slots_asked(world, slot, place, slot_of(world, slot, place))


@compiled
def _append(world: World, slot: int, place: int, index: int) -> None:
    """Be the last of a queue."""
    request = world.requests[slot]
    queue = world.queues[place, index, world.kinds[request["kind"]]["urgency"]]
    request["next"] = NONE
    if queue["tail"] == NONE:
        queue["head"] = slot
    else:
        world.requests[queue["tail"]]["next"] = slot
    queue["tail"] = slot


@compiled
def take_first(world: World, queue: Records) -> None:
    """Take the first of a queue out of it."""
    queue["head"] = world.requests[queue["head"]]["next"]
    if queue["head"] == NONE:
        queue["tail"] = NONE


@compiled
def join(world: World, slot: int) -> None:
    """Be among the running requests of a rank, the youngest."""
    request = world.requests[slot]
    unit, rank = world.units[request["unit"]], world.ranks[request["unit"], request["rank"]]
    request["below"], request["above"] = rank["top"], NONE
    if rank["top"] != NONE:
        world.requests[rank["top"]]["above"] = slot
    rank["top"] = slot
    rank["running"] += 1
    unit["running"] += 1
    size = world.able[unit["type"], request["kind"]]["slot"]
    rank["room"] += size
    unit["room"] += size
    rank["context"] += request["prompt"] + request["cached"]


@compiled
def leave(world: World, slot: int) -> None:
    """Run no longer; what is kept of it is freed."""
    request = world.requests[slot]
    unit, rank = world.units[request["unit"]], world.ranks[request["unit"], request["rank"]]
    if request["above"] == NONE:
        rank["top"] = request["below"]
    else:
        world.requests[request["above"]]["below"] = request["below"]
    if request["below"] != NONE:
        world.requests[request["below"]]["above"] = request["above"]
    rank["running"] -= 1
    unit["running"] -= 1
    size = world.able[unit["type"], request["kind"]]["slot"]
    rank["room"] -= size
    unit["room"] -= size
    accepted = world.types[unit["type"]]["accept_length"]
    steps = max(1.0, math.ceil(request["output"] / accepted - 1e-9))
    written = (unit["steps"] - (request["finish"] - steps)) * accepted
    rank["context"] -= request["prompt"] + request["cached"] + written
    if rank["running"] == 0:
        rank["context"] = 0.0  # what rounding left


@compiled
def start_again(world: World, slot: int) -> None:
    """What a request had is lost: its prompt and what was written of it are read anew, by whoever is open to it."""
    request = world.requests[slot]
    if request["state"] == RUNNING:
        unit = world.units[request["unit"]]
        accepted = world.types[unit["type"]]["accept_length"]
        left = max(1.0, (request["finish"] - unit["steps"]) * accepted)
        leave(world, slot)
        request["prompt"] += max(0.0, request["output"] - left)
        request["output"] = left
    request["done"], request["reserved"], request["state"] = 0.0, False, HOMELESS
    request["next"] = world.counters[AGAIN_HEAD]
    world.counters[AGAIN_HEAD] = slot
