"""Units that cannot keep a promised time to first token at any load: long prompts alone take longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.queueing import share_too_long
from kernels.queueing.standing import MOST_SHORT
from planner.core.units import SECONDS_PER_MS
from planner.instance import Phase
from planner.rates.pass_times import reading_of
from planner.rates.server_slots import mean_work, server_slots
from planner.rates.variability import prefill_scv
from planner.rates.waits import share_to_keep, waits_count

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.rates.rates import Rates


def drop_hopeless(instance: Instance, rates: Rates) -> dict[int, str]:
    """Set the rates of such units for such works to 0; returns the reason by unit.

    Only where the plan answers for waits and no limit was measured (`queueing` of the workload).
    """
    reasons: dict[int, str] = {}
    for place, work in enumerate(rates.works):
        queueing = instance.workloads[work.workload].queueing
        counts = waits_count(instance.workloads[work.workload]) and work.phase is not Phase.DECODE
        if not counts or queueing is None or queueing.prefill_busy_limit is not None:
            continue
        for unit in np.flatnonzero(rates.rate[:, place]).tolist():
            reason = _why_hopeless(instance, rates, unit, place)
            if reason is not None:
                rates.rate[unit, place] = 0.0
                reasons[unit] = reason
    return reasons


def broken_promise(instance: Instance, rates: Rates, unit: int) -> str:
    """What a unit cannot keep at any load, however many of it stand by."""
    names = dict.fromkeys(rates.works[place].workload for place in np.flatnonzero(rates.rate[unit]).tolist())
    promises = []
    for name in names:
        workload = instance.workloads[name]
        if workload.sla.availability is not None:
            promises.append(f"{name}'s availability of {workload.sla.availability:g}")
        if waits_count(workload):
            promises.append(f"{name}'s time to first token")
    return f"cannot keep the promise at any load, with {MOST_SHORT:,} spares for each: {', '.join(promises)}"


def _why_hopeless(instance: Instance, rates: Rates, unit: int, place: int) -> str | None:
    work = rates.works[place]
    ttft = instance.workloads[work.workload].sla.ttft_ms
    assert ttft is not None
    slots = server_slots(instance, rates, unit, place)
    reading = reading_of(instance, rates, unit, place)
    alone_s = mean_work(instance, work) / slots.speed
    scv = prefill_scv(instance, work, rates.details[unit].get(work.name))
    for quantile, limit_ms in ttft.limits().items():
        left_s = limit_ms * SECONDS_PER_MS - slots.delay_s
        late = (
            float(share_too_long(left_s / alone_s, scv))
            if reading is None
            else reading.too_long(left_s + slots.fixed_s)
        )
        if late >= 1.0 - share_to_keep(rates, work, quantile):
            return (
                f"cannot keep {work.workload}'s time to first token of {limit_ms:g} ms for {quantile:.1%}: "
                f"{late:.2%} of its prompts alone take longer"
            )
    return None
