"""The requests that a plan admits of each workload, and draws of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase
from planner.rates.server_slots import mean_work, server_slots
from planner.rates.variability import UNKNOWN_SCV
from planner.verify.simulation.arrivals import Stream, from_trace, on_the_clock, synthetic
from planner.verify.simulation.waiting import course_of, released

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance.queueing import Queueing
    from planner.plan.plan import Plan
    from planner.verify.simulation.arrivals import Shape
    from planner.verify.simulation.requests import ClassWork
    from planner.verify.simulation.schedule import ReplayClock, ReplaySchedule
    from planner.verify.simulation.waiting import Course

MARGIN = 5.0  # standard deviations of the count of arrivals drawn beyond its mean


@dataclass(frozen=True)
class Traffic:
    """The requests of one workload by period, as the plan admits them.

    `per_s` [period]; `prefill` and `decode` the mean work of a request [period], None without that phase.
    `courses` is how the plan lets them into the first and the last phase, of work that may wait.
    """

    workload: str
    per_s: NDArray[np.float64]
    prefill: NDArray[np.float64] | None
    decode: NDArray[np.float64] | None
    first: int | None
    second: int | None
    courses: tuple[Course, Course] | None = None


def traffic_of(schedule: ReplaySchedule, plan: Plan, workload: str, load: float) -> Traffic | None:
    """What the plan admits of a workload; None where that is nothing.

    The rate is that of prompts. Where there is work in both phases, answers are as long as the plan's decode
    work of the period asks for.
    """
    works = {
        work.phase: place for place, work in enumerate(schedule.rates.works) if work.workload == workload
    }
    rate = schedule.rates.rate
    served = {
        phase: (schedule.busy[:, place] * rate[:, place, None]).sum(axis=0) for phase, place in works.items()
    }
    first = next((phase for phase in (Phase.PREFILL, Phase.REQUEST) if phase in works), None)
    lead = first or Phase.DECODE
    courses = None
    if schedule.instance.workloads[workload].deferral is not None:
        timeline = schedule.instance.timeline
        course = {phase: course_of(timeline, plan, workload, phase, served[phase]) for phase in works}
        served = {phase: entry.admitted for phase, entry in course.items()}
        courses = course[lead], course.get(Phase.DECODE, course[lead])
    mean = mean_work(schedule.instance, schedule.rates.works[works[lead]])
    per_s = served[lead] / mean
    if not per_s.any():
        return None
    decode = None
    if Phase.DECODE in works:
        decode = np.divide(served[Phase.DECODE], per_s, out=np.zeros_like(per_s), where=per_s > 0)
    return Traffic(
        workload=workload,
        per_s=per_s * load,
        prefill=None if first is None else np.full_like(per_s, mean),
        decode=decode,
        first=None if first is None else works[first],
        second=works.get(Phase.DECODE),
        courses=courses,
    )


def holding_s(schedule: ReplaySchedule, entry: Traffic) -> float:
    """Mean time a request holds a decode slot, in the slowest unit."""
    if entry.second is None or entry.decode is None:
        return 0.0
    units = np.flatnonzero(schedule.busy[:, entry.second].any(axis=1)).tolist()
    speeds = [server_slots(schedule.instance, schedule.rates, unit, entry.second).speed for unit in units]
    mean = float(entry.decode @ entry.per_s / entry.per_s.sum())
    return mean / min(speeds) if speeds else 0.0


def stream_of(
    entry: Traffic,
    variability: Queueing,
    shape: Shape | None,
    clock: ReplayClock,
    blocks: int,
    rng: np.random.Generator,
    lengths: ClassWork | None = None,
) -> Stream:
    """Draw requests for all periods, in the shape of a trace, of `lengths`, or from the workload's variability."""
    mean = float(entry.per_s.sum()) * clock.period_s
    scv = variability.arrival_scv if shape is None else float(shape.gap.var())
    count = int(mean + MARGIN * np.sqrt((scv + 1.0) * mean) + 10)
    if shape is not None:
        times, prefill, decode = from_trace(shape, rng, count)
    else:
        times, prefill, decode = synthetic(
            rng,
            count,
            variability.arrival_scv,
            UNKNOWN_SCV if variability.prefill_scv is None else variability.prefill_scv,
            UNKNOWN_SCV if variability.decode_scv is None else variability.decode_scv,
            variability.arrival_law,
            lengths,
        )
    arrival = on_the_clock(times, entry.per_s, clock.period_s)
    came = np.isfinite(arrival)
    arrival, prefill, decode = arrival[came], prefill[came], decode[came]
    period = np.minimum(arrival / clock.period_s, clock.periods - 1).astype(np.int64)
    ones = np.ones_like(arrival)
    return Stream(
        arrival_s=arrival,
        prefill=ones if entry.prefill is None else prefill * entry.prefill[period],
        decode=ones if entry.decode is None else np.maximum(decode * entry.decode[period], 1.0),
        released=None if entry.courses is None else released(arrival, *entry.courses, clock, blocks),
    )
