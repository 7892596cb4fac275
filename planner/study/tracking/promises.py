"""Promises of latency against what requests took: the share that kept each, as far as the buckets of monitoring tell.

A bucket says that requests took no longer than its bound. Of a limit between two bounds the share that kept it lies
between those of both: no course within a bucket is assumed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.instance.workload import KEEP_TPOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from planner.instance import Instance, Workload
    from planner.loader.usage.latencies import LatencySeries
    from planner.study.tracking.grid import PlanGrid


@dataclass(frozen=True)
class TrackedPromise:
    """A promise that `needed` of all requests take no longer than `limit_ms`, and the share that did: between `least`
    and `most`, of `requests` in the periods compared."""

    workload: str
    promise: str
    limit_ms: float
    needed: float
    least: float
    most: float
    requests: float

    @property
    def verdict(self) -> str:
        """Whether it was kept: yes, no, or what the bounds of the buckets leave open."""
        if self.least >= self.needed:
            return "kept"
        return "broken" if self.most < self.needed else "not told: no bucket ends near the limit"


def tracked_promises(
    instance: Instance,
    grid: PlanGrid,
    covered: NDArray[np.bool_],
    counts: Mapping[str, Sequence[LatencySeries]],
) -> tuple[TrackedPromise, ...]:
    """Every promise of the workloads whose latencies are told, in the periods `covered`, shape [period]."""
    found = []
    for workload, mine in counts.items():
        for promise, limit_ms, needed in _promised(instance.workloads[workload]):
            replicas: dict[str, dict[float, float]] = {}
            for one in mine:
                if one.promise == promise:
                    within = float(one.requests[_within(one.seconds, grid, covered)].sum())
                    bounds = replicas.setdefault(one.of, {})
                    bounds[one.bound_ms] = bounds.get(one.bound_ms, 0.0) + within
            ends = [_ends(bounds, limit_ms) for bounds in replicas.values()]
            least, most, every = (sum(end) for end in zip(*ends, strict=True)) if ends else (0.0, 0.0, 0.0)
            if every > 0:
                share = min(1.0, least / every), min(1.0, most / every)
                found.append(TrackedPromise(workload, promise, limit_ms, needed, *share, every))
    return tuple(found)


def _ends(bounds: Mapping[float, float], limit_ms: float) -> tuple[float, float, float]:
    """Requests of a replica that kept a limit at least and at most, and all of them, by those up to each bound."""
    below = max((bound for bound in bounds if bound <= limit_ms), default=None)
    above = min(bound for bound in bounds if bound >= limit_ms)
    return 0.0 if below is None else bounds[below], bounds[above], bounds[math.inf]


def _promised(workload: Workload) -> Iterator[tuple[str, float, float]]:
    """Promise, limit in ms, and the share of requests that keep it."""
    if workload.sla.ttft_ms is not None:
        for quantile, limit_ms in workload.sla.ttft_ms.limits().items():
            yield "ttft_ms", limit_ms, quantile
    if workload.sla.tpot_ms is not None:
        yield "tpot_ms", workload.sla.tpot_ms, KEEP_TPOT


def _within(seconds: NDArray[np.float64], grid: PlanGrid, covered: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the time before each sample lies in a period that is compared, shape [sample - 1]."""
    place = np.ceil((seconds - grid.begin_s) / grid.period_s).astype(np.int64) - 1
    there = (place >= 0) & (place < grid.periods)
    return np.asarray(there & covered[np.clip(place, 0, grid.periods - 1)])
