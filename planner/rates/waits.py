"""Waits as a cap on utilisation: how busy a pool may be for every percentile of the first token to be kept.

Prefill must be over in time, decode must find a free slot (`kernels.queueing`); either may miss half of what
the percentile leaves.

Units that several works of a phase can share are capped as though all of their load were of that work k which
makes waits longest, in a pool no larger than the work's own:

    cap_w(n) = min_k cap(n; arrivals and service times of k before the prompt of w, or slots as large as k's)

Waits in a pool of C servers that works enter with variances v_k = S_k (scv_a,k + scv_s,k) fall off as
exp(-2 C (1 - busy) t / v), v the mean of the v_k by load (heavy traffic: J. F. C. Kingman, 1962; for several
kinds of customers W. Whitt, The Queueing Network Analyzer, Bell System Technical Journal 62, 1983, section
4). With C no less than w's own pool and v no more than the largest v_k the bound holds for any mix, which is
not known before the plan is. Nor does it matter who goes first: the servers that more urgent works leave to w
are no fewer than its own pool (L. Kleinrock, Queueing Systems II, 1976, section 3.4, on priorities).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import pass_cap, slot_cap, ttft_cap
from planner.core.units import SECONDS_PER_MS
from planner.instance import Phase
from planner.instance.queueing import Queueing
from planner.rates.memory_room import packed_share
from planner.rates.pass_times import ranks_apart, reading_of
from planner.rates.routers import queues_of
from planner.rates.server_slots import mean_work, server_slots
from planner.rates.step_spread import step_time_cap
from planner.rates.token_times import token_time_cap
from planner.rates.variability import decode_scv, prefill_scv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance, Workload
    from planner.rates.rates import Rates, Work

    Array = NDArray[np.float64]


def waits_count(workload: Workload) -> bool:
    """Whether the plan answers for waits: `queueing` is given, and a time to first token promised."""
    return workload.queueing is not None and workload.sla.ttft_ms is not None


def wait_cap(instance: Instance, rates: Rates, unit: int, work: int, units: NDArray[np.int64]) -> Array:
    """Highest utilisation of pools of `units` units at which every percentile of the first token is kept."""
    kind = rates.works[work]
    workload = instance.workloads[kind.workload]
    queueing, ttft = workload.queueing, workload.sla.ttft_ms
    assert queueing is not None
    assert ttft is not None
    measured = queueing.decode_busy_limit if kind.phase is Phase.DECODE else queueing.prefill_busy_limit
    if measured is not None:
        return np.full(len(units), measured)
    cap = _slot_cap if kind.phase is Phase.DECODE else _first_token_cap
    kept = [
        (limit_ms * SECONDS_PER_MS, share_to_keep(rates, kind, quantile))
        for quantile, limit_ms in ttft.limits().items()
    ]
    caps = [
        cap(instance, rates, unit, work, other, units, *limit)
        for limit in kept
        for other in sharing(rates, unit, work)
    ]
    return np.asarray(np.min(caps, axis=0))


def sharing(rates: Rates, unit: int, work: int) -> list[int]:
    """Works of the same phase that a unit type can do, the work itself among them."""
    phase = rates.works[work].phase
    return [k for k in np.flatnonzero(rates.rate[unit]).tolist() if rates.works[k].phase is phase]


def _first_token_cap(
    instance: Instance,
    rates: Rates,
    unit: int,
    work: int,
    ahead: int,
    units: NDArray[np.int64],
    limit_s: float,
    kept: float,
) -> Array:
    """Cap of prefill when the requests in front of those of `work` are those of `ahead`."""
    (own, own_scv, _), (other, other_scv, arrival_scv) = (
        _service(instance, rates, unit, place) for place in (work, ahead)
    )
    slots = server_slots(instance, rates, unit, work)
    theirs = instance.workloads[rates.works[ahead].workload].queueing or Queueing()
    servers, arrivals, law = queues_of(theirs, units, slots.count, arrival_scv)
    reading = reading_of(instance, rates, unit, work)
    if reading is not None:
        lines = ranks_apart(instance, rates, unit, work) if theirs.ranks == "bound" else 1
        left_s = limit_s - slots.transfer_s - slots.network_s
        return pass_cap(lines * servers, reading, left_s, kept, arrivals, lines * other, other_scv, law)
    return ttft_cap(servers, own, limit_s, kept, slots.delay_s, arrivals, own_scv, other, other_scv, law)


def _service(instance: Instance, rates: Rates, unit: int, work: int) -> tuple[float, float, float]:
    """Mean time in a slot of prefill, s, its squared coefficient of variation, and that of arrivals."""
    kind = rates.works[work]
    queueing = instance.workloads[kind.workload].queueing or Queueing()
    alone_s = mean_work(instance, kind) / server_slots(instance, rates, unit, work).speed
    return alone_s, prefill_scv(instance, kind, rates.details[unit].get(kind.name)), queueing.arrival_scv


def _slot_cap(
    instance: Instance,
    rates: Rates,
    unit: int,
    work: int,
    other: int,
    units: NDArray[np.int64],
    limit_s: float,
    kept: float,
) -> Array:
    """Cap of decode when all slots are as large as those of `other`, and come and go as they do."""
    workload = rates.works[other].workload
    queueing = instance.workloads[workload].queueing or Queueing()
    in_time = np.minimum(
        token_time_cap(instance, rates, unit, work, other, units),
        step_time_cap(instance, rates, unit, work, other, units),
    )
    slots = server_slots(instance, rates, unit, other).count
    servers, arrivals, law = queues_of(queueing, units, slots, queueing.arrival_scv_of_decode)
    cap = slot_cap(servers, kept, arrivals, decode_scv(instance, workload), law)
    return np.minimum(cap * packed_share(instance, rates, unit, other), in_time)


def share_to_keep(rates: Rates, work: Work, quantile: float) -> float:
    """Share of requests (or of time) that one phase must keep: each may miss an equal part of what is left."""
    return 1.0 - (1.0 - quantile) / sum(other.workload == work.workload for other in rates.works)
