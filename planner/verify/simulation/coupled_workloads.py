"""The workloads that may share units, which are replayed together on one clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.verify.simulation.schedule import ReplayClock
from planner.verify.simulation.traffic import holding_s, traffic_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.plan.plan import Plan
    from planner.verify.simulation.lived import Lived
    from planner.verify.simulation.schedule import ReplaySchedule
    from planner.verify.simulation.traffic import Traffic

HOLDINGS = (
    4.0  # a replayed period lasts at least so many mean times in a decode slot, of work that cannot wait
)


@dataclass(frozen=True)
class CoupledWorkloads:
    """Workloads that may share units with each other and with no other workload, and the clock of their replay."""

    traffic: tuple[Traffic, ...]
    clock: ReplayClock

    @property
    def names(self) -> list[str]:
        """The workloads."""
        return [entry.workload for entry in self.traffic]

    @property
    def requests(self) -> float:
        """Requests to expect in a replay."""
        return float(sum(entry.per_s.sum() for entry in self.traffic)) * self.clock.period_s


def coupled_workloads_of(
    schedule: ReplaySchedule, plan: Plan, lived: Lived, requests: float
) -> list[CoupledWorkloads]:
    """Every group of a plan, each with its part of the requests to aim at; the day comes as it is `lived`."""
    traffic = [
        lived.instead_of(found)
        for name in schedule.instance.workloads
        if (found := traffic_of(schedule, plan, name)) is not None
    ]
    groups: list[list[Traffic]] = []
    for entry in traffic:
        apart = [group for group in groups if not any(_meet(schedule, entry, other) for other in group)]
        joined = [other for group in groups if group not in apart for other in group]
        groups = [*apart, [*joined, entry]]
    return [
        CoupledWorkloads(
            tuple(group),
            lived.clock(schedule, group) or _clock(schedule, group, requests * len(group) / len(traffic)),
        )
        for group in groups
    ]


def _meet(schedule: ReplaySchedule, one: Traffic, other: Traffic) -> bool:
    """Whether requests of two workloads may be sent to units of one type."""
    used = [
        schedule.able[:, [work for work in (entry.first, entry.second) if work is not None]].any(axis=1)
        for entry in (one, other)
    ]
    return bool(np.any(used[0] & used[1]))


def _clock(schedule: ReplaySchedule, group: Sequence[Traffic], requests: float) -> ReplayClock:
    real_s = schedule.instance.horizon.period_hours * SECONDS_PER_HOUR
    total = float(sum(entry.per_s.sum() for entry in group)) * real_s
    longest = max((holding_s(schedule, entry) for entry in group if entry.courses is None), default=0.0)
    period_s = max(real_s * min(1.0, requests / max(total, 1.0)), HOLDINGS * longest)
    starting_s = schedule.instance.start_up.hours * SECONDS_PER_HOUR % real_s
    return ReplayClock(schedule.instance.periods, min(period_s, real_s), real_s, starting_s)
