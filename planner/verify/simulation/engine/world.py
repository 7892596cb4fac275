"""What the engine steps: requests, ranks and units as records, queues as linked lists, and what is counted.

Lists are linked through the records, so that memory is that of the requests under way, however many come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    Records = Any
    """An array of records; what is read from one has the type of its field."""
    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Integers = np.ndarray[Any, np.dtype[np.int64]]

NONE = -1
FREE, QUEUED, READ, SENT, WAITING, RUNNING, HOMELESS = range(7)
"""States of a request: its record is free; waits for prefill; is in its last pass; on its way to decode units; waits
for a slot; is written; no unit is open to it."""
LEAST_WORK, ROUND_ROBIN, RANDOM, PREFIX_AFFINITY = range(4)
ROUTERS = ("least_work", "round_robin", "random", "prefix_affinity")
EVEN, DEALT, BOUND = range(3)
RANK_RULES = ("even", "dealt", "bound")
"""How prompts are spread over the ranks of a unit: evenly, as the kernel assumes of balancers; whole, as a step begins,
to whoever would be done first; or when they come, by the rule of the router. But for `even` a step waits for the
busiest rank."""
OPEN, CLOSE, FAIL = range(3)
"""What happens to a unit: it takes requests; takes none but finishes what it has; loses all."""
(
    FREE_HEAD,
    SENT_COUNT,
    EVENT,
    HOMELESS_HEAD,
    AGAIN_HEAD,
    IN_FLIGHT,
    STEPS,
    EVICTED,
    BROKEN_OFF,
    ROUTER,
    RANKS,
) = range(11)
"""Places of the counters."""
PERIOD_S, PACE = range(2)
"""Of the clock: seconds of a period, and replayed seconds for a real one of what waits for days, at most 1."""
GROUPS = 16
"""Equal parts of a period that requests are counted in by their arrival: what waits together is in one."""
TTFT, TPOT = range(2)
"""Which histogram."""
BINS = 1_600
SHORTEST_S, BINS_PER_DECADE = 1e-4, 200
"""Histogram of times: 1.2 % wide from 0.1 ms to 10,000 s."""

REQUEST = np.dtype(
    [
        ("arrived", "f8"),
        ("base", "f8"),  # from when the time to first token counts
        ("not_before", "f8"),  # when it may be written at the earliest
        ("first", "f8"),  # time of the first token, NaN before
        ("began", "f8"),  # when it was first written
        ("owed", "f8"),  # tokens of all its steps
        ("session", "f8"),  # in [0, 1): equal prefixes have the same
        ("prompt", "f8"),  # tokens to compute
        ("cached", "f8"),  # tokens before them that need no computing
        ("output", "f8"),
        ("done", "f8"),  # tokens of the prompt computed
        ("finish", "i8"),  # step of its unit after which it is done
        ("kind", "i8"),
        ("period", "i8"),  # of arrival; NONE where it does not count
        ("group", "i8"),  # which part of the period
        ("unit", "i8"),
        ("rank", "i8"),
        ("next", "i8"),
        ("above", "i8"),
        ("below", "i8"),
        ("state", "i8"),
        ("reserved", "i8"),
        ("late", "i8"),  # its first token was
    ]
)
UNIT = np.dtype(
    [
        ("end", "f8"),  # of the steps under way; inf: idle
        ("began", "f8"),
        ("seconds", "f8"),  # of one of them
        ("room", "f8"),  # slots taken, in ranks
        ("taken", "f8"),  # prompt tokens in the step under way
        ("steps", "i8"),
        ("leap", "i8"),  # steps under way
        ("heap", "i8"),
        ("heap_size", "i8"),
        ("heap_most", "i8"),
        ("type", "i8"),
        ("ranks", "i8"),
        ("running", "i8"),
        ("asked", "i8"),  # prompts that are not read to their end
        ("read", "i8"),  # list of the requests in their last pass
        ("turn", "i8"),
        ("open", "i8"),
        ("up", "i8"),
    ]
)
RANK = np.dtype(
    [
        ("context", "f8"),  # tokens kept by running requests
        ("reserved", "f8"),  # tokens kept for prompts being read
        ("room", "f8"),
        ("asked", "f8"),  # prompt tokens that were ever bound to it
        ("taken", "f8"),
        ("attention", "f8"),
        ("running", "i8"),
        ("top", "i8"),  # the youngest running request
    ]
)


QUEUE = np.dtype([("head", "i8"), ("tail", "i8"), ("work", "f8"), ("begun", "i8"), ("begun_work", "f8")])
"""`work` stands behind the last rank: seconds of all prompts that are not read to their end, at what the unit reads of
each alone, of which `begun_work` is that of the `begun` ones, each with a rank of its own; and slots of those that wait
for one, in ranks."""
ENTRY = np.dtype([("key", "f8"), ("slot", "i8")])
"""Of a heap: the step or the moment, and the request."""
HAPPENING = np.dtype([("at", "f8"), ("unit", "i8"), ("what", "i8")])
TYPE = np.dtype(
    [
        ("accept_length", "f8"),
        ("queries", "f8"),
        ("kv_tokens", "f8"),
        ("chunk_tokens", "f8"),
        ("full_token_s", "f8"),  # of a prompt token in a rank whose chunk is full, attention left out
        ("own_token_s", "f8"),  # of it what ranks do not do together
        ("one_prompt", "i8"),
        ("even", "i8"),  # reads and writes, and was measured so: work is spread evenly over its ranks
    ]
)
ABLE = np.dtype(
    [
        ("reads", "f8"),
        ("writes", "f8"),
        ("slot", "f8"),  # part of a rank that a running request takes
        ("transfer_token_s", "f8"),
        ("delay_s", "f8"),
    ]
)
GIVEN = np.dtype([("reads", "f8"), ("writes", "f8")])
KIND = np.dtype(  # answer_s: what a full unit that also reads takes for a mean answer, the slowest of them
    [("has_prefill", "i8"), ("has_decode", "i8"), ("urgency", "i8"), ("tpot_limit", "f8"), ("answer_s", "f8")]
)
SEEN = np.dtype([("came", "i8"), ("written", "i8"), ("written_in_time", "i8"), ("good", "i8")])
USED = np.dtype([("prompt_work", "f8"), ("room_time", "f8"), ("closing_s", "f8")])
"""`closing_s`: seconds in which units that are closed end what they have."""


class World(NamedTuple):
    """Everything; [period] (a part of one of a plan, `ReplayClock`) clipped to the last one.

    A `kind` is a workload, a `type` one of units. `given` [type, kind, period]: what the router gives one unit,
    tokens/s, as the plan does, or all that it can where the router looks at work; `able` [type, kind]: what it can, for
    when nothing else is open. `queues` [unit, rank, urgency], behind the last rank those of no rank yet, and those that
    wait for a slot. `seen` [kind, period, group] and `within` [kind, limit, period, group] count. `grid` [type, table,
    point] and `attention` [type, requests, contexts] are step times. `bins` [kind, measure, part, bin]. The last period
    of `used` is the time after all of them.
    """

    types: Records
    grid: Floats
    attention: Floats
    able: Records
    given: Records
    kinds: Records
    ttft_limit: Floats
    requests: Records
    units: Records
    ranks: Records
    queues: Records
    heap: Records
    sent: Records
    tree: Floats
    counters: Integers
    clock: Floats
    events: Records
    credit: Floats
    seen: Records
    within: Integers
    bins: Integers
    used: Records
