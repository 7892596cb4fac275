"""Units that several works share: the core of the replay where more than one kind of request meets.

A unit has room; a request takes a part of it, which depends on its kind, until it is done. Whoever arrives
goes to the unit type it is meant for, or where that has no room to any other that may serve it and is not
waited for. Where there is no room it waits. Room that comes free goes to those meant for this unit type, the
most urgent kind first and within it in order of arrival, and else to those meant for others: no request is
interrupted for another (non-preemptive priority), and none that is less urgent overtakes.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

import numpy as np

from planner.verify.simulation.fifo import REPORT_EVERY, ServiceTimes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.verify.simulation.fifo import Window

ROUNDING = 1e-6  # slots; sums of parts of slots are not exact


@dataclass(frozen=True)
class Jobs:
    """Requests of several kinds in order of arrival, each array [request].

    `kind` and `home` number the kinds of request and the unit types of the pool; `home` is the type that a
    request is meant for.
    """

    arrival_s: NDArray[np.float64]
    work: NDArray[np.float64]
    kind: NDArray[np.int64]
    home: NDArray[np.int64]


@dataclass(frozen=True)
class SharedPool:
    """Groups of slots that run and fail together (copies of a unit), of several unit types.

    `windows[group]`, `slots[group]` and `unit[group]` say when a group runs, how many slots it has and of
    which type it is; `pace[group][period]` multiplies the speed of its slots. A request of a kind takes
    `size[unit][kind]` slots and is worked on at `speed[unit][kind]`, 0 where the type does not serve it.
    Kinds of lower `urgency[kind]` go first.
    """

    windows: Sequence[Sequence[Window]]
    slots: Sequence[int]
    unit: Sequence[int]
    pace: Sequence[Sequence[float]]
    speed: Sequence[Sequence[float]]
    size: Sequence[Sequence[float]]
    urgency: Sequence[int]
    period_s: float

    def capacity(self, periods: int) -> NDArray[np.float64]:
        """Slot seconds available in each period, shape [unit, period]."""
        edges = np.arange(periods + 1) * self.period_s
        total = np.zeros((len(self.speed), periods))
        for windows, slots, unit in zip(self.windows, self.slots, self.unit, strict=True):
            for begin, end, _ in windows:
                up_s = np.clip(np.minimum(end, edges[1:]) - np.maximum(begin, edges[:-1]), 0.0, None)
                total[unit] += up_s * slots
        return total


def serve_shared(
    jobs: Jobs, pool: SharedPool, on_progress: Callable[[float], None] | None = None
) -> ServiceTimes:
    """Let a pool work through requests of several kinds in order of arrival; arrivals must ascend.

    Event by event: O(requests log requests in hand). `ServiceTimes.group` is the group that served a request.
    """
    floor = _Floor(jobs, pool)
    events, count = floor.events, len(jobs.arrival_s)
    for request, now in enumerate(jobs.arrival_s.tolist()):
        while events and events[0][0] <= now:
            floor.step()
        floor.arrive(request, now)
        if on_progress is not None and request % REPORT_EVERY == 0:
            on_progress(request / count)
    while events:
        floor.step()
    return ServiceTimes(
        begun=np.array(floor.begun), ended=np.array(floor.ended), group=np.array(floor.group, dtype=np.int64)
    )


class _Floor:
    """The state of the pool at one moment: who holds which room, and who waits."""

    def __init__(self, jobs: Jobs, pool: SharedPool) -> None:
        count, units, kinds = len(jobs.arrival_s), len(pool.speed), len(pool.urgency)
        self.kind, self.home, self.work = jobs.kind.tolist(), jobs.home.tolist(), jobs.work.tolist()
        self.begun, self.ended, self.group = [math.inf] * count, [math.inf] * count, [-1] * count
        self.pool = pool
        self.used = [0.0] * len(pool.unit)
        self.running = [False] * len(pool.unit)
        self.open: list[list[int]] = [[] for _ in range(units)]  # groups with room, checked when used
        self.is_open = [False] * len(pool.unit)
        self.queues: list[list[deque[int]]] = [[deque() for _ in range(units)] for _ in range(kinds)]
        self.waiting = [0] * kinds
        self.queued = 0
        able = [[kind for kind in range(kinds) if speed[kind] > 0.0] for speed in pool.speed]
        self.order = [sorted(serves, key=lambda kind: pool.urgency[kind]) for serves in able]
        self.rivals = [
            [k for k in range(kinds) if pool.urgency[k] <= pool.urgency[kind]] for kind in range(kinds)
        ]
        self.ahead = [
            [[self.queues[k][unit] for k in rivals] for unit in range(units)] for rivals in self.rivals
        ]
        self.meant = [[self.queues[kind][unit] for kind in range(kinds)] for unit in range(units)]
        self.units = [[unit for unit in range(units) if kind in able[unit]] for kind in range(kinds)]
        self.least = [
            min((pool.size[unit][kind] for kind in able[unit]), default=1.0) for unit in range(units)
        ]
        self.turns = [
            turn
            for group, windows in enumerate(pool.windows)
            for begin, end, fails in windows
            for turn in ((begin, group, True, False), (end, group, False, fails))
            if turn[0] < math.inf
        ]
        self.events: list[tuple[float, int]] = [(turn[0], ~place) for place, turn in enumerate(self.turns)]
        heapify(self.events)

    def step(self) -> None:
        """What happens next: a request is done, or a group starts or stops running."""
        now, code = heappop(self.events)
        if code >= 0:
            self._leave(code, now)
            return
        _, group, begins, fails = self.turns[~code]
        self.running[group] = begins
        if begins:
            self._offer(group, now)
        elif fails:
            self._break_off(group, now)

    def arrive(self, request: int, now: float) -> None:
        """Begin at once where there is room and no more urgent request waits for it, or else wait."""
        kind, home = self.kind[request], self.home[request]
        group = -1 if self.queued and any(self.ahead[kind][home]) else self._room(home, kind)
        if group < 0:
            for unit in self.units[kind]:
                if unit == home or (self.queued and self._awaited(unit, kind)):
                    continue
                if (group := self._room(unit, kind)) >= 0:
                    break
        if group >= 0:
            self._start(request, group, now)
        else:
            self.queues[kind][home].append(request)
            self.waiting[kind] += 1
            self.queued += 1

    def _awaited(self, unit: int, kind: int) -> bool:
        """Whether a type is waited for by those it is meant for, or by as urgent ones that it serves too."""
        return any(self.meant[unit]) or any(
            self.waiting[k] for k in self.rivals[kind] if k in self.order[unit]
        )

    def _room(self, unit: int, kind: int) -> int:
        """A running group of the type with room for such a request, or -1."""
        stack, size, slots = self.open[unit], self.pool.size[unit][kind], self.pool.slots
        while stack:
            group = stack[-1]
            used = self.used[group]
            if self.running[group]:
                if used + size <= slots[group] + ROUNDING:
                    return group
                if used + self.least[unit] <= slots[group] + ROUNDING:
                    return next((g for g in reversed(stack) if self._fits(g, size)), -1)
            stack.pop()
            self.is_open[group] = False
        return -1

    def _fits(self, group: int, size: float) -> bool:
        return self.running[group] and self.used[group] + size <= self.pool.slots[group] + ROUNDING

    def _start(self, request: int, group: int, now: float) -> None:
        pool, kind = self.pool, self.kind[request]
        unit, pace = pool.unit[group], pool.pace[group]
        period = int(now / pool.period_s)
        speed = pool.speed[unit][kind] * pace[period if period < len(pace) else -1]
        end = now + self.work[request] / speed
        self.used[group] += pool.size[unit][kind]
        self.begun[request], self.ended[request], self.group[request] = now, end, group
        heappush(self.events, (end, request))

    def _leave(self, request: int, now: float) -> None:
        group = self.group[request]
        self.used[group] -= self.pool.size[self.pool.unit[group]][self.kind[request]]
        if self.running[group]:
            self._offer(group, now)

    def _offer(self, group: int, now: float) -> None:
        """Room of a group goes to those that wait for it, as far as it reaches."""
        unit = self.pool.unit[group]
        if not self.is_open[group]:
            self.is_open[group] = True
            self.open[unit].append(group)
        while self.queued:
            queue = self._next(unit)
            if queue is None:
                return
            kind = self.kind[queue[0]]
            if not self._fits(group, self.pool.size[unit][kind]):
                return
            self.waiting[kind] -= 1
            self.queued -= 1
            self._start(queue.popleft(), group, now)

    def _next(self, unit: int) -> deque[int] | None:
        """The queue whose head a unit of this type serves next."""
        if any(self.meant[unit]):
            return self._most_urgent([self.queues[kind][unit] for kind in self.order[unit]])
        others = [queue for kind in self.order[unit] if self.waiting[kind] for queue in self.queues[kind]]
        return self._most_urgent(others)

    def _most_urgent(self, queues: list[deque[int]]) -> deque[int] | None:
        """Of queues the one with the most urgent request, and of those with the earliest."""
        urgency = self.pool.urgency
        waiting = [queue for queue in queues if queue]
        return min(waiting, key=lambda queue: (urgency[self.kind[queue[0]]], queue[0]), default=None)

    def _break_off(self, group: int, now: float) -> None:
        """A group fails: its requests start again in groups with room, in order of arrival."""
        broken = sorted(code for _, code in self.events if code >= 0 and self.group[code] == group)
        lost = set(broken)
        self.events[:] = [event for event in self.events if event[1] not in lost]
        heapify(self.events)
        self.used[group] = 0.0
        for request in broken:
            self.begun[request], self.ended[request], self.group[request] = math.inf, math.inf, -1
            self.arrive(request, now)
