"""What a plan switches on -> types of units with their step times, and every unit with when it runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.instance import Phase
from planner.rates.server_slots import server_slots
from planner.rates.step_times import unit_step_times
from planner.verify.simulation.engine.build import UnitType
from planner.verify.simulation.engine.measured_times import MOST_SLOTS, measured_times
from planner.verify.simulation.failures import cut
from planner.verify.simulation.windows import windows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.step_times import StepTimes
    from planner.verify.simulation.failures import Interval
    from planner.verify.simulation.fifo import Window
    from planner.verify.simulation.schedule import ReplayClock, ReplaySchedule
    from planner.verify.simulation.traffic import Traffic

    Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

WHOLE_REQUEST = 1_000.0
"""Tokens that stand for a request of which no lengths are known."""


@dataclass(frozen=True)
class Fleet:
    """Types of units, and of every unit its type and its windows; `unit` [type] is its place in the rates."""

    types: tuple[UnitType, ...]
    unit: tuple[int, ...]
    type_of: tuple[int, ...]
    windows: tuple[list[Window], ...]

    def by_parts(self, parts: int) -> list[UnitType]:
        """The types by parts of periods, of which there are so many in each."""
        return [
            replace(
                one, reads=np.repeat(one.reads, parts, axis=1), writes=np.repeat(one.writes, parts, axis=1)
            )
            for one in self.types
        ]

    def open_s(self, period_s: float, periods: int) -> Array:
        """Seconds for which units are open, [type, period]."""
        edges = np.arange(periods + 1) * period_s
        total = np.zeros((len(self.types), periods))
        for kind, windows in zip(self.type_of, self.windows, strict=True):
            for begin, end, _ in windows:
                total[kind] += np.clip(np.minimum(end, edges[1:]) - np.maximum(begin, edges[:-1]), 0.0, None)
        return total


def fleet_of(
    schedule: ReplaySchedule,
    traffic: Sequence[Traffic],
    clock: ReplayClock,
    down: list[list[list[Interval]]],
    rate: float = 1.0,
) -> Fleet:
    """The units that a plan has for some workloads; `down` hours in which copies of units are down.

    `rate` multiplies their speed. Where the clock runs faster than time a failure takes capacity but does not break
    requests off, for there would be too many.
    """
    works = [work for entry in traffic for work in (entry.first, entry.second) if work is not None]
    used = np.flatnonzero(schedule.able[:, works].any(axis=1)).tolist()
    types: list[UnitType] = []
    units: list[int] = []
    type_of: list[int] = []
    windows: list[list[Window]] = []
    for unit in used:
        kind, servers = _type(schedule, unit, traffic, rate)
        for copy, hours in enumerate(down[unit]):
            second = SECONDS_PER_HOUR * clock.pace
            runs = windows_of(schedule.instance, schedule.on[unit] > copy, clock)
            left = cut(runs, [(begin * second, end * second) for begin, end in hours])
            if clock.pace < 1.0:
                left = [(begin, end, False) for begin, end, _ in left]
            type_of += [len(types)] * servers
            windows += [left] * servers
        types.append(kind)
        units.append(unit)
    return Fleet(tuple(types), tuple(units), tuple(type_of), tuple(windows))


def _type(
    schedule: ReplaySchedule, unit: int, traffic: Sequence[Traffic], rate: float
) -> tuple[UnitType, int]:
    """A unit as a type, and the servers that it is made of."""
    kinds, periods = len(traffic), schedule.on.shape[1]
    on = np.maximum(schedule.on[unit], 1)
    given, able = np.zeros((2, kinds, periods)), np.zeros((2, kinds))
    transfer, delay = np.zeros(kinds), np.zeros(kinds)
    for place, entry in enumerate(traffic):
        for phase, work in ((0, entry.first), (1, entry.second)):
            if work is None or not schedule.able[unit, work]:
                continue
            per_s = float(schedule.rates.rate[unit, work])
            scale = WHOLE_REQUEST if schedule.rates.works[work].phase is Phase.REQUEST else 1.0
            given[phase, place] = schedule.busy[unit, work] * per_s * scale / on
            able[phase, place] = per_s * scale
        if entry.first is not None and able[0, place] > 0.0:
            slots = server_slots(schedule.instance, schedule.rates, unit, entry.first)
            delay[place] = slots.network_s
            transfer[place] = slots.transfer_s / _prompt(schedule, entry)
    times, slot, servers, whole = _times(schedule, unit, traffic, able, rate)
    return (
        UnitType(
            times=times,
            slots=slot,
            reads=given[0] / servers,
            writes=given[1] / servers,
            able_reads=able[0] / servers,
            able_writes=able[1] / servers,
            transfer_token_s=transfer,
            delay_s=delay,
            one_prompt=whole,
        ),
        servers,
    )


def _prompt(schedule: ReplaySchedule, entry: Traffic) -> float:
    """Mean tokens of a prompt whose cache is handed over, cached ones included."""
    lengths = schedule.instance.workloads[entry.workload].lengths
    return WHOLE_REQUEST if lengths is None else lengths.input_tokens


def _times(
    schedule: ReplaySchedule, unit: int, traffic: Sequence[Traffic], able: Array, rate: float
) -> tuple[StepTimes, Array, int, bool]:
    """Step times, requests of each kind that a rank writes at once, servers, and whether a pass is one prompt."""
    main = int(np.argmax([schedule.busy[unit, _works(entry)].sum() for entry in traffic]))
    slots = np.zeros(len(traffic))
    kernel = unit_step_times(schedule.instance, schedule.rates, unit, traffic[main].workload)
    for place, entry in enumerate(traffic):
        if able[1, place] > 0.0 and entry.second is not None:
            slots[place] = _slots(schedule, unit, entry.second, kernel)
    if kernel is not None:
        return _faster(kernel, rate), slots, 1, False
    entry = traffic[main]
    reads = able[0, main] > 0.0 and entry.first is not None
    writes = able[1, main] > 0.0 and entry.second is not None
    servers = 1
    if reads and not writes and entry.first is not None:
        servers = server_slots(schedule.instance, schedule.rates, unit, entry.first).count
    tpot_s = slots[main] / able[1, main] if writes else 0.0
    times = measured_times(
        able[0, main] / servers if reads else None, able[1, main] if writes else None, tpot_s, slots.max()
    )
    return _faster(times, rate), slots, servers, not writes


def _works(entry: Traffic) -> list[int]:
    return [work for work in (entry.first, entry.second) if work is not None]


def _slots(schedule: ReplaySchedule, unit: int, work: int, kernel: StepTimes | None) -> float:
    """Requests that one rank writes at once: as many as the rate was found with."""
    detail = schedule.rates.details[unit][schedule.rates.works[work].name]
    if kernel is not None and detail.batch_per_gpu is not None and np.isfinite(detail.batch_per_gpu):
        return detail.batch_per_gpu * schedule.rates.units[unit].gpus / kernel.ranks
    return float(min(server_slots(schedule.instance, schedule.rates, unit, work).count, MOST_SLOTS))


def _faster(times: StepTimes, rate: float) -> StepTimes:
    """The same units at a multiple of their speed."""
    if rate == 1.0:
        return times
    parts = (
        *("decode_own", "decode_shared", "decode_fixed", "decode_attention"),
        *("prompt_own", "prompt_shared", "prompt_attention"),
    )
    sooner = replace(times, **{name: getattr(times, name) / rate for name in parts})
    return replace(
        sooner, decode_shown=times.decode_shown.faster(rate), prompt_shown=times.prompt_shown.faster(rate)
    )
