"""How busy units may be for a trace to keep its promise: measured by replaying it against the plan's pools.

Request traces are unsteady on every scale of time, which no single variability captures. What they allow in
a pool of the plan's size is found by replaying them at rising load; with these limits in `queueing`, the next
plan keeps the promise on such traffic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.core.units import SECONDS_PER_MS
from planner.instance import Phase
from planner.rates.compute import compute_rates
from planner.rates.server_slots import mean_work, server_slots
from planner.rates.waits import share_to_keep
from planner.verify.simulation.arrivals import from_trace, shape_of
from planner.verify.simulation.fifo import ServerPool, serve
from planner.verify.simulation.own_work import with_own_times
from planner.verify.simulation.schedule import schedule_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.rates import Work
    from planner.verify.simulation.arrivals import Shape
    from planner.verify.simulation.cache import PrefixCache
    from planner.verify.simulation.requests import Requests
    from planner.verify.simulation.schedule import ReplaySchedule

BISECTIONS = 9
ROUNDS = 2.0  # times round the trace in each replay
FEWEST = 20_000


@dataclass(frozen=True)
class MeasuredBusyLimits:
    """Largest utilisation at which a trace keeps the promise, by phase; None where there is no such work."""

    prefill: float | None
    decode: float | None


def busy_limits(
    instance: Instance,
    plan: Plan,
    trace: Requests,
    workload: str,
    cache: PrefixCache | None = None,
    seeds: Sequence[int] = (1, 2),
) -> MeasuredBusyLimits:
    """Measure the limits of one workload in the plan's largest and smallest pools; the lower ones count.

    Raises InstanceError where the workload is promised no time to first token, or none that can be kept.
    """
    if workload not in instance.workloads or instance.workloads[workload].sla.ttft_ms is None:
        where = f"workloads.{workload}.sla.ttft_ms"
        raise InstanceError([Fault("there is no promise of a time to first token to measure", path=where)])
    rates = compute_rates(instance)
    schedule = schedule_of(instance, plan, rates)
    shape = with_own_times(schedule, workload, shape_of(trace, cache))
    found: dict[Phase, float] = {}
    for place, work in enumerate(rates.works):
        busy = schedule.busy[:, place].sum(axis=0)
        if work.workload == workload and busy.any():
            extremes = {int(np.argmax(busy)), int(np.argmin(np.where(busy > 0, busy, np.inf)))}
            found[work.phase] = min(_limit(schedule, place, period, shape, seeds) for period in extremes)
    if min(found.values(), default=1.0) <= 0.0:
        message = "no load keeps this promise with the lengths of the trace: long prompts alone take longer"
        raise InstanceError([Fault(message, path=f"workloads.{workload}.sla.ttft_ms")])
    return MeasuredBusyLimits(
        prefill=found.get(Phase.PREFILL, found.get(Phase.REQUEST)), decode=found.get(Phase.DECODE)
    )


def _limit(schedule: ReplaySchedule, work: int, period: int, shape: Shape, seeds: Sequence[int]) -> float:
    """Utilisation of the pool of one period up to which every seed's replay keeps every percentile."""
    kind = schedule.rates.works[work]
    pool, fixed_s = _steady(schedule, work, period)
    capacity = sum(count * speed[0] for count, speed in zip(pool.servers, pool.speed, strict=True))
    per_s = capacity / mean_work(schedule.instance, kind)
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        kept = all(_keeps(schedule, kind, pool, fixed_s, shape, middle * per_s, seed) for seed in seeds)
        low, high = (middle, high) if kept else (low, middle)
    return low


def _keeps(
    schedule: ReplaySchedule,
    work: Work,
    pool: ServerPool,
    fixed_s: NDArray[np.float64],
    shape: Shape,
    per_s: float,
    seed: int,
) -> bool:
    """Whether the trace at this rate keeps the part of each percentile that falls to this phase."""
    count = max(FEWEST, int(ROUNDS * len(shape.gap)))
    times, prefill, decode = from_trace(shape, np.random.default_rng(seed), count)
    arrival = times / per_s
    decoding = work.phase is Phase.DECODE
    mean = mean_work(schedule.instance, work)
    amount = {Phase.PREFILL: prefill * mean, Phase.DECODE: np.maximum(decode * mean, 1.0)}
    served = serve(arrival, amount.get(work.phase, np.ones(count)), pool)
    workload = schedule.instance.workloads[work.workload]
    late = (served.begun if decoding else served.ended + fixed_s[served.group]) - arrival
    counts = arrival > arrival[-1] / (4.0 * ROUNDS)  # the pool starts empty
    limits = workload.sla.ttft_ms.limits() if workload.sla.ttft_ms is not None else {}
    return all(
        np.mean(late[counts] <= (0.0 if decoding else limit_ms * SECONDS_PER_MS))
        >= share_to_keep(schedule.rates, work, quantile)
        for quantile, limit_ms in limits.items()
    )


def _steady(schedule: ReplaySchedule, work: int, period: int) -> tuple[ServerPool, NDArray[np.float64]]:
    """The pool that serves a work in one period, without end, and the fixed delay of each group."""
    groups = []
    for unit in np.flatnonzero(schedule.busy[:, work, period]).tolist():
        slots = server_slots(schedule.instance, schedule.rates, unit, work)
        part = float(schedule.share(unit, [work])[period]) * int(schedule.on[unit, period])
        count = max(1, round(part * slots.count))
        groups.append((count, slots.speed * part * slots.count / count, slots.delay_s))
    counts, speeds, fixed = zip(*groups, strict=True)
    pool = ServerPool(
        windows=[[(0.0, np.inf, False)]] * len(groups),
        servers=counts,
        speed=[[speed] for speed in speeds],
        period_s=np.inf,
    )
    return pool, np.array(fixed)
