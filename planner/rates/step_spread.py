"""Time per token of units that only write: steps wait for the busiest rank, and vary with who is written.

Of M units each writes K requests on each of R ranks, at B of which a step takes S (`planner.rates.rates`); of that s
requests are in reserve for the slowest, and each request more takes G, of it a for its context and o for what ranks do
alone. Requests go to the rank with the least to read, so that ranks read alike but for the largest, and differ in how
many they hold. Contexts have squared variation c, and x_R is the largest of R of them over their mean:

    step     = S - G (B - K) - a s + o z_R sqrt(c K),            K = busy rate step / (R tokens of a step)
    variance = a^2 (c K / R + (0.6 + 1.6 / R) Var x_R) + G^2 n,    n = p K / (R M) / (1 - G K / step)
    P(late)  = P(normal > (limit - step) / sqrt(variance)),      s = z (1 + c)^1/2 (B / R)^1/2

z being the 99 % quantile of a normal, z_R the mean of the largest of R of them; K is J. D. C. Little's law. Longer
steps keep requests for longer, and more requests lengthen steps: requests that come with peakedness p then vary as in
processor sharing, 1 / (1 - G K / step) times as much (K / step as a rate that goes by the state has a negative binomial
law of that variance: F. P. Kelly, Reversibility and Stochastic Networks, 1979, section 3.3). What a request meets of
the largest is a mean over its life: 0.25 to 0.65 of the variance in simulations of 32 and 72 ranks, all of it of 4.

Ranks whose places are all taken cannot be dealt evenly: where K + 3 n^1/2 = k are written, the busiest has
z_R ((c k)^1/2 - (places - k)) more to read, if that is more than x_R - 1. Where requests are bound to ranks whatever
these have, ranks differ by z_R (K + c K)^1/2 in what they read and by z_R K^1/2 in how many they hold; where work is
spread evenly, by nothing.

A cap is the highest of 2^12 steps of utilisation. The audit finds the same by arithmetic of its own
(`planner.verify.audit.step_spread`): what changes here changes there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from kernels.queueing import peakedness
from kernels.queueing.known import Known
from planner.core.units import SECONDS_PER_MS
from planner.instance import Role
from planner.instance.queueing import Queueing
from planner.instance.workload import KEEP_TPOT
from planner.rates.pass_times import ATTENTION, TOGETHER, ranks_rule
from planner.rates.request_lengths import lengths_or_exponential
from planner.rates.routers import queues_of
from planner.rates.step_growth import fewer_share
from planner.rates.variability import decode_scv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.rates.rates import RateDetail, Rates

    Array = NDArray[np.float64]

HALVINGS = 12
SLOWEST = float(ndtri(KEEP_TPOT))
CROWDED = 3.0
"""Standard deviations of how many are written: a unit that is crowded once stays so for long."""
TURNS = 40
LEAST = 1e-12
NODES, FARTHEST = 300, 9.0
"""Of Gauss's rule over normal densities."""
_known = Known()


def step_time_cap(
    instance: Instance, rates: Rates, unit: int, work: int, other: int, units: NDArray[np.int64]
) -> Array:
    """Highest utilisation, by pools of `units` units, at which all but the slowest keep their time per token.

    All requests count as of the decode work `other`. 1 where the unit reads too, its rates do not say how its steps
    grow, or no time per token is promised.
    """
    limit_ms = instance.workloads[rates.works[work].workload].sla.tpot_ms
    detail = rates.details[unit][rates.works[other].name]
    if limit_ms is None or rates.units[unit].role is not Role.DECODE or not detail.growth_ms:
        return np.ones(len(units))
    steps = _steps(instance, rates, unit, other, detail)
    queueing = instance.workloads[rates.works[other].workload].queueing or Queueing()
    alike, scv, _ = queues_of(queueing, units, 1, queueing.arrival_scv_of_decode)
    peaks = peakedness(scv, decode_scv(instance, rates.works[other].workload))
    limit_s = limit_ms * SECONDS_PER_MS

    def at(keys: Array) -> Array:
        low, high = np.zeros(len(keys)), np.ones(len(keys))
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            kept = steps.late(middle, keys[:, 0], keys[:, 1], limit_s) <= 1.0 - KEEP_TPOT
            low, high = np.where(kept, middle, low), np.where(kept, high, middle)
        return np.where(
            steps.late(np.ones(len(keys)), keys[:, 0], keys[:, 1], limit_s) <= 1.0 - KEEP_TPOT, 1.0, low
        )

    return _known.rows(f"{steps!r}:{limit_s!r}", np.stack([alike, peaks], axis=1), at)


@dataclass(frozen=True)
class _Steps:
    """Steps of one unit near its batch: seconds and requests as above; `read`, `held` by the requests of a rank.

    The busiest rank has `held` sqrt(K) requests and `read` sqrt(K) to read more than the mean one; `own` is the
    variance of contexts over R, `largest` + `scattered` K that of the largest, which has `surplus` more than the mean
    one; `differ` sqrt(K) is how ranks of equal contexts differ in requests, `normals` z_R.
    """

    ranks: float
    batch: float
    per_s: float
    step_s: float
    accepted: float
    request_s: float
    cache_s: float
    alone_s: float
    reserve: float
    held: float
    read: float
    own: float
    largest: float
    scattered: float
    surplus: float
    differ: float
    normals: float

    def late(self, busy: Array, units: Array, peaks: Array, limit_s: float) -> Array:
        """Share of requests whose time per token passes the limit, by utilisation and units of a pool [n]."""
        low, high = np.zeros(len(busy)), np.full(len(busy), self.batch)
        for _ in range(TURNS):  # who is written at once grows with the length of steps, slower than it
            running = (low + high) / 2.0
            more = busy * self.per_s * self._step_s(running) / (self.ranks * self.accepted) > running
            low, high = np.where(more, running, low), np.where(more, high, running)
        running = (low + high) / 2.0
        step_s = self._step_s(running)
        shared = np.minimum(self.request_s * running / step_s, 1.0 - LEAST)
        reading = self.cache_s**2 * (self.own * running + self.largest + self.scattered * running)
        count = peaks * running / (self.ranks * units) / (1.0 - shared)
        crowded = np.minimum(running + CROWDED * np.sqrt(count), self.batch)
        spread = np.sqrt(np.maximum(reading + self.request_s**2 * count, LEAST * step_s**2))
        return np.asarray(ndtr((step_s + self._crowding_s(crowded) - limit_s * self.accepted) / spread))

    def _crowding_s(self, running: Array) -> Array:
        """Seconds that the busiest rank reads for longer where too few places are left to deal requests evenly."""
        apart = self.differ * np.sqrt(running) - (np.ceil(self.batch) - running)
        return np.asarray(
            self.cache_s * np.maximum(self.normals * np.maximum(apart, 0.0) - self.surplus, 0.0)
        )

    def _step_s(self, running: Array) -> Array:
        """Mean seconds of a step with so many requests on each rank."""
        apart = (self.alone_s * self.held + self.cache_s * self.read) * np.sqrt(running)
        idle = max(self.step_s - self.request_s * self.batch - self.cache_s * self.reserve, 0.0)
        return np.asarray(idle + self.request_s * running + apart)


def _steps(instance: Instance, rates: Rates, unit: int, work: int, detail: RateDetail) -> _Steps:
    """What steps of a unit take that writes requests of one work alone."""
    contexts, share = lengths_or_exponential(instance, rates.works[work].workload).contexts
    sizes = contexts / (share @ contexts)
    varies = float(share @ (sizes - 1.0) ** 2)
    replica = float(detail.replica_gpus or 1)
    ranks, batch = rates.units[unit].gpus / replica, float(detail.batch_per_gpu or 0.0) * replica
    who = [rates.works[place].workload for place in np.flatnonzero(rates.rate[unit]).tolist()]
    rule = ranks_rule(instance, tuple(who)) if ranks > 1.0 else "even"
    bound, dealt = float(rule == "bound"), float(rule == "dealt")
    mean, variance = largest_normal(ranks)
    reserve = (bound + dealt) * SLOWEST / float(np.sqrt(ranks)) + bound * mean
    reserve *= float(np.sqrt((1.0 + varies) * batch))
    growth = {name: ms / replica * SECONDS_PER_MS for name, ms in detail.growth_ms.items()}
    # a reserve goes by the root of the batch: from fewer requests to all it grows by reserve / (1 + root of fewer)
    growth[ATTENTION] /= 1.0 + reserve / batch / (1.0 + float(fewer_share(batch)) ** 0.5)
    largest, of_largest = _largest(sizes, share, ranks)
    cache_s = detail.context_ms * SECONDS_PER_MS / (batch + dealt * (largest - 1.0) + reserve)
    alone_s = sum(seconds for name, seconds in growth.items() if name not in TOGETHER)
    step_s, life = sum(detail.split_ms.values()) * SECONDS_PER_MS, 0.6 + 1.6 / ranks
    return _Steps(
        ranks=ranks,
        batch=batch,
        per_s=float(rates.rate[unit, work]),
        step_s=step_s,
        accepted=step_s / (float(detail.tpot_ms or 1.0) * SECONDS_PER_MS),
        request_s=sum(growth.values()),
        cache_s=cache_s,
        alone_s=max(alone_s - cache_s, 0.0),
        reserve=reserve,
        held=mean * (bound + dealt * float(np.sqrt(varies))),
        read=mean * bound * float(np.sqrt(1.0 + varies)),
        own=varies / ranks,
        largest=dealt * life * of_largest,
        scattered=bound * life * variance * (1.0 + varies),
        surplus=largest - 1.0,
        differ=dealt * float(np.sqrt(varies)),
        normals=mean,
    )


def _largest(values: Array, share: Array, count: float) -> tuple[float, float]:
    """Mean and variance of the largest of so many draws."""
    order = np.argsort(values, kind="stable")
    chance = np.diff(np.minimum(np.cumsum(share[order]), 1.0) ** count, prepend=0.0)
    mean = float(chance @ values[order])
    return mean, float(chance @ (values[order] - mean) ** 2)


@lru_cache(maxsize=1000)
def largest_normal(count: float) -> tuple[float, float]:
    """Mean and variance of the largest of `count` >= 1 independent standard normals."""
    at, weight = np.polynomial.legendre.leggauss(NODES)
    at, weight = FARTHEST * at, FARTHEST * weight
    density = count * np.exp(-(at**2) / 2.0) / np.sqrt(2.0 * np.pi) * ndtr(at) ** (count - 1.0) * weight
    mean = float(density @ at)
    return mean, float(density @ (at - mean) ** 2)
