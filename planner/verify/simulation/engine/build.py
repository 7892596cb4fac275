"""Types, units, kinds of requests and limits -> a world in which nothing has happened yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.verify.simulation.engine.tables import full_token_s, stacked
from planner.verify.simulation.engine.world import (
    ABLE,
    AGAIN_HEAD,
    BINS,
    CLOSE,
    ENTRY,
    FAIL,
    FREE_HEAD,
    GIVEN,
    GROUPS,
    HAPPENING,
    HOMELESS_HEAD,
    IN_FLIGHT,
    KIND,
    LEAST_WORK,
    NONE,
    OPEN,
    QUEUE,
    RANK,
    RANK_RULES,
    RANKS,
    REQUEST,
    ROUTER,
    ROUTERS,
    SEEN,
    TYPE,
    UNIT,
    USED,
    World,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.step_times import StepTimes
    from planner.verify.simulation.engine.world import Records
    from planner.verify.simulation.fifo import Window

    Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

SPARE = 2  # entries of a unit's heap for every slot: those of requests that left early are cleared out when it is full


@dataclass(frozen=True)
class UnitType:
    """Units alike.

    `slots` [kind]: requests of that kind that one rank writes at once (0: it does not); `reads`, `writes`
    [kind, period]: what the plan gives one unit, per second; `able_reads`, `able_writes` [kind] what it could.
    `transfer_token_s`, `delay_s` [kind]: to hand over the cache of a prompt token, and beside it for every request.
    `one_prompt`: a pass is one whole prompt.
    """

    times: StepTimes
    slots: Array
    reads: Array
    writes: Array
    able_reads: Array
    able_writes: Array
    transfer_token_s: Array
    delay_s: Array
    one_prompt: bool = False


@dataclass(frozen=True)
class Kinds:
    """What requests there are, each [kind]: phases, urgency (0 first), limits (`ttft_s` [kind, limit]), mean output.

    A limit that does not exist is inf.
    """

    has_prefill: np.ndarray[tuple[int], np.dtype[np.bool_]]
    has_decode: np.ndarray[tuple[int], np.dtype[np.bool_]]
    urgency: np.ndarray[tuple[int], np.dtype[np.int64]]
    ttft_s: Array
    tpot_s: Array
    output: Array


def build(
    types: Sequence[UnitType],
    type_of: Sequence[int],
    windows: Sequence[Sequence[Window]],
    kinds: Kinds,
    period_s: float,
    periods: int,
    router: str = "least_work",
    ranks: str = "even",
    pace: float = 1.0,
    parts: int = 1,
) -> World:
    """The world of some units, `type_of` [unit] and when each runs (`windows` [unit], in order of time)."""
    units, most_ranks = len(type_of), max(one.times.ranks for one in types)
    urgencies, urgency = np.unique(kinds.urgency, return_inverse=True)
    heaps = np.array([_most_running(one) * SPARE for one in types], dtype=np.int64)[list(type_of)]
    bases = np.concatenate([[0], np.cumsum(heaps)])
    counters = np.zeros(RANKS + 1, dtype=np.int64)
    counters[[FREE_HEAD, HOMELESS_HEAD, AGAIN_HEAD]] = NONE
    counters[ROUTER], counters[RANKS] = ROUTERS.index(router), RANK_RULES.index(ranks)
    count, limits = kinds.ttft_s.shape
    grid, attention = stacked([one.times for one in types])
    queues = np.zeros((units, most_ranks + 2, len(urgencies)), dtype=QUEUE)
    queues["head"], queues["tail"] = NONE, NONE
    return World(
        types=_types(types),
        grid=grid,
        attention=attention,
        able=_able(types, count),
        given=_given(types, router),
        kinds=_kinds(kinds, urgency, types),
        ttft_limit=kinds.ttft_s.astype(np.float64),
        requests=np.zeros(0, dtype=REQUEST),
        units=_units(types, type_of, heaps, bases),
        ranks=_ranks(units, most_ranks),
        queues=queues,
        heap=np.zeros(bases[-1] + 1, dtype=ENTRY),
        sent=np.zeros(0, dtype=ENTRY),
        tree=np.full(2 * 2 ** int(np.ceil(np.log2(max(units, 2)))), np.inf),
        counters=counters,
        clock=np.array([period_s, pace]),
        events=_events(windows),
        credit=np.zeros((2, count, units)),
        seen=np.zeros((count, periods, GROUPS), dtype=SEEN),
        within=np.zeros((count, limits, periods, GROUPS), dtype=np.int64),
        bins=np.zeros((count, 2, parts, BINS), dtype=np.int64),
        used=np.zeros((len(types), periods + 1), dtype=USED),
    )


def with_room(world: World, count: int) -> World:
    """The world with free records for `count` more requests than are under way."""
    have, under_way = len(world.requests), int(world.counters[IN_FLIGHT])
    lacking = count - (have - under_way)
    if lacking <= 0:
        return world
    more = np.zeros(lacking, dtype=REQUEST)
    more["next"] = np.arange(have + 1, have + lacking + 1)
    more["next"][-1] = world.counters[FREE_HEAD]
    world.counters[FREE_HEAD] = have
    return world._replace(
        requests=np.concatenate([world.requests, more]),
        sent=np.concatenate([world.sent, np.zeros(lacking, dtype=ENTRY)]),
    )


def _types(types: Sequence[UnitType]) -> Records:
    made = np.zeros(len(types), dtype=TYPE)
    for place, one in enumerate(types):
        times = one.times
        made[place] = (
            times.accept_length,
            times.queries,
            times.kv_tokens,
            times.chunk_tokens,
            *full_token_s(times),
            one.one_prompt,
            one.able_reads.any() and one.able_writes.any(),
        )
    return made


def _able(types: Sequence[UnitType], kinds: int) -> Records:
    made = np.zeros((len(types), kinds), dtype=ABLE)
    for place, one in enumerate(types):
        made["reads"][place], made["writes"][place] = one.able_reads, one.able_writes
        made["slot"][place] = np.divide(1.0, one.slots, where=one.slots > 0.0, out=np.ones(kinds))
        made["transfer_token_s"][place], made["delay_s"][place] = one.transfer_token_s, one.delay_s
    return made


def _given(types: Sequence[UnitType], router: str) -> Records:
    """What the router weighs: the plan's shares, but where it looks at work all that units are able to do."""
    made = np.zeros((len(types), *types[0].reads.shape), dtype=GIVEN)
    for place, one in enumerate(types):
        reads, writes = one.reads, one.writes
        if router == ROUTERS[LEAST_WORK]:
            reads, writes = one.able_reads[:, None], one.able_writes[:, None]
        made["reads"][place], made["writes"][place] = reads, writes
    return made


def _kinds(kinds: Kinds, urgency: np.ndarray, types: Sequence[UnitType]) -> Records:
    made = np.zeros(len(urgency), dtype=KIND)
    made["has_prefill"], made["has_decode"] = kinds.has_prefill, kinds.has_decode
    made["urgency"], made["tpot_limit"] = urgency, kinds.tpot_s
    for one in types:
        full_s = np.divide(
            one.times.ranks * one.slots * kinds.output,
            one.able_writes,
            out=np.zeros(len(urgency)),
            where=one.able_writes > 0.0,
        )
        made["answer_s"] = np.maximum(made["answer_s"], np.where(one.able_reads > 0.0, full_s, 0.0))
    return made


def _most_running(one: UnitType) -> int:
    each = int(np.ceil(one.slots.max(initial=0.0))) if one.slots.size else 0
    return max(1, each + 1) * one.times.ranks


def _units(
    types: Sequence[UnitType], type_of: Sequence[int], heaps: np.ndarray, bases: np.ndarray
) -> np.ndarray:
    units = np.zeros(len(type_of), dtype=UNIT)
    units["end"], units["read"], units["type"] = np.inf, NONE, type_of
    units["ranks"] = [types[place].times.ranks for place in type_of]
    units["heap"], units["heap_most"] = bases[:-1], heaps
    return units


def _ranks(units: int, most: int) -> np.ndarray:
    ranks = np.zeros((units, most), dtype=RANK)
    ranks["top"] = NONE
    return ranks


def _events(windows: Sequence[Sequence[Window]]) -> Records:
    """When which unit opens, closes or fails, in order of time, and one that never comes."""
    events = [
        entry
        for unit, runs in enumerate(windows)
        for begin, end, fails in runs
        for entry in ((begin, unit, OPEN), (end, unit, FAIL if fails else CLOSE))
        if entry[0] < np.inf
    ]
    events.sort(key=lambda entry: entry[0])
    return np.array([*events, (np.inf, 0, OPEN)], dtype=HAPPENING)
