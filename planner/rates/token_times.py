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
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincc, ndtri

from kernels.queueing import erlang_c
from planner.instance import Phase, Role
from planner.instance.queueing import Queueing
from planner.instance.workload import KEEP_TPOT
from planner.rates.request_lengths import request_lengths
from planner.rates.server_slots import MS, mean_work
from planner.rates.variability import decode_scv, prefill_scv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.rates.rates import Rates

    Array = NDArray[np.float64]

POINTS = 128
"""Of answers that are known by their mean and variation."""
HALVINGS = 16
LEAST = 1e-12


def token_time_cap(
    instance: Instance, rates: Rates, unit: int, work: int, other: int, units: NDArray[np.int64]
) -> Array:
    """Highest utilisation, by pools of `units` units, at which all but the slowest keep their time per token.

    The prompts that come meanwhile are those of the decode work `other`. 1 where the unit reads nothing, its rates were
    measured, or no time per token is promised.
    """
    limit_ms = instance.workloads[rates.works[work].workload].sla.tpot_ms
    reads = _prompts_of(rates, unit, other)
    detail = rates.details[unit][rates.works[other].name]
    held = detail.batch_per_gpu
    if limit_ms is None or reads is None or held is None or not np.isfinite(held):
        return np.ones(len(units))
    most = held * rates.units[unit].gpus
    step_s = most / float(rates.rate[unit, other])
    prompt_s = mean_work(instance, rates.works[reads]) / float(rates.rate[unit, reads])
    answer = mean_work(instance, rates.works[other])
    busiest = 1.0 / (answer * step_s / most + prompt_s)  # requests/s
    queueing = instance.workloads[rates.works[other].workload].queueing or Queueing()
    looks = queueing.router == "least_work"
    fewer = (1.0 - 1.0 / units) / 2.0 if looks else np.zeros(len(units))
    varies = 1.0 + prefill_scv(instance, rates.works[reads], rates.details[unit].get(rates.works[reads].name))
    uneven = np.maximum(1.0, 1.0 + (queueing.arrival_scv - 1.0) / units)
    tokens, share = _answers(instance, rates.works[work].workload)
    left_s = limit_ms * MS - step_s

    def late(busy: Array) -> Array:
        reading = np.minimum(busy * busiest * prompt_s, 1.0 - LEAST)
        follow = reading * (erlang_c(units, units * reading) if looks else 1.0)
        spread = (varies * uneven / (1.0 - np.minimum(follow, 1.0 - LEAST)) ** 2)[:, None]
        token_s = np.maximum(step_s - fewer * prompt_s / answer, 0.0) / (1.0 - reading)
        met = np.maximum(busy * busiest * token_s - fewer / answer, 0.0)
        come = met[:, None] * tokens
        return np.asarray(
            gammaincc(np.maximum(come / spread, LEAST), tokens * left_s / (prompt_s * spread)) @ share
        )

    if left_s <= 0.0:
        return np.zeros(len(units))
    low, high = np.zeros(len(units)), np.ones(len(units))
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        kept = late(middle) <= 1.0 - KEEP_TPOT
        low, high = np.where(kept, middle, low), np.where(kept, high, middle)
    return low


def _prompts_of(rates: Rates, unit: int, work: int) -> int | None:
    """The prefill of the workload of a decode work, where a unit rated by the kernel does both."""
    if rates.units[unit].role is not Role.COLOCATED:
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
        return np.maximum(lengths.output, 1.0), lengths.share
    given = instance.workloads[workload].lengths
    assert given is not None
    sigma = np.sqrt(np.log1p(decode_scv(instance, workload)))
    points = ndtri((np.arange(POINTS) + 0.5) / POINTS)
    tokens = given.output_tokens * np.exp(sigma * (points - sigma / 2.0))
    return np.maximum(tokens, 1.0), np.full(POINTS, 1.0 / POINTS)
