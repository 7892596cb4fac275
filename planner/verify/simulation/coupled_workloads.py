"""The workloads that share units, which are replayed together on one clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_HOUR
from planner.instance.queueing import Queueing
from planner.verify.simulation.judge import ReplayRun
from planner.verify.simulation.pools import stage_of
from planner.verify.simulation.replay import replay
from planner.verify.simulation.schedule import ReplayClock
from planner.verify.simulation.traffic import holding_s, stream_of, traffic_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from planner.plan.plan import Plan
    from planner.verify.simulation.arrivals import Shape, Stream
    from planner.verify.simulation.failures import Interval
    from planner.verify.simulation.replay import StreamOutcome
    from planner.verify.simulation.requests import ClassWork
    from planner.verify.simulation.schedule import ReplaySchedule
    from planner.verify.simulation.traffic import Traffic

HOLDINGS = (
    3.0  # a replayed period lasts at least so many mean times in a decode slot, of work that cannot wait
)


@dataclass(frozen=True)
class CoupledWorkloads:
    """Workloads that share units with each other and with no other workload, and the clock of their replay."""

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

    def run(
        self,
        schedule: ReplaySchedule,
        shapes: Mapping[str, Shape],
        lengths: Mapping[str, ClassWork | None],
        down: list[list[list[Interval]]],
        rng: np.random.Generator,
        on_progress: Callable[[float], None],
    ) -> dict[str, ReplayRun]:
        """Draw one seed and replay it."""
        timeline, clock = schedule.instance.timeline, self.clock
        given = [schedule.instance.workloads[name].queueing or Queueing() for name in self.names]
        blocks = int(timeline.block[-1]) + 1
        streams = [
            stream_of(
                entry, queueing, shapes.get(entry.workload), clock, blocks, rng, lengths.get(entry.workload)
            )
            for entry, queueing in zip(self.traffic, given, strict=True)
        ]
        prefill, decode = (
            stage_of(schedule, works, clock, down)
            for works in ([e.first for e in self.traffic], [e.second for e in self.traffic])
        )
        outcomes = replay(streams, prefill, decode, clock.period_s, clock.periods, on_progress)
        return {
            name: _counted(stream, outcome, clock)
            for name, stream, outcome in zip(self.names, streams, outcomes, strict=True)
        }


def coupled_workloads_of(
    schedule: ReplaySchedule, plan: Plan, load: float, requests: float
) -> list[CoupledWorkloads]:
    """Every group of a plan, each with its part of the requests to aim at."""
    traffic = [
        found
        for name in schedule.instance.workloads
        if (found := traffic_of(schedule, plan, name, load)) is not None
    ]
    groups: list[list[Traffic]] = []
    for entry in traffic:
        apart = [group for group in groups if not any(_meet(schedule, entry, other) for other in group)]
        joined = [other for group in groups if group not in apart for other in group]
        groups = [*apart, [*joined, entry]]
    return [
        CoupledWorkloads(tuple(group), _clock(schedule, group, requests * len(group) / len(traffic)))
        for group in groups
    ]


def _meet(schedule: ReplaySchedule, one: Traffic, other: Traffic) -> bool:
    """Whether two workloads use a unit type in common."""
    used = [
        schedule.busy[:, [work for work in (entry.first, entry.second) if work is not None]].any(axis=(1, 2))
        for entry in (one, other)
    ]
    return bool(np.any(used[0] & used[1]))


def _clock(schedule: ReplaySchedule, group: Sequence[Traffic], requests: float) -> ReplayClock:
    real_s = schedule.instance.horizon.period_hours * SECONDS_PER_HOUR
    total = float(sum(entry.per_s.sum() for entry in group)) * real_s
    longest = max((holding_s(schedule, entry) for entry in group if entry.courses is None), default=0.0)
    period_s = max(real_s * min(1.0, requests / max(total, 1.0)), HOLDINGS * longest)
    return ReplayClock(periods=schedule.instance.periods, period_s=min(period_s, real_s), real_s=real_s)


def _counted(stream: Stream, outcome: StreamOutcome, clock: ReplayClock) -> ReplayRun:
    """The requests of a replay that count: the fleet starts empty, and half of the first period fills it."""
    counts = np.ones(len(stream), dtype=bool)
    if clock.periods > 1 and stream.released is None:
        counts = stream.arrival_s >= clock.period_s / 2.0
    period = np.minimum(stream.arrival_s / clock.period_s, clock.periods - 1).astype(np.int64)
    waited = None
    if stream.released is not None:
        taken_up = stream.released.second_s + outcome.ttft_s
        waited = (taken_up - (period + 1) * clock.period_s) / clock.pace / SECONDS_PER_HOUR
    return ReplayRun(
        period=period[counts],
        ttft_s=outcome.ttft_s[counts],
        tpot_s=outcome.tpot_s[counts],
        waited_hours=waited,
        seconds=clock.periods * clock.period_s * float(np.mean(counts)) if len(counts) else 1.0,
        prefill_utilisation=outcome.prefill_busy,
        decode_utilisation=outcome.decode_busy,
    )
