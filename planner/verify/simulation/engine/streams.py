"""Requests of a group of workloads as the engine takes them, drawn for some periods at a time: memory is bounded.

Arrivals follow the demand that the plan admits (`planner.verify.simulation.traffic`); lengths come from
`planner.verify.simulation.engine.lengths`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.queueing import Queueing
from planner.verify.simulation.arrivals import on_the_clock
from planner.verify.simulation.cache import PrefixCache, cached_tokens
from planner.verify.simulation.engine.fleet import WHOLE_REQUEST
from planner.verify.simulation.engine.lengths import draw
from planner.verify.simulation.engine.world import GROUPS, NONE, REQUEST
from planner.verify.simulation.waiting import released

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from planner.instance import Instance
    from planner.verify.simulation.arrivals import Shape
    from planner.verify.simulation.engine.world import Records
    from planner.verify.simulation.requests import Requests
    from planner.verify.simulation.schedule import ReplayClock
    from planner.verify.simulation.traffic import Traffic

    Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    Counts = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

CHUNK = 1_000_000
"""Requests drawn at one time."""
MARGIN = 5.0
"""Standard deviations of the count of arrivals drawn beyond its mean."""
GOLDEN = (5.0**0.5 - 1.0) / 2.0
"""Multiples of it lie evenly between 0 and 1."""


def chunks(
    instance: Instance,
    traffic: Sequence[Traffic],
    shapes: Mapping[str, Shape],
    clock: ReplayClock,
    rng: np.random.Generator,
    as_it_is: Mapping[str, OwnRequests],
) -> Iterator[tuple[Records, float]]:
    """Requests in order of arrival, and the moment before which they come; work that may wait comes in one chunk."""
    expected = np.sum([entry.per_s for entry in traffic], axis=0) * clock.period_s
    whole = any(entry.courses is not None for entry in traffic)
    first = 0
    while first < clock.periods:
        reach = np.cumsum(expected[first:])
        count = clock.periods - first if whole else max(1, int(np.searchsorted(reach, CHUNK)))
        last = min(first + count, clock.periods)
        drawn = [
            _as_they_are(as_it_is[entry.workload], kind, clock, first, last, rng)
            if entry.workload in as_it_is
            else _drawn(instance, entry, kind, shapes.get(entry.workload), clock, first, last, rng)
            for kind, entry in enumerate(traffic)
        ]
        together = np.concatenate(drawn)
        yield together[np.argsort(together["arrived"], kind="stable")], last * clock.period_s
        first = last


def _drawn(
    instance: Instance,
    entry: Traffic,
    kind: int,
    shape: Shape | None,
    clock: ReplayClock,
    first: int,
    last: int,
    rng: np.random.Generator,
) -> Records:
    """Requests of one workload that arrive in some periods."""
    given = instance.workloads[entry.workload].queueing or Queueing()
    per_s = entry.per_s[first:last]
    mean = float(per_s.sum()) * clock.period_s
    scv = given.arrival_scv if shape is None else float(shape.gap.var())
    count = int(mean + MARGIN * np.sqrt((scv + 1.0) * mean) + 10)
    drawn = draw(instance, entry.workload, shape, rng, count)
    arrived = on_the_clock(drawn.times, per_s, clock.period_s) + first * clock.period_s
    came = np.isfinite(arrived)
    arrived, prefill, cached, decode = (values[came] for values in (arrived, *drawn[1:]))
    part = clock.part_of(arrived)
    period = part // clock.parts
    made = blank(len(arrived), kind)
    made["arrived"] = made["base"] = arrived
    made["period"], made["group"] = part, _group_of(arrived, clock)
    computed = np.ones(clock.periods) if entry.prefill is None else entry.prefill
    computed = computed * (WHOLE_REQUEST if entry.whole_requests else 1.0)
    made["prompt"] = np.maximum(np.round(prefill * computed[period]), 1.0)
    made["cached"] = np.round(cached * computed[period])
    made["output"] = 1.0 if entry.decode is None else np.maximum(np.round(decode * entry.decode[period]), 1.0)
    made["session"] = rng.random(len(arrived))
    if entry.courses is not None:
        _hold_back(made, entry, clock, int(instance.timeline.block[-1]) + 1)
    elif clock.periods > 1:
        # the fleet starts empty, and half of the first period fills it
        made["period"][part == 0] = NONE
    return made


@dataclass(frozen=True)
class OwnRequests:
    """A trace whose requests come as they are; `cached` prompt tokens need no computing, all [request]."""

    requests: Requests
    cached: Counts

    @classmethod
    def of(cls, requests: Requests, cache: PrefixCache | None) -> OwnRequests:
        """With the hits of a prefix cache where the trace has block hashes."""
        if requests.blocks is None:
            return cls(requests, np.zeros(len(requests), dtype=np.int64))
        return cls(requests, cached_tokens(requests, cache or PrefixCache()))


def _as_they_are(
    own: OwnRequests, kind: int, clock: ReplayClock, first: int, last: int, rng: np.random.Generator
) -> Records:
    """Requests of a trace that arrive in some periods; the same first block, the same session."""
    arrival = own.requests.arrival_s
    begin, end = np.searchsorted(arrival, (first * clock.period_s, last * clock.period_s))
    mine = slice(int(begin), int(end))
    made = blank(int(end - begin), kind)
    made["arrived"] = made["base"] = arrival[mine]
    made["period"], made["group"] = clock.part_of(arrival[mine]), _group_of(arrival[mine], clock)
    made["cached"] = own.cached[mine]
    made["prompt"] = np.maximum(own.requests.input_tokens[mine] - own.cached[mine], 1.0)
    made["output"] = np.maximum(own.requests.output_tokens[mine], 1.0)
    made["session"] = rng.random(len(made))
    if own.requests.blocks is not None:
        first_blocks = [blocks[0] if blocks else NONE for blocks in own.requests.blocks[mine]]
        made["session"] = np.array(first_blocks, dtype=np.float64) * GOLDEN % 1.0
    return made


def _group_of(arrived: Array, clock: ReplayClock) -> Counts:
    """Which group of its part each request belongs to."""
    return np.asarray(np.minimum(arrived / clock.part_s % 1.0 * GROUPS, GROUPS - 1).astype(np.int64))


def blank(count: int, kind: int) -> Records:
    """So many records of a kind of request, of which nothing is known yet."""
    made = np.zeros(count, dtype=REQUEST)
    made["kind"], made["not_before"], made["first"], made["began"] = kind, -np.inf, np.nan, np.nan
    for name in ("unit", "rank", "next", "above", "below"):
        made[name] = NONE
    return made


def _hold_back(made: Records, entry: Traffic, clock: ReplayClock, blocks: int) -> None:
    """Let requests that may wait come when the plan lets them in; they count from the end of their period."""
    assert entry.courses is not None
    freed = released(made["arrived"], *entry.courses, clock, blocks)
    made["arrived"], made["not_before"] = freed.first_at_s, freed.second_at_s
    made["base"] = freed.second_at_s - freed.second_s + (made["period"] // clock.parts + 1) * clock.period_s
