"""Time per token that all but the slowest answers keep on units that only write, in the audit's own arithmetic.

With K requests on each of R ranks of M units a step takes, of the busiest rank, in seconds

    step = fixed + G K + d K^1/2,     K = u step,   u = busy rate / (R tokens of a step)

so that K^1/2 solves a quadratic equation. G of a request more, a for its context, d = o e (c K)^1/2 / K^1/2 by how many
requests ranks hold that read alike (o: of a request, its context left out); e is the mean largest of R normals. Steps
vary by contexts of variation c, by the largest of R contexts, and by how many requests there are:

    a^2 (c K / R + (0.6 + 1.6 / R) variance of the largest) + G^2 n,     n = p K / (R M) / (1 - G K / step)

and where three times n^1/2 more leave few of the places of a rank free, requests cannot be dealt evenly any more. What
the formulas mean, the plan says (`planner.rates.step_spread`). Here the largest is found by summing what lies above it,
contexts of which means alone are known are nodes of Laguerre's polynomials, and the normal law is the error function.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import erfc, erfcinv

from planner.core.units import SECONDS_PER_MS
from planner.instance import Role
from planner.instance.workload import KEEP_TPOT
from planner.verify.audit.reading import AS_ONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.verify.audit.requests import RequestFacts

    Floats = NDArray[np.float64]

STEPS = 4096
LAGUERRE = 24
CROWDED = 3.0
ASKED = 0.9
BY_CONTEXT = "attention"
KNOWN = 50_000


@dataclass(frozen=True)
class Writing:
    """Steps of a unit as above, and of the busiest rank: its `place` and `lead` over the mean one, in requests.

    `reads_s` is the variance that contexts give a step for each request of a rank, `largest_s` what the largest does.
    """

    ranks: float
    most: float
    tokens_per_s: float
    tokens_of_step: float
    fixed_s: float
    request_s: float
    root_s: float
    context_s: float
    reads_s: float
    largest_s: float
    lead: float
    differ: float
    normal: float
    limit_s: float

    def late(self, busy: float, units: float, peaked: float) -> float:
        """Share of answers that are too slow at a utilisation of a pool."""
        use = busy * self.tokens_per_s / (self.ranks * self.tokens_of_step)
        square, linear = 1.0 - use * self.request_s, use * self.root_s
        running = self.most
        if square > 0.0:
            root = (linear + math.sqrt(linear**2 + 4.0 * square * use * self.fixed_s)) / (2.0 * square)
            running = min(root**2, self.most)
        step = self.fixed_s + self.request_s * running + self.root_s * math.sqrt(running)
        alone = max(1.0 - self.request_s * running / step, 1e-12)
        number = peaked * running / (self.ranks * units) / alone
        crowd = min(running + CROWDED * math.sqrt(number), self.most)
        uneven = max(self.differ * math.sqrt(crowd) - (math.ceil(self.most) - crowd), 0.0)
        over = step + self.context_s * max(self.normal * uneven - self.lead, 0.0) - self.limit_s
        variance = self.reads_s * running + self.largest_s + self.request_s**2 * number
        return float(erfc(-over / math.sqrt(2.0 * max(variance, 1e-12 * step**2))) / 2.0)


def highest_written(
    requests: RequestFacts, unit: int, work: int, other: int, line: NDArray[np.int64], arrivals: Floats
) -> Floats:
    """Highest utilisation at which answers of `work` keep their time per token where all are those of `other`.

    By pools of `line` units that share what comes, with so much variation.
    """
    limit_ms = requests.instance.workloads[requests.rates.works[work].workload].sla.tpot_ms
    detail, only = requests.detail(unit, other), requests.rates.units[unit].role is Role.DECODE
    if limit_ms is None or not only or not detail.growth_ms:
        return np.ones(len(line))
    answers = requests.answers_scv(requests.rates.works[other].workload)
    writing = _writing(requests, unit, other, limit_ms * SECONDS_PER_MS)
    peaked = (np.asarray(arrivals) + answers) / (1.0 + answers)
    return np.array(
        [
            _most_steps(writing, units, peak)
            for units, peak in zip(line.tolist(), peaked.tolist(), strict=True)
        ]
    )


@lru_cache(maxsize=KNOWN)
def _most_steps(writing: Writing, units: float, peaked: float) -> float:
    may = 1.0 - KEEP_TPOT
    if writing.late(1.0, units, peaked) <= may:
        return 1.0
    keeps, breaks = 0, STEPS
    while breaks - keeps > 1:
        step = (keeps + breaks) // 2
        keeps, breaks = (step, breaks) if writing.late(step / STEPS, units, peaked) <= may else (keeps, step)
    return keeps / STEPS


def _writing(requests: RequestFacts, unit: int, work: int, limit_s: float) -> Writing:
    detail, rates = requests.detail(unit, work), requests.rates
    replica = detail.replica_gpus or 1
    ranks, most = rates.units[unit].gpus / replica, (detail.batch_per_gpu or 0.0) * replica
    size, weight = _contexts(requests, rates.works[work].workload)
    scv = float(weight @ size**2) - 1.0
    rule = _rule(requests, unit) if ranks > 1.0 else "even"
    normal, normal_spread = _normals(ranks)
    lead, largest = _largest(size, weight, ranks)
    kept = _kept(rule, ranks, normal) * math.sqrt((1.0 + scv) * most)
    whole_s, step_s = sum(detail.growth_ms.values()) * SECONDS_PER_MS / replica, sum(detail.split_ms.values())
    attention_s = detail.growth_ms[BY_CONTEXT] * SECONDS_PER_MS / replica
    asked = max(ASKED, min(1.0 / most, 1.0))
    of_requests = attention_s / (1.0 + kept / most / (1.0 + math.sqrt(asked)))
    request_s = whole_s - attention_s + of_requests
    longest = lead if rule == "dealt" else 0.0
    context_s = detail.context_ms * SECONDS_PER_MS / (most + longest + kept)
    alone_s = (
        sum(ms for part, ms in detail.growth_ms.items() if part not in AS_ONE) * SECONDS_PER_MS / replica
    )
    alone_s = max(alone_s - attention_s + of_requests - context_s, 0.0)
    spread = {"even": 0.0, "dealt": math.sqrt(scv), "bound": 1.0}[rule]
    read = math.sqrt(1.0 + scv) if rule == "bound" else 0.0
    life = (0.6 + 1.6 / ranks) * context_s**2
    scattered = normal_spread * (1.0 + scv) if rule == "bound" else 0.0
    return Writing(
        ranks=ranks,
        most=most,
        tokens_per_s=requests.rate(unit, work),
        tokens_of_step=step_s / (detail.tpot_ms or 1.0),
        fixed_s=max(step_s * SECONDS_PER_MS - request_s * most - context_s * kept, 0.0),
        request_s=request_s,
        root_s=normal * (alone_s * spread + context_s * read),
        context_s=context_s,
        reads_s=context_s**2 * scv / ranks + life * scattered,
        largest_s=life * largest if rule == "dealt" else 0.0,
        lead=lead,
        differ=spread if rule == "dealt" else 0.0,
        normal=normal,
        limit_s=limit_s * step_s / (detail.tpot_ms or 1.0),
    )


def _kept(rule: str, ranks: float, normal: float) -> float:
    """Standard deviations of a rank's requests that its rate keeps in reserve for the slowest."""
    slowest = float(erfcinv(2.0 * (1.0 - KEEP_TPOT))) * math.sqrt(2.0 / ranks)
    return {"even": 0.0, "dealt": slowest, "bound": slowest + normal}[rule]


def _rule(requests: RequestFacts, unit: int) -> str:
    """How requests come to the ranks of a unit: as the workload that it serves says that balances least."""
    served = np.flatnonzero(requests.rates.rate[unit]).tolist()
    given = [requests.instance.workloads[requests.rates.works[one].workload].queueing for one in served]
    rules = {one.ranks for one in given if one is not None}
    return next((rule for rule in ("bound", "dealt") if rule in rules), "even")


def _contexts(requests: RequestFacts, workload: str) -> tuple[Floats, Floats]:
    """Contexts of what is written over their mean, and the share of each, all 1 together."""
    classes = requests.classes(workload)
    if classes is not None:
        context = classes.cached + classes.computed + classes.output / 2.0
        weight = classes.share * classes.output
    else:
        given = requests.lengths(workload)
        node, chance = np.polynomial.laguerre.laggauss(LAGUERRE)
        answer = given.output_tokens * node
        context = (given.input_tokens * node[:, None] + answer / 2.0).ravel()
        weight = np.outer(chance, chance * answer).ravel()
    weight = weight / weight.sum()
    return context / float(weight @ context), weight


def _largest(size: Floats, weight: Floats, count: float) -> tuple[float, float]:
    """How far the largest of so many lies above 1 on average, and its variance, by what lies above each size."""
    order = np.argsort(size)
    ascending, below = size[order], np.minimum(np.cumsum(weight[order])[:-1], 1.0) ** count
    mean, square = (float(power[0] + np.diff(power) @ (1.0 - below)) for power in (ascending, ascending**2))
    return mean - 1.0, square - mean**2


@cache
def _normals(count: float) -> tuple[float, float]:
    """Mean and variance of the largest of so many standard normals, by the chance that it lies beyond a value."""
    at, weight = np.polynomial.legendre.leggauss(200)
    at, weight = 5.0 * (at + 1.0), 5.0 * weight
    beyond = 1.0 - (1.0 - erfc(at / math.sqrt(2.0)) / 2.0) ** count
    below = (erfc(at / math.sqrt(2.0)) / 2.0) ** count
    mean = float(weight @ (beyond - below))
    return mean, float(2.0 * (weight * at) @ (beyond + below)) - mean**2
