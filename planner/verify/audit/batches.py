"""Places for requests in memory, in the audit's own arithmetic: how many of them are filled with what is written.

A request that no longer fits leaves free half of one picked by its length, (1 + scv) / 2 requests of mean context; and
one that is being read has its place without being written:

    filled = (1 - (1 + scv) / (2 N)) o s / (o s + r - p)

of N places, o s the time of all steps of an answer, r the time until its prompt is read, p what that takes of the unit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.core.units import SECONDS_PER_MS
from planner.instance import Phase, Role

if TYPE_CHECKING:
    from planner.verify.audit.requests import RequestFacts


def places_filled(requests: RequestFacts, unit: int, work: int) -> float:
    """Share of a unit's places for a decode work that requests fill; 1 where memory is not what bounds them."""
    detail, kind = requests.detail(unit, work), requests.rates.works[work]
    by_gpu = detail.batch_per_gpu
    bound = kind.phase is Phase.DECODE and detail.memory_bound
    if not bound or by_gpu is None or not math.isfinite(by_gpu):
        return 1.0
    places = by_gpu * (detail.replica_gpus or 1)
    left_free = (1.0 + requests.context_scv(kind.workload)) / 2.0
    return max(0.0, (places - left_free) / places) * _written(requests, unit, work)


def _written(requests: RequestFacts, unit: int, work: int) -> float:
    rates, kind, detail = requests.rates, requests.rates.works[work], requests.detail(unit, work)
    if rates.units[unit].role is not Role.COLOCATED or detail.prefill_ms is None:
        return 1.0
    for place, other in enumerate(rates.works):
        if other.workload == kind.workload and other.phase is Phase.PREFILL:
            all_places = (detail.batch_per_gpu or 0.0) * rates.units[unit].gpus
            steps = requests.seconds_of_one(unit, work) * all_places
            replicas = rates.units[unit].gpus / (detail.replica_gpus or 1)
            prompt = requests.seconds_of_one(unit, place) * replicas
            return steps / (steps + max(detail.prefill_ms * SECONDS_PER_MS - prompt, 0.0))
    return 1.0
