"""Work that may wait: when a plan lets it into each phase, first come first served.

    release(arrival) = S^-1(A(arrival) + B)

A is what was let in of the work by then, S what the plan serves of it, B what was waiting when the day (the
block of periods) began: nothing, or in a cyclic plan what its end leaves to the next. All in tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Phase
    from planner.instance.timeline import Timeline
    from planner.plan.plan import Plan
    from planner.verify.simulation.schedule import ReplayClock

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Released:
    """When a plan lets work that may wait into each phase, each array [request], s.

    `first_s` and `second_s` count from the beginning of the replay and reach beyond its end where work is
    left to the day after; `first_at_s` and `second_at_s` are the moments of the replayed day that represent
    them, because the day before left as much.
    """

    first_s: Array
    second_s: Array
    first_at_s: Array
    second_at_s: Array


@dataclass(frozen=True)
class Course:
    """One phase of work that may wait, in tokens/s (requests/s), each array [period].

    `admitted` comes, `served` is done; `before` [block] waits when a block of periods begins, tokens.
    """

    admitted: Array
    served: Array
    before: Array


def course_of(timeline: Timeline, plan: Plan, workload: str, phase: Phase, served: Array) -> Course:
    """What a plan admits of a phase, by what it serves and what it leaves waiting."""
    waiting = np.zeros(timeline.periods)
    for entry in plan.backlog:
        if (entry.workload, entry.phase) == (workload, str(phase)):
            waiting = np.asarray(entry.waiting, dtype=np.float64)
    taken_over = np.where(timeline.previous >= 0, waiting[timeline.previous], 0.0)
    admitted = np.maximum(served + (waiting - taken_over) / timeline.hours / SECONDS_PER_HOUR, 0.0)
    first = np.flatnonzero(np.diff(timeline.block, prepend=-1))
    return Course(admitted=admitted, served=served, before=taken_over[first])


def released(arrival_s: Array, first: Course, second: Course, clock: ReplayClock, blocks: int) -> Released:
    """When each request is let into the two phases; where there is one only, give it twice."""
    first_s, first_at_s = _release(arrival_s, first, clock, blocks)
    second_s, second_at_s = _release(arrival_s, second, clock, blocks)
    return Released(first_s=first_s, second_s=second_s, first_at_s=first_at_s, second_at_s=second_at_s)


def _release(arrival_s: Array, course: Course, clock: ReplayClock, blocks: int) -> tuple[Array, Array]:
    """Moments of release, and the moments of the same block that represent them."""
    periods = clock.periods // blocks
    length_s = periods * clock.period_s
    block = np.minimum(arrival_s / length_s, blocks - 1).astype(np.int64)
    moment, at = np.zeros_like(arrival_s), np.zeros_like(arrival_s)
    for number in range(blocks):
        mine, part = block == number, slice(number * periods, (number + 1) * periods)
        come, done = (_cumulative(rate[part], clock.period_s) for rate in (course.admitted, course.served))
        since = arrival_s[mine] - number * length_s
        level = np.interp(since, np.arange(periods + 1) * clock.period_s, come)
        level += course.before[number] * clock.pace
        again = course.before[number] > 0.0  # what is left to the day after was left by the day before
        lap = np.floor(level / done[-1]) if again else np.zeros_like(level)
        within = _reached(level - lap * done[-1], done, clock.period_s)
        later = np.maximum(within + lap * length_s, since)
        moment[mine] = later + number * length_s
        at[mine] = (later % length_s if again else later) + number * length_s
    return moment, at


def _cumulative(per_s: Array, period_s: float) -> Array:
    return np.concatenate([[0.0], np.cumsum(per_s * period_s)])


def _reached(level: Array, done: Array, period_s: float) -> Array:
    """First moment at which a cumulative course reaches a level."""
    period = np.clip(np.searchsorted(done, level, side="left") - 1, 0, len(done) - 2)
    step = done[period + 1] - done[period]
    part = np.divide(level - done[period], step, out=np.zeros_like(level), where=step > 0.0)
    return np.asarray((period + np.clip(part, 0.0, 1.0)) * period_s)
