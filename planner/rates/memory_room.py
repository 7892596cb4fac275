"""Where memory bounds a batch: requests come whole, differ in length, and keep their place while they are read.

Memory of N requests of mean context is not full with N of them: what is left when the next one no longer fits is half
of a length-biased request (the residual life of renewal theory: W. Feller, An Introduction to Probability Theory II,
1971, XI.4), and a unit that reads what it writes holds the place of a request for the time r of reading it as well:

    packed = (N - (1 + scv) / 2) / N,        written = o s / (o s + r - p)

with o s the time of all its steps, and p what its prompt takes of the unit's time. Decode units may be busy the product
of both and of what waits leave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.units import SECONDS_PER_MS
from planner.instance import Phase, Role
from planner.rates.request_lengths import request_lengths
from planner.rates.server_slots import mean_work
from planner.rates.variability import UNKNOWN_SCV

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.rates.rates import RateDetail, Rates


def packed_share(instance: Instance, rates: Rates, unit: int, work: int) -> float:
    """Share of the places that memory has for a decode work which requests fill; 1 where something else is the limit.

    0 where a single request of mean context leaves no room for what requests differ by.
    """
    kind = rates.works[work]
    detail = rates.details[unit][kind.name]
    if kind.phase is not Phase.DECODE or not detail.memory_bound:
        return 1.0
    if detail.batch_per_gpu is None or not np.isfinite(detail.batch_per_gpu):
        return 1.0
    held = detail.batch_per_gpu * (detail.replica_gpus or 1)
    packed = max(0.0, 1.0 - (1.0 + context_scv(instance, kind.workload)) / (2.0 * held))
    return packed * _written(instance, rates, unit, work, detail, held)


def context_scv(instance: Instance, workload: str) -> float:
    """Squared coefficient of variation of the context of a running request."""
    lengths = request_lengths(instance, workload)
    if lengths is not None:
        contexts, share = lengths.contexts
        return float(share @ (contexts - share @ contexts) ** 2) / float(share @ contexts) ** 2
    given = instance.workloads[workload].lengths
    if given is None:
        return UNKNOWN_SCV
    prompt, half = given.input_tokens, given.output_tokens / 2.0
    return UNKNOWN_SCV * (prompt**2 + half**2) / (prompt + half) ** 2


def _written(
    instance: Instance, rates: Rates, unit: int, work: int, detail: RateDetail, held: float
) -> float:
    """Share of the time that a request keeps its place in which it is written."""
    reads = next(
        (
            place
            for place, other in enumerate(rates.works)
            if other.workload == rates.works[work].workload and other.phase is Phase.PREFILL
        ),
        None,
    )
    if rates.units[unit].role is not Role.COLOCATED or reads is None or detail.prefill_ms is None:
        return 1.0
    replicas = rates.units[unit].gpus / (detail.replica_gpus or 1)
    steps_s = mean_work(instance, rates.works[work]) * held * replicas / rates.rate[unit, work]
    prompt_s = mean_work(instance, rates.works[reads]) * replicas / rates.rate[unit, reads]
    return float(steps_s / (steps_s + max(0.0, detail.prefill_ms * SECONDS_PER_MS - prompt_s)))
