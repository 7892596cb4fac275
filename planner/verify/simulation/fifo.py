"""First come first served by servers that come and go: the core of the replay.

Each server runs in windows of time. In a window it takes the request that has waited longest and works on
it at its speed. A window ends by plan, then the request in hand is finished; or by failure, then the request
starts again on a free server.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from heapq import heapify, heappop, heappush, heapreplace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

REPORT_EVERY = 50_000

Window = tuple[float, float, bool]
"""From, until (s), and whether it ends by failure."""


@dataclass(frozen=True)
class ServerPool:
    """Servers that share one queue, in groups that run and fail together (the units of a plan).

    `windows[group]` in order of time, `servers[group]` how many servers it has, `speed[group][period]` what
    one of them does in a second, by the period of `period_s` in which it begins.
    """

    windows: Sequence[Sequence[Window]]
    servers: Sequence[int]
    speed: Sequence[Sequence[float]]
    period_s: float

    def capacity(self, periods: int) -> NDArray[np.float64]:
        """What all servers could do in each period, in units of work, shape [period]."""
        edges = np.arange(periods + 1) * self.period_s
        total = np.zeros(periods)
        for windows, servers, speed in zip(self.windows, self.servers, self.speed, strict=True):
            for begin, end, _ in windows:
                up_s = np.clip(np.minimum(end, edges[1:]) - np.maximum(begin, edges[:-1]), 0.0, None)
                total += up_s * servers * np.asarray(speed)
        return total


def steady_pool(servers: int) -> ServerPool:
    """A pool of equal servers that never leave, each with a speed of 1."""
    return ServerPool(windows=[[(0.0, math.inf, False)]], servers=[servers], speed=[[1.0]], period_s=math.inf)


@dataclass(frozen=True)
class ServiceTimes:
    """When each request begins and ends (inf: no server was left), and which group served it (-1: none)."""

    begun: NDArray[np.float64]
    ended: NDArray[np.float64]
    group: NDArray[np.int64]


def serve(
    arrival_s: NDArray[np.float64],
    work: NDArray[np.float64],
    pool: ServerPool,
    on_progress: Callable[[float], None] | None = None,
) -> ServiceTimes:
    """Let a pool work through requests in order of arrival; arrivals must ascend.

    A binary heap holds one entry a server, by the time it is free: O(requests log servers). `on_progress` is
    called with the share done now and then.
    """
    count = len(arrival_s)
    times = _Times([math.inf] * count, [math.inf] * count, [-1] * count)
    again: list[tuple[float, int]] = []
    place = _placing(work.tolist(), pool, times, again)
    for request, since in enumerate(arrival_s.tolist()):
        while again and again[0][0] <= since:
            moment, broken = heappop(again)
            place(broken, moment)
        place(request, since)
        if on_progress is not None and request % REPORT_EVERY == 0:
            on_progress(request / count)
    while again:
        moment, broken = heappop(again)
        place(broken, moment)
    return ServiceTimes(
        begun=np.array(times.begun), ended=np.array(times.ended), group=np.array(times.group, dtype=np.int64)
    )


class _Times(NamedTuple):
    """Of each request, while the replay runs."""

    begun: list[float]
    ended: list[float]
    group: list[int]


def _placing(
    works: list[float], pool: ServerPool, times: _Times, again: list[tuple[float, int]]
) -> Callable[[int, float], None]:
    """What gives a request that waits since a time to the server that is free first.

    It notes when the request begins and ends, or puts it on the heap `again` with the time at which its server failed.
    """
    free = [
        (windows[0][0], group, 0)
        for group, windows in enumerate(pool.windows)
        if windows
        for _ in range(pool.servers[group])
    ]
    heapify(free)
    begun, ended, by = times
    windows_of, speed_of, period_s = pool.windows, pool.speed, pool.period_s

    def place(request: int, since: float) -> None:
        while free:
            ready, group, at = free[0]
            _, until, fails = windows_of[group][at]
            start = ready if ready > since else since
            if start >= until:
                _next_window(free, windows_of[group], ready)
                continue
            speeds = speed_of[group]
            period = int(start / period_s)
            end = start + works[request] / speeds[period if period < len(speeds) else -1]
            if fails and end > until:
                heappush(again, (until, request))
                _next_window(free, windows_of[group], until)
                return
            heapreplace(free, (end, group, at))
            begun[request], ended[request], by[request] = start, end, group
            return

    return place


def _next_window(free: list[tuple[float, int, int]], windows: Sequence[Window], ready: float) -> None:
    """Move the first server of the heap on to its next window, or take it away after its last."""
    _, group, at = free[0]
    if at + 1 < len(windows):
        heapreplace(free, (max(ready, windows[at + 1][0]), group, at + 1))
    else:
        heappop(free)
