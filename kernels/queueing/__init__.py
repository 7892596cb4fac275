"""Queueing: what a latency promise, the number of customers and failures cost in capacity."""

from kernels.queueing.arrival_laws import LAWS, draw_gaps
from kernels.queueing.availability import (
    LinearSpares,
    availability,
    linear_spares,
    node_unavailability,
    spares,
    unit_unavailability,
)
from kernels.queueing.caps import utilisation_cap
from kernels.queueing.erlang import erlang_b, erlang_c
from kernels.queueing.failures import FailureFacts, failure_facts
from kernels.queueing.passes import PromptReading, pass_cap
from kernels.queueing.pooling import Pooling, pooled_peak
from kernels.queueing.staffing import peakedness, servers_needed, slot_cap
from kernels.queueing.standing import UnitLosses, carries, standing_share
from kernels.queueing.ttft import share_too_long, ttft_cap
from kernels.queueing.waiting import mean_wait, wait_probability, wait_quantile

__all__ = [
    "LAWS",
    "FailureFacts",
    "LinearSpares",
    "Pooling",
    "PromptReading",
    "UnitLosses",
    "availability",
    "carries",
    "draw_gaps",
    "erlang_b",
    "erlang_c",
    "failure_facts",
    "linear_spares",
    "mean_wait",
    "node_unavailability",
    "pass_cap",
    "peakedness",
    "pooled_peak",
    "servers_needed",
    "share_too_long",
    "slot_cap",
    "spares",
    "standing_share",
    "ttft_cap",
    "unit_unavailability",
    "utilisation_cap",
    "wait_probability",
    "wait_quantile",
]
