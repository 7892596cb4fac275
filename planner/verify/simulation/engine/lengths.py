"""Gaps and lengths of requests, drawn as a workload says they vary: the one place that the engine takes them from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kernels.queueing import draw_gaps
from planner.instance.demand_series import cache_hit_share
from planner.instance.queueing import Queueing
from planner.rates.request_lengths import request_lengths
from planner.rates.server_slots import LEAST_COMPUTED
from planner.rates.variability import UNKNOWN_SCV
from planner.verify.simulation.arrivals import from_trace, synthetic

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.verify.simulation.arrivals import Shape

    Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


class Drawn(NamedTuple):
    """Arrivals in operational time; computed and cached prompt tokens over the mean of the computed ones; and tokens

    to write over their mean, each [request].
    """

    times: Array
    computed: Array
    cached: Array
    output: Array


def draw(
    instance: Instance, workload: str, shape: Shape | None, rng: np.random.Generator, count: int
) -> Drawn:
    """`count` requests: in the shape of a trace, of the workload's distribution of lengths, or log-normal.

    What of a prompt is cached its class says, else it is the same share of each.
    """
    given = instance.workloads[workload].queueing or Queueing()
    cached = _cached_over_computed(instance, workload)
    if shape is not None:
        times, computed, output = from_trace(shape, rng, count)
        return Drawn(times, computed, computed * cached, output)
    lengths = request_lengths(instance, workload)
    if lengths is not None:
        mine = rng.choice(len(lengths.share), count, p=lengths.share)
        times = np.cumsum(draw_gaps(rng, given.arrival_law, given.arrival_scv, count))
        mean = lengths.mean_computed
        return Drawn(
            times,
            lengths.computed[mine] / mean,
            lengths.cached[mine] / mean,
            lengths.output[mine] / lengths.mean_output,
        )
    prefill = UNKNOWN_SCV if given.prefill_scv is None else given.prefill_scv
    decode = UNKNOWN_SCV if given.decode_scv is None else given.decode_scv
    times, computed, output = synthetic(rng, count, given.arrival_scv, prefill, decode, given.arrival_law)
    return Drawn(times, computed, computed * cached, output)


def _cached_over_computed(instance: Instance, workload: str) -> float:
    """Cached prompt tokens for each computed one."""
    if instance.workloads[workload].lengths is None:
        return 0.0
    share = cache_hit_share(instance, workload)
    return share / max(1.0 - share, LEAST_COMPUTED)
