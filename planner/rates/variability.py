"""How much the work of requests varies, as squared coefficients of variation: what waits depend on.

What `queueing` states counts; where it is silent, what the distribution of lengths gives; where that is silent too, 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.instance.deployment import Phase
from planner.rates.request_lengths import request_lengths

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.rates.rates import RateDetail, Work

UNKNOWN_SCV = 1.0
"""Of work of which nothing is said: as of exponential lengths."""


def prefill_scv(instance: Instance, work: Work, detail: RateDetail | None = None) -> float:
    """Variation of the time to read a prompt of a work; 0 for whole requests.

    By `detail`, where the kernel rated a unit over the lengths; otherwise that of the computed tokens.
    """
    if work.phase is not Phase.PREFILL:
        return 0.0
    queueing = instance.workloads[work.workload].queueing
    if queueing is not None and queueing.prefill_scv is not None:
        return queueing.prefill_scv
    if detail is not None and detail.prefill_scv is not None:
        return detail.prefill_scv
    lengths = request_lengths(instance, work.workload)
    return UNKNOWN_SCV if lengths is None else lengths.scv(lengths.computed)


def decode_scv(instance: Instance, workload: str) -> float:
    """Variation of the generated tokens of a workload's requests."""
    queueing = instance.workloads[workload].queueing
    if queueing is not None and queueing.decode_scv is not None:
        return queueing.decode_scv
    lengths = request_lengths(instance, workload)
    return UNKNOWN_SCV if lengths is None else lengths.scv(lengths.output)
