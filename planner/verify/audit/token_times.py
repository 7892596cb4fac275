"""Time per token that all but the slowest answers keep on units that read and write, by integrating a density.

An answer of m tokens is late when the prompts that come while it is written take more than m (limit - t). Of M units
each works on x requests a second, R of them at a time; a prompt takes a seconds, with squared variation c:

    x = busy / (N / rate of writing + P / rate of reading)                 N, P: mean tokens of an answer, a prompt
    R = x (N t + a (R - h)),     h = (1 - 1 / M) / 2 where the router looks at work, else 0
    P(late | m) = P(S > m (limit - t)),     S of mean m a (R - h) / N and variance v a times as much, a gamma law
    v = (1 + c) max(1, 1 + (scv - 1) / M) / (1 - x a C)^2,     C: Erlang's, that M units all read; 1 without a look

The figure that plans and the audit both must find is on a grid, so that it is the same however it is computed: the
highest of 4,096 steps of utilisation, for pools of 1 to 8 and round(8 1.25^k) units, on straight lines between them;
answers known by their mean and variation are 48 of equal share. Here the law's density is integrated over the
logarithm by Gauss's rule, and Erlang's formula is the sum of its terms; the plan asks for the incomplete gamma function
and carries a recursion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

from planner.core.units import SECONDS_PER_MS
from planner.instance import Phase, Role
from planner.instance.workload import KEEP_TPOT
from planner.verify.audit.requests import log_normal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.verify.audit.requests import RequestFacts

    Floats = NDArray[np.float64]

CLASSES = 48
STEPS = 4096
SMALL, RUNG, LARGEST = 8, 1.25, 32
NODES = 64
"""Of Gauss's rule, on either side of where a density is highest."""
LEFT_OUT_EXPONENT = 40.0  # exp(-40) of a chance is left out at either end
LARGEST_POWER = 500.0
EVEN = 1e-9
KNOWN = 50_000


@dataclass(frozen=True)
class Meeting:
    """What answers of some lengths meet on units: seconds of a step and of a prompt, and of a mean request in all."""

    step_s: float
    prompt_s: float
    prompt_second_moment: float
    request_s: float
    answer_tokens: float
    arrival_scv: float
    looks: bool
    limit_s: float
    tokens: tuple[float, ...]
    share: tuple[float, ...]

    def late(self, busy: float, units: int) -> float:
        """Share of answers that are too slow at a utilisation of a pool."""
        if self.limit_s <= self.step_s:
            return 1.0
        per_s = busy / self.request_s
        reading = per_s * self.prompt_s
        met_less = (units - 1) / (2.0 * units) if self.looks else 0.0
        written = per_s * (self.answer_tokens * self.step_s - self.prompt_s * met_less) / (1.0 - reading)
        met = max(max(written, 0.0) - met_less, 0.0) / self.answer_tokens
        all_read = erlang_wait(units, units * reading) if self.looks else 1.0
        uneven = max(1.0, (units - 1 + self.arrival_scv) / units)
        spread = self.prompt_second_moment * uneven / (1.0 - reading * all_read) ** 2
        tokens = np.array(self.tokens)
        due = tokens * (self.limit_s - self.step_s) / (self.prompt_s * spread)
        return float(gamma_tail(tokens * met / spread, due) @ np.array(self.share))


def highest_busy(
    requests: RequestFacts, unit: int, work: int, other: int, units: NDArray[np.int64]
) -> Floats:
    """Highest utilisation at which answers of `work` keep their time per token beside prompts of `other`, by pool."""
    limit_ms = requests.instance.workloads[requests.rates.works[work].workload].sla.tpot_ms
    reads, by_gpu = _prompts_of(requests, unit, other), requests.detail(unit, other).batch_per_gpu
    if limit_ms is None or reads is None or by_gpu is None or not math.isfinite(by_gpu):
        return np.ones(len(units))
    held = by_gpu * requests.rates.units[unit].gpus
    theirs = requests.queueing(other)
    prompt_s = requests.seconds_of_one(unit, reads)
    tokens, share = _answers(requests, requests.rates.works[work].workload)
    meeting = Meeting(
        step_s=held / requests.rate(unit, other),
        prompt_s=prompt_s,
        prompt_second_moment=1.0 + requests.reading_scv(unit, reads),
        request_s=requests.seconds_of_one(unit, other) + prompt_s,
        answer_tokens=requests.work_of_one(requests.rates.works[other]),
        arrival_scv=theirs.arrival_scv,
        looks=theirs.router == "least_work",
        limit_s=limit_ms * SECONDS_PER_MS,
        tokens=tokens,
        share=share,
    )
    return np.array([_between_rungs(meeting, size) for size in units.tolist()])


def _between_rungs(meeting: Meeting, units: int) -> float:
    rungs = _rungs()
    above = next((place for place, rung in enumerate(rungs) if rung >= units), len(rungs) - 1)
    if rungs[above] <= units or above == 0:
        return _on_rung(meeting, rungs[above])
    low, high = rungs[above - 1], rungs[above]
    part = (units - low) / (high - low)
    return (1.0 - part) * _on_rung(meeting, low) + part * _on_rung(meeting, high)


@cache
def _rungs() -> tuple[int, ...]:
    beyond = (round(SMALL * RUNG**power) for power in range(1, LARGEST + 1))
    return (*range(1, SMALL + 1), *beyond)


@lru_cache(maxsize=KNOWN)
def _on_rung(meeting: Meeting, units: int) -> float:
    """The most steps of utilisation that keep the promise."""
    keeps, breaks = 0, STEPS
    while breaks - keeps > 1:
        step = (keeps + breaks) // 2
        late = meeting.late(step / STEPS, units)
        keeps, breaks = (step, breaks) if late <= 1.0 - KEEP_TPOT else (keeps, step)
    return keeps / STEPS


def erlang_wait(servers: int, load: float) -> float:
    """Erlang's chance to wait, by the sum of the terms load^k / k! over the last of them."""
    if load >= servers:
        return 1.0
    if load <= 0.0:
        return 0.0
    number = np.arange(servers)
    powers = (number - servers) * math.log(load) - gammaln(number + 1.0) + gammaln(servers + 1.0)
    terms = np.exp(np.minimum(powers, LARGEST_POWER))  # a chance of less than 1e-200 is as good as none
    return float(1.0 / (1.0 + (1.0 - load / servers) * terms.sum()))


def gamma_tail(shape: Floats, above: Floats) -> Floats:
    """Chance that a gamma variable of scale 1 lies above a value, by integrating its density over its logarithm.

    Chances of 1e-17 are left out. A shape of nothing never lies above anything.
    """
    some = shape > 0.0
    law, above = np.where(some, shape, 1.0), np.asarray(above, dtype=np.float64)
    peak, from_ = np.log(law), np.log(np.maximum(above, np.finfo(float).tiny))
    reach = np.sqrt(2.0 * LEFT_OUT_EXPONENT * law)
    last = np.log(law + reach + LEFT_OUT_EXPONENT)
    near_nothing = law <= 2.0 * reach
    first = np.where(
        near_nothing, peak - LEFT_OUT_EXPONENT / law - 1.0, np.log(np.where(near_nothing, law, law - reach))
    )
    start = np.clip(from_, first, last)
    right = _integral(law, np.maximum(start, peak), last)
    left = _integral(law, np.minimum(start, peak), peak)
    return np.where(some, np.clip(left + right, 0.0, 1.0), 0.0)


def _integral(law: Floats, low: Floats, high: Floats) -> Floats:
    """Of the density of the logarithm, from low to high, [law]."""
    at, weight = _gauss()
    half = (high - low)[:, None] / 2.0
    point = low[:, None] + half * (1.0 + at)
    density = np.exp(law[:, None] * point - np.exp(point) - gammaln(law)[:, None])
    return np.asarray((density * half) @ weight)


@cache
def _gauss() -> tuple[Floats, Floats]:
    at, weight = np.polynomial.legendre.leggauss(NODES)
    return at, weight


def _prompts_of(requests: RequestFacts, unit: int, work: int) -> int | None:
    """The reading of a workload's prompts, where units do it beside writing its answers."""
    rates = requests.rates
    if rates.units[unit].role is not Role.COLOCATED:
        return None
    mine = rates.works[work].workload
    places = (
        place
        for place, kind in enumerate(rates.works)
        if (kind.workload, kind.phase) == (mine, Phase.PREFILL) and rates.rate[unit, place] > 0.0
    )
    return next(places, None)


def _answers(requests: RequestFacts, workload: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Tokens of answers and the share of each; of many lengths those next to each other count as the shortest."""
    classes, given = requests.classes(workload), requests.instance.workloads[workload].queueing
    if classes is None or (given is not None and given.decode_scv is not None):
        mean, scv = requests.lengths(workload).output_tokens, requests.answers_scv(workload)
        tokens = np.maximum(log_normal(mean, scv, CLASSES), 1.0)
        return tuple(tokens.tolist()), (1.0 / CLASSES,) * CLASSES
    by_length: dict[float, float] = {}
    for length, part in zip(classes.output.tolist(), classes.share.tolist(), strict=True):
        by_length[max(length, 1.0)] = by_length.get(max(length, 1.0), 0.0) + part
    if len(by_length) <= CLASSES:
        ordered = sorted(by_length)
        return tuple(ordered), tuple(by_length[length] for length in ordered)
    grouped: dict[int, tuple[float, float]] = {}
    before, whole = 0.0, sum(by_length.values())
    for length in sorted(by_length):
        group = min(int(before / whole * CLASSES + EVEN), CLASSES - 1)
        shortest, so_far = grouped.get(group, (length, 0.0))
        grouped[group] = shortest, so_far + by_length[length]
        before += by_length[length]
    return tuple(length for length, _ in grouped.values()), tuple(part for _, part in grouped.values())
