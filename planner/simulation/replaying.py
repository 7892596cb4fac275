"""`simulate`: an instance's demand, or a trace in its shape, against the capacity of a plan."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.errors import Fault, InstanceError
from planner.instance.queueing import Queueing
from planner.rates.compute import compute_rates
from planner.simulation.arrivals import shape_of
from planner.simulation.judge import Run, judge
from planner.simulation.measures import Replay
from planner.simulation.pools import SECONDS_PER_HOUR, Clock, Schedule, down_of, schedule_of, stage_of
from planner.simulation.replay import Stage, replay
from planner.simulation.traffic import holding_s, stream_of, traffic_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan import Plan
    from planner.rates import Rates
    from planner.simulation.arrivals import Shape
    from planner.simulation.cache import PrefixCache
    from planner.simulation.requests import Requests
    from planner.simulation.traffic import Traffic

MS = 1e-3
HOLDINGS = 3.0  # a replayed period lasts at least so many mean times in a decode slot


@dataclass(frozen=True)
class Options:
    """How to replay.

    `requests` is the number aimed at for a seed, spread over the workloads: periods are replayed in part
    where demand is larger, but never for less than three mean times in a decode slot. `load` multiplies the
    demand. `failures` None: where a workload was promised availability.
    """

    seeds: Sequence[int] = (1, 2, 3)
    load: float = 1.0
    requests: int = 1_000_000
    failures: bool | None = None
    cache: PrefixCache | None = None


def simulate(
    instance: Instance,
    plan: Plan,
    trace: Requests | None = None,
    *,
    workload: str | None = None,
    trace_name: str | None = None,
    options: Options = Options(),
    rates: Rates | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Replay:
    """Replay requests against the capacity that a plan has switched on.

    Without a trace arrivals are gamma-spaced and lengths log-normal with the workload's `queueing`
    variability (Poisson and exponential-like where it is silent). A trace gives the shape of gaps and lengths
    to `workload`: its mean rate and mean lengths are those of the instance's demand. Requests the plan sheds
    or hands to vendors do not come. Work that may wait is left out: it is promised a deadline, not a latency.

    Parameters
    ----------
    on_progress
        Called with the share done, 0 to 1.

    Raises
    ------
    InstanceError
        Where the plan is not one of this instance, or lengths or the time per token are missing.
    """
    began = time.perf_counter()
    rates = rates if rates is not None else compute_rates(instance)
    schedule = schedule_of(instance, plan, rates)
    traffic = [
        found
        for name, given_workload in instance.workloads.items()
        if given_workload.deferral is None and (found := traffic_of(schedule, name, options.load)) is not None
    ]
    clocks = [_clock(schedule, entry, options.requests / len(traffic)) for entry in traffic]
    shape = None if trace is None else shape_of(trace, options.cache)
    shaped = _shaped(traffic, workload) if trace is not None else None
    failing = options.failures if options.failures is not None else _available(instance)
    runs: dict[str, list[Run]] = {entry.workload: [] for entry in traffic}
    for number, seed in enumerate(options.seeds):
        rng = np.random.default_rng(seed)
        down = down_of(schedule, rng if failing else None)
        for place, (entry, clock) in enumerate(zip(traffic, clocks, strict=True)):
            stages = [
                None if work is None else stage_of(schedule, work, clock, down)
                for work in (entry.first, entry.second)
            ]
            given = shape if entry.workload == shaped else None
            done = number + place / len(traffic)

            def report(share: float, done: float = done) -> None:
                if on_progress is not None:
                    on_progress((done + share / len(traffic)) / len(options.seeds))

            runs[entry.workload].append(_run(instance, entry, stages, given, clock, rng, report))
            report(1.0)
    results = tuple(
        judge(
            entry.workload,
            instance.workloads[entry.workload].sla,
            runs[entry.workload],
            clock,
            shape.hit_share if shape is not None and entry.workload == shaped else None,
        )
        for entry, clock in zip(traffic, clocks, strict=True)
    )
    return Replay(
        instance=instance.name,
        periods=plan.periods,
        seeds=tuple(options.seeds),
        load=options.load,
        trace=trace_name if trace is not None else None,
        failures=failing,
        requests=sum(entry.requests for entry in results),
        seconds=time.perf_counter() - began,
        workloads=results,
    )


def _available(instance: Instance) -> bool:
    return any(workload.sla.availability is not None for workload in instance.workloads.values())


def _shaped(traffic: list[Traffic], workload: str | None) -> str:
    """The workload a trace stands for."""
    names = [entry.workload for entry in traffic]
    if workload is None and len(names) == 1:
        return names[0]
    if workload not in names:
        raise InstanceError([Fault(f"say which workload the trace stands for: {', '.join(names)}")])
    return workload


def _clock(schedule: Schedule, entry: Traffic, requests: float) -> Clock:
    real_s = schedule.instance.horizon.period_hours * SECONDS_PER_HOUR
    periods = schedule.instance.periods
    total = float(entry.per_s.sum()) * real_s
    period_s = max(real_s * min(1.0, requests / max(total, 1.0)), HOLDINGS * holding_s(schedule, entry))
    return Clock(periods=periods, period_s=min(period_s, real_s), real_s=real_s)


def _run(
    instance: Instance,
    entry: Traffic,
    stages: list[Stage | None],
    shape: Shape | None,
    clock: Clock,
    rng: np.random.Generator,
    on_progress: Callable[[float], None],
) -> Run:
    """Draw one seed of a workload and replay it."""
    variability = instance.workloads[entry.workload].queueing or Queueing()
    stream = stream_of(entry, variability, shape, clock, rng)
    prefill, decode = stages
    transfer_s = variability.kv_transfer_ms * MS
    outcome = replay(stream, prefill, decode, transfer_s, clock.period_s, clock.periods, on_progress)
    period = (stream.arrival_s / clock.period_s).astype(np.int64)
    # the fleet starts empty: the first half of the first period fills it and does not count
    counts = (
        stream.arrival_s >= clock.period_s / 2.0 if clock.periods > 1 else np.ones(len(stream), dtype=bool)
    )
    return Run(
        period=period[counts],
        ttft_s=outcome.ttft_s[counts],
        tpot_s=outcome.tpot_s[counts],
        seconds=clock.periods * clock.period_s * float(np.mean(counts)) if len(counts) else 1.0,
        prefill_utilisation=_utilisation(outcome.prefill_busy, prefill, clock),
        decode_utilisation=_utilisation(outcome.decode_busy, decode, clock),
    )


def _utilisation(busy: NDArray[np.float64], stage: Stage | None, clock: Clock) -> NDArray[np.float64]:
    if stage is None:
        return np.zeros(clock.periods)
    capacity = stage.pool.capacity(clock.periods)
    return np.divide(busy, capacity, out=np.zeros_like(busy), where=capacity > 0)
