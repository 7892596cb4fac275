"""A plan -> the server pools that its units form, one for each phase of works that share units, over time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.rates.failing import node_failures, swap_hours
from planner.rates.server_slots import server_slots
from planner.verify.simulation.failures import Failing, cut, down_times, union
from planner.verify.simulation.replay import PhasePool
from planner.verify.simulation.shared import SharedPool
from planner.verify.simulation.spot_losses import draw_losses, units_lost

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates.server_slots import ServerSlots
    from planner.verify.simulation.failures import Interval
    from planner.verify.simulation.fifo import Window
    from planner.verify.simulation.schedule import ReplayClock, ReplaySchedule


@dataclass(frozen=True)
class Group:
    """Slots that run in the same periods: when, how many, and how fast each period."""

    windows: list[Window]
    slots: int
    pace: list[float]


def stage_of(
    schedule: ReplaySchedule,
    work_of: Sequence[int | None],
    clock: ReplayClock,
    down: list[list[list[Interval]]],
) -> PhasePool | None:
    """The slots of one phase of streams, with the down times in hours of every copy of every unit.

    `work_of[stream]` is the work of this phase, None where a stream has none; so is the stage if no stream has.

    Works share the units that the plan gives them both; requests are meant for unit types as the plan spreads
    them. A unit that also works in the other phase gives each phase its slots in proportion to the plan's
    time. Where the clock runs faster than time, a failure takes capacity but does not break requests off, for
    there would be too many.
    """
    streams = [stream for stream, work in enumerate(work_of) if work is not None]
    works = [work for work in work_of if work is not None]
    if not works:
        return None
    second = SECONDS_PER_HOUR * clock.pace
    able = np.asarray(schedule.busy[:, works].any(axis=2))
    units = np.flatnonzero(able.any(axis=1)).tolist()
    slots = [[_slots(schedule, unit, work, able[unit, k]) for k, work in enumerate(works)] for unit in units]
    counts = [max(entry.count for entry in row if entry is not None) for row in slots]
    groups, unit_of = [], []
    for place, unit in enumerate(units):
        copies = [[(a * second, b * second) for a, b in copy] for copy in down[unit]]
        found = list(_groups(schedule, unit, schedule.share(unit, works), counts[place], copies, clock))
        groups += found
        unit_of += [place] * len(found)
    pool = SharedPool(
        windows=[group.windows for group in groups],
        slots=[group.slots for group in groups],
        unit=unit_of,
        pace=[group.pace for group in groups],
        speed=[[0.0 if entry is None else entry.speed for entry in row] for row in slots],
        size=[
            [0.0 if entry is None else count / entry.count for entry in row]
            for row, count in zip(slots, counts, strict=True)
        ],
        urgency=[schedule.instance.workloads[schedule.rates.works[work].workload].priority for work in works],
        period_s=clock.period_s,
    )
    fixed = [[0.0 if entry is None else entry.delay_s for entry in row] for row in slots]
    return PhasePool(
        streams=streams, pool=pool, fixed_s=np.array(fixed), homes=_homes(schedule, units, works)
    )


def _slots(schedule: ReplaySchedule, unit: int, work: int, able: bool) -> ServerSlots | None:
    return server_slots(schedule.instance, schedule.rates, unit, work) if able else None


def _homes(schedule: ReplaySchedule, units: list[int], works: Sequence[int]) -> NDArray[np.float64]:
    """Share of each work's requests that the plan gives to each unit type, shape [work, period, unit]."""
    given = schedule.busy[np.ix_(units, works)] * schedule.rates.rate[np.ix_(units, works)][..., None]
    mostly = given.sum(axis=2, keepdims=True) == given.sum(axis=2, keepdims=True).max(axis=0, keepdims=True)
    given = np.where(given.sum(axis=0, keepdims=True) > 0.0, given, mostly)
    return np.asarray(np.moveaxis(given / given.sum(axis=0, keepdims=True), 0, 2))


def down_of(
    schedule: ReplaySchedule, plan: Plan, rng: np.random.Generator | None
) -> list[list[list[Interval]]]:
    """Hours in which every copy of every unit is down, [unit][copy]; none without `rng`.

    Nodes fail by themselves, with all units that share them, and spot nodes are taken back.
    """
    if rng is None:
        return [[[] for _ in range(int(on.max(initial=0)))] for on in schedule.on]
    hours = schedule.instance.timeline.periods * schedule.instance.horizon.period_hours
    taken = units_lost(schedule, plan, draw_losses(schedule.instance, plan, rng))
    down: list[list[list[Interval]]] = []
    for unit, kind in enumerate(schedule.rates.units):
        rate, repair = node_failures(schedule.instance, kind.hardware)
        failing = Failing(rate, repair, swap_hours(schedule.instance, kind.hardware))
        nodes = down_times(rng, -(-len(taken[unit]) // kind.beside), kind.stands_on, failing, hours)
        failed = [nodes[copy // kind.beside] for copy in range(len(taken[unit]))]
        down.append([union(sorted(own + lost)) for own, lost in zip(failed, taken[unit], strict=True)])
    return down


def _groups(
    schedule: ReplaySchedule,
    unit: int,
    share: NDArray[np.float64],
    count: int,
    down: list[list[Interval]],
    clock: ReplayClock,
) -> Iterator[Group]:
    """Slots of every copy of a unit for one phase, those that run in the same periods together."""
    # a share of a unit type is a share of its slots, at full speed but for what rounding leaves over
    held = share * schedule.on[unit] * count
    standing = np.where(held > 0.0, np.maximum(np.round(held), 1.0), 0.0)
    pace = np.divide(held, standing, out=np.ones_like(held), where=standing > 0.0)
    for copy, intervals in enumerate(down):
        here = np.clip(standing - copy * count, 0.0, count).astype(np.int64)
        running, below = schedule.on[unit] > copy, 0
        for level in np.unique(here[here > 0]).tolist():
            windows = cut(_windows(schedule.instance, running, here >= level, clock), intervals)
            if clock.pace < 1.0:
                windows = [(begin, end, False) for begin, end, _ in windows]
            yield Group(windows=windows, slots=level - below, pace=pace.tolist())
            below = level


def _windows(
    instance: Instance, running: NDArray[np.bool_], wanted: NDArray[np.bool_], clock: ReplayClock
) -> list[Window]:
    """Runs of periods in which a unit runs and its servers are wanted, without the time it takes to start."""
    delay, ready = instance.start_up.hours * SECONDS_PER_HOUR * clock.pace, 0.0
    windows: list[Window] = []
    for period in np.flatnonzero(running).tolist():
        begin, end = period * clock.period_s, (period + 1) * clock.period_s
        before = int(instance.timeline.previous[period])
        if before < 0 or not running[before]:
            ready = begin + delay
        begin = max(begin, ready)
        if not wanted[period] or begin >= end:
            continue
        if windows and windows[-1][1] >= begin:
            windows[-1] = windows[-1][0], end, False
        else:
            windows.append((begin, end, False))
    if windows and windows[-1][1] == clock.periods * clock.period_s:
        windows[-1] = windows[-1][0], math.inf, False  # what waits at the end of the horizon is still served
    return windows
