"""The requests that a plan admits of each workload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.instance import Phase
from planner.rates.server_slots import mean_work, server_slots
from planner.verify.simulation.waiting import course_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.plan.plan import Plan
    from planner.verify.simulation.schedule import ReplaySchedule
    from planner.verify.simulation.waiting import Course


@dataclass(frozen=True)
class Traffic:
    """The requests of one workload by period, as the plan admits them.

    `per_s` [period]; `prefill` and `decode` the mean work of a request [period], None without that phase.
    `first`, `second` are its works in the rates. `courses` is how the plan lets them into the first and the last
    phase, of work that may wait. `whole_requests`: their work is one, whatever their length.
    """

    workload: str
    per_s: NDArray[np.float64]
    prefill: NDArray[np.float64] | None
    decode: NDArray[np.float64] | None
    first: int | None
    second: int | None
    courses: tuple[Course, Course] | None = None
    whole_requests: bool = False


def traffic_of(schedule: ReplaySchedule, plan: Plan, workload: str) -> Traffic | None:
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
        per_s=per_s,
        prefill=None if first is None else np.full_like(per_s, mean),
        decode=decode,
        first=None if first is None else works[first],
        second=works.get(Phase.DECODE),
        courses=courses,
        whole_requests=lead is Phase.REQUEST,
    )


def holding_s(schedule: ReplaySchedule, entry: Traffic) -> float:
    """Mean time a request holds a decode slot, in the slowest unit."""
    if entry.second is None or entry.decode is None:
        return 0.0
    units = np.flatnonzero(schedule.busy[:, entry.second].any(axis=1)).tolist()
    speeds = [server_slots(schedule.instance, schedule.rates, unit, entry.second).speed for unit in units]
    mean = float(entry.decode @ entry.per_s / entry.per_s.sum())
    return mean / min(speeds) if speeds else 0.0
