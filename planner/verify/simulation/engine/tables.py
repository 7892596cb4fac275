"""Step times of all unit types side by side, read by interpolation.

A grid is 0 (of contexts: 1) and then geometric, so that a place in it is one logarithm away.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.verify.simulation.engine.compiled import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.step_times import StepTimes
    from planner.verify.simulation.engine.world import World

    Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

TABLES = (
    *("requests", "contexts", "rows"),
    *("decode_own", "decode_shared", "decode_fixed"),
    *("prompt_own", "prompt_shared", "prompt_attention"),
)
SHOWN = ("decode_shown", "prompt_shown")
"""Three tables each."""
REQUESTS, CONTEXTS, ROWS, DECODE_OWN, DECODE_SHARED, DECODE_FIXED = range(6)
PROMPT_OWN, PROMPT_SHARED, PROMPT_ATTENTION, DECODE_SHOWN, PROMPT_SHOWN = 6, 7, 8, 9, 12
"""Places of the tables in `World.grid`, of what shows of the exchange that of the first."""


def stacked(times: Sequence[StepTimes]) -> tuple[Array, Array]:
    """The grids and attention of a world, out of the step times of types."""
    grid = [
        [getattr(one, name) for name in TABLES] + [table for name in SHOWN for table in getattr(one, name)]
        for one in times
    ]
    return np.array(grid, dtype=np.float64), np.array([one.decode_attention for one in times])


def full_token_s(times: StepTimes) -> tuple[float, float]:
    """Seconds of a prompt token in a rank whose chunk is full, attention left out; of it what ranks do alone."""
    size = min(times.chunk_tokens, float(times.rows[-1]))
    own, shared = (
        float(np.interp(size, times.rows, table)) for table in (times.prompt_own, times.prompt_shared)
    )
    attention = size * float(np.interp(times.reached_tokens, times.contexts, times.prompt_attention))
    least, most, hides = (float(np.interp(size, times.rows, table)) for table in times.prompt_shown)
    return (own + shared + max(least, most - hides * attention)) / size, own / size


@compiled
def place(grid: Array, x: float) -> int:
    """The position of the last point that is not beyond `x`, with one after it."""
    first = grid[1]
    if x <= first:
        return 0
    last = len(grid) - 2
    found = 1 + int(math.log(x / first) * (last / math.log(grid[last + 1] / first)))
    return min(found, last)


@compiled
def at(grid: Array, values: Array, x: float) -> float:
    """Linear between points, and on beyond the last."""
    low = place(grid, x)
    part = (x - grid[low]) / (grid[low + 1] - grid[low])
    return values[low] + part * (values[low + 1] - values[low])


@compiled
def seconds_of(world: World, kind: int, table: int, along: int, x: float) -> float:
    """The table of a type at a point of the grid that it lies along."""
    return at(world.grid[kind, along], world.grid[kind, table], x)


@compiled
def shown_s(world: World, kind: int, table: int, along: int, x: float, attention_s: float) -> float:
    """Seconds of exchange that the busiest rank's attention does not hide, of so many rows or requests."""
    grid, found = world.grid[kind, along], world.grid[kind, table : table + 3]
    low = place(grid, x)
    part = (x - grid[low]) / (grid[low + 1] - grid[low])
    least = found[0, low] + part * (found[0, low + 1] - found[0, low])
    most = found[1, low] + part * (found[1, low + 1] - found[1, low])
    hides = found[2, low] + part * (found[2, low + 1] - found[2, low])
    return max(least, most - hides * attention_s)


@compiled
def decode_attention_s(world: World, kind: int, requests: float, context: float) -> float:
    """Seconds of a step's attention over so many requests of a mean context, bilinear."""
    grid = world.grid[kind, REQUESTS]
    low = place(grid, requests)
    part = (requests - grid[low]) / (grid[low + 1] - grid[low])
    less = at(world.grid[kind, CONTEXTS], world.attention[kind, low], context)
    more = at(world.grid[kind, CONTEXTS], world.attention[kind, low + 1], context)
    return less + part * (more - less)
