"""Work of prompts at their own lengths: a long prompt takes longer than its tokens say, a short one less.

    work[r] = computed[r] x sum over units of (their part of the work) x slowness at the context of r

where `planner.verify.own_lengths` asks the kernel for each length by itself. Units whose rates are given count by
tokens. How much is cached in all, the demand says, the trace only of which prompts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kernels import RequestLengths
from planner.instance import Phase
from planner.instance.demand_series import cache_hit_share
from planner.rates.server_slots import LEAST_COMPUTED, mean_work
from planner.verify.own_lengths import own_rates, rated_by_kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.verify.simulation.arrivals import Shape
    from planner.verify.simulation.schedule import ReplaySchedule

    Array = NDArray[np.float64]


def with_own_times(schedule: ReplaySchedule, workload: str, shape: Shape) -> Shape:
    """The shape of a trace whose prompts, laid on the workload's mean, take what they take at their own lengths."""
    column = prefill_column(schedule, workload)
    given = schedule.instance.workloads[workload].lengths
    if column is None or given is None:
        return shape
    mean = mean_work(schedule.instance, schedule.rates.works[column])
    computed = shape.prefill * mean
    hit = min(cache_hit_share(schedule.instance, workload), 1.0 - LEAST_COMPUTED)
    like = shape.prefill if shape.cached is None or not shape.cached.any() else shape.cached
    cached = like / like.mean() * mean * hit / (1.0 - hit)
    share = np.full(len(computed), 1.0 / len(computed))
    lengths = RequestLengths(share, computed, cached, shape.decode * given.output_tokens)
    return replace(shape, prefill=shape.prefill * slowness(schedule, column, lengths))


def prefill_column(schedule: ReplaySchedule, workload: str) -> int | None:
    """Where the prefill of a workload stands among the works."""
    return next(
        (
            place
            for place, work in enumerate(schedule.rates.works)
            if work.workload == workload and work.phase is Phase.PREFILL
        ),
        None,
    )


def slowness(schedule: ReplaySchedule, column: int, lengths: RequestLengths) -> Array:
    """What a computed token of each class takes over what the planned rates give it, on the units that serve it."""
    part = schedule.busy[:, column].sum(axis=-1)
    work = schedule.rates.works[column]
    units = [unit for unit in np.flatnonzero(part).tolist() if rated_by_kernel(schedule.rates, unit, work)]
    if not units:
        return np.ones_like(lengths.share)
    own = own_rates(schedule.instance, schedule.rates, units, column, lengths).at(lengths.reached[0])
    rest = part.sum() - part[units].sum()
    return np.asarray((part[units] @ own + rest) / part.sum())
