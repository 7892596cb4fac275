"""Time per token of units that read and write: what the slowest requests keep, not the mean one.

A request of n tokens takes n decode steps of t seconds and, while it is written, the prompts that come to its unit,
which lengthen the steps they are read in by a each, with squared variation c. On each of M units that take x requests a
second with answers of N tokens, R are written at a time:

    R = x N T,    T = t + a (R - h) / N,    h = (1 - 1 / M) / 2                 T: mean time per token
    P(late) = sum_m p_m P(Gamma(m (R - h) / (N v)) > m (limit - t) / (a v)),    v = (1 + c) I / (1 - x a C)^2

a compound Poisson sum of mean m (R - h) / N prompts by the gamma law of its two moments. A router that looks at work
sends a prompt to where one fewer is written as often as to where none is, so that one meets half a request less than
there are; other routers do not (h = 0). Prompts come as unevenly as arrivals, I the index of dispersion of those that
one of M units gets; and where the router finds none that reads nothing (C, Erlang's formula for the pool; x a where it
does not look) they follow each other on one unit, each as long a time for the next to come (A. G. Hawkes, Biometrika
58, 1971: 1 / (1 - branching)^2). Short answers decide: one prompt is much to few tokens. Stepped one by one, pools of 8
to 93 units planned so kept 99.4 to 99.5 % (answers of 23 tokens, arrivals of squared variation 10), and at 1.2 to 1.3
times the load 98.6 to 99.0 %.

A cap is the highest of 2^12 steps of utilisation, for pools of 1 to 8 and of round(8 1.25^k) units, on straight lines
between them. Answers known by mean and variation are 48 of equal share, the middles of a log-normal law; more than 48
lengths in ascending order are 48 groups, each as its shortest. The audit finds the same by arithmetic of its own
(`planner.verify.audit.token_times`): what changes here changes there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincc, ndtri

from kernels.queueing import erlang_c
from kernels.queueing.known import Known
from planner.core.units import SECONDS_PER_MS
from planner.instance import Phase, Role
from planner.instance.queueing import Queueing
from planner.instance.workload import KEEP_TPOT
from planner.rates.request_lengths import request_lengths
from planner.rates.server_slots import mean_work
from planner.rates.variability import decode_scv, prefill_scv

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.rates.rates import Rates

    Array = NDArray[np.float64]

POINTS = 48
"""Of answers that are known by their mean and variation."""
HALVINGS = 12
RUNGS = np.unique(np.concatenate([np.arange(1.0, 9.0), np.round(8.0 * 1.25 ** np.arange(1.0, 33.0))]))
"""Pools whose caps are worked out; between them caps lie on the straight line, beyond them nothing changes."""
LEAST = 1e-12
EVEN = 1e-9
_known = Known()


def token_time_cap(
    instance: Instance, rates: Rates, unit: int, work: int, other: int, units: NDArray[np.int64]
) -> Array:
    """Highest utilisation, by pools of `units` units, at which all but the slowest keep their time per token.

    The prompts that come meanwhile are those of the decode work `other`. 1 where the unit reads nothing, its rates were
    measured, or no time per token is promised.
    """
    limit_ms = instance.workloads[rates.works[work].workload].sla.tpot_ms
    reads = _prompts_of(rates, unit, other)
    if limit_ms is None or reads is None:
        return np.ones(len(units))
    meets = _meets(instance, rates, [(unit, reads)], other)
    tokens, share = _answers(instance, rates.works[work].workload)
    name = f"{meets.name}:{limit_ms}:{np.concatenate([tokens, share]).tobytes().hex()}"

    def at(keys: Array) -> Array:
        return _highest(
            lambda busy: meets.late(busy, keys[:, 0], limit_ms * SECONDS_PER_MS, tokens, share), len(keys)
        )

    first = np.searchsorted(RUNGS, np.minimum(units, RUNGS[-1]), side="right") - 1
    rungs = np.unique(np.concatenate([first, np.minimum(first + 1, len(RUNGS) - 1)]))
    return np.asarray(np.interp(units, RUNGS[rungs], _known.rows(name, RUNGS[rungs][:, None], at)))


def largest_pools(instance: Instance, rates: Rates, units: list[int], work: int) -> Array:
    """The same cap of pools beyond any size, of several units at once: no pool of theirs is busier, [unit]."""
    found = np.ones(len(units))
    limit_ms = instance.workloads[rates.works[work].workload].sla.tpot_ms
    reads = [(place, unit, _prompts_of(rates, unit, work)) for place, unit in enumerate(units)]
    some = [(place, unit, prompts) for place, unit, prompts in reads if prompts is not None]
    if limit_ms is None or not some:
        return found
    meets = _meets(instance, rates, [(unit, prompts) for _, unit, prompts in some], work)
    answers = _answers(instance, rates.works[work].workload)
    endless = np.full(len(some), np.inf)
    found[[place for place, _, _ in some]] = _highest(
        lambda busy: meets.late(busy, endless, limit_ms * SECONDS_PER_MS, *answers), len(some)
    )
    return found


@dataclass(frozen=True)
class _Meets:
    """What a request meets on units that take as many as they can at utilisation 1, by unit [n], or [1] for all."""

    step_s: Array
    prompt_s: Array
    prompt_varies: Array
    most: Array
    answer_tokens: float
    arrival_scv: float
    looks: bool

    @property
    def name(self) -> str:
        """What tells it from others."""
        by_unit = np.concatenate([self.step_s, self.prompt_s, self.prompt_varies, self.most])
        return f"{by_unit.tobytes().hex()}:{self.answer_tokens!r}:{self.arrival_scv!r}:{self.looks}"

    def late(self, busy: Array, units: Array, limit_s: float, tokens: Array, share: Array) -> Array:
        """Share of answers whose time per token passes the limit, by utilisation and units of a pool [n]."""
        per_s = busy / (self.answer_tokens * self.step_s / self.most + self.prompt_s)
        reading = np.minimum(per_s * self.prompt_s, 1.0 - LEAST)
        fewer = (1.0 - 1.0 / units) / 2.0 if self.looks else np.zeros(len(units))
        follow = reading * self._none_free(units, reading)
        uneven = np.maximum(1.0, 1.0 + (self.arrival_scv - 1.0) / units)
        spread = (self.prompt_varies * uneven / (1.0 - np.minimum(follow, 1.0 - LEAST)) ** 2)[:, None]
        own_s = np.maximum(self.step_s - fewer * self.prompt_s / self.answer_tokens, 0.0)
        met = np.maximum(per_s * own_s / (1.0 - reading) - fewer / self.answer_tokens, 0.0)
        left = tokens * (np.maximum(limit_s - self.step_s, 0.0) / self.prompt_s)[:, None] / spread
        late = gammaincc(np.maximum(met[:, None] * tokens / spread, LEAST), left) @ share
        return np.asarray(np.where(limit_s > self.step_s, late, 1.0))

    def _none_free(self, units: Array, reading: Array) -> Array:
        """Chance that a prompt comes to a unit that reads one: where the router looks, only if all of a pool do."""
        if not self.looks:
            return np.ones(len(units))
        return np.zeros(len(units)) if np.isinf(units).all() else erlang_c(units, units * reading)


def _meets(instance: Instance, rates: Rates, units: list[tuple[int, int]], other: int) -> _Meets:
    """What requests of a decode work meet on some units, each with the work of the prompts that it reads."""
    queueing = instance.workloads[rates.works[other].workload].queueing or Queueing()
    index, reads = np.array(units, dtype=np.int64).T
    details = [rates.details[unit] for unit in index.tolist()]
    gpus = np.array([rates.units[unit].gpus for unit in index.tolist()])
    most = gpus * np.array([one[rates.works[other].name].batch_per_gpu for one in details], dtype=np.float64)
    prompts = [rates.works[place] for place in reads.tolist()]
    varies = [
        prefill_scv(instance, one, detail.get(one.name)) for one, detail in zip(prompts, details, strict=True)
    ]
    return _Meets(
        step_s=most / rates.rate[index, other],
        prompt_s=np.array([mean_work(instance, one) for one in prompts]) / rates.rate[index, reads],
        prompt_varies=1.0 + np.array(varies),
        most=most,
        answer_tokens=mean_work(instance, rates.works[other]),
        arrival_scv=queueing.arrival_scv,
        looks=queueing.router == "least_work",
    )


def _highest(late: Callable[[Array], Array], count: int) -> Array:
    """Highest utilisations at which a share that rises with them stays within what may be late."""
    low, high = np.zeros(count), np.ones(count)
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        kept = late(middle) <= 1.0 - KEEP_TPOT
        low, high = np.where(kept, middle, low), np.where(kept, high, middle)
    return low


def _prompts_of(rates: Rates, unit: int, work: int) -> int | None:
    """The prefill of the workload of a decode work, where a unit rated by the kernel does both."""
    detail = rates.details[unit].get(rates.works[work].name)
    held = None if detail is None else detail.batch_per_gpu
    if rates.units[unit].role is not Role.COLOCATED or held is None or not np.isfinite(held):
        return None
    for place, kind in enumerate(rates.works):
        same = kind.workload == rates.works[work].workload and kind.phase is Phase.PREFILL
        if same and rates.rate[unit, place] > 0.0:
            return place
    return None


def _answers(instance: Instance, workload: str) -> tuple[Array, Array]:
    """Tokens of an answer and the share of each, at least one: by the lengths, or log-normal."""
    lengths = request_lengths(instance, workload)
    queueing = instance.workloads[workload].queueing
    if lengths is not None and (queueing is None or queueing.decode_scv is None):
        tokens, which = np.unique(np.maximum(lengths.output, 1.0), return_inverse=True)
        return _few(tokens, np.asarray(np.bincount(which, weights=lengths.share), dtype=np.float64))
    given = instance.workloads[workload].lengths
    assert given is not None
    sigma = np.sqrt(np.log1p(decode_scv(instance, workload)))
    points = ndtri((np.arange(POINTS) + 0.5) / POINTS)
    tokens = given.output_tokens * np.exp(sigma * (points - sigma / 2.0))
    return np.maximum(tokens, 1.0), np.full(POINTS, 1.0 / POINTS)


def _few(tokens: Array, share: Array) -> tuple[Array, Array]:
    """Classes of answers in ascending order, neighbours together as the shortest of them, so that there are few."""
    if len(tokens) <= POINTS:
        return tokens, share
    before = (np.cumsum(share) - share) / share.sum()
    group = np.minimum(before * POINTS + EVEN, POINTS - 1).astype(np.int64)
    _, first, which = np.unique(group, return_index=True, return_inverse=True)
    return tokens[first], np.asarray(np.bincount(which, weights=share), dtype=np.float64)
