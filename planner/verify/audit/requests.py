"""What a request asks of units, in the audit's own arithmetic: mean work, how much it varies, the slots of units.

    computed prompt tokens = input tokens (1 - cached tokens of all periods / prompt tokens of all periods)
    slots of a decode unit = rate * time per token,      of one that reads a prompt at once: its rate's own

A distribution of lengths is the table that the rates were computed for (`planner.rates.request_lengths`): what the
input says, read once, and no promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from planner.core.errors import Fault, InstanceError
from planner.core.units import SECONDS_PER_MS
from planner.instance import Phase
from planner.instance.queueing import Queueing
from planner.rates.request_lengths import request_lengths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kernels import RequestLengths
    from planner.instance import Instance
    from planner.instance.lengths import Lengths
    from planner.rates import Rates
    from planner.rates.rates import RateDetail, Work

    Floats = NDArray[np.float64]

NEARLY_ALL = 1.0 - 1e-9
"""Of a prompt may be cached at most: something is always computed."""
AS_EXPONENTIAL = 1.0
"""Squared variation of what nobody describes."""
MOST_SLOTS = 10**9


@dataclass(frozen=True)
class RequestFacts:
    """An instance and its rates, asked for single requests; `asked` is every series of demand by workload."""

    instance: Instance
    rates: Rates
    asked: dict[str, dict[str, Floats]]

    def queueing(self, work: int) -> Queueing:
        """How requests of a work come and vary; what goes without saying where nothing is said."""
        return self.instance.workloads[self.rates.works[work].workload].queueing or Queueing()

    def detail(self, unit: int, work: int) -> RateDetail:
        """How the rate of a unit for a work came about."""
        return self.rates.details[unit][self.rates.works[work].name]

    def rate(self, unit: int, work: int) -> float:
        """Work a second that one unit does of one work alone."""
        return float(self.rates.rate[unit, work])

    @cached_property
    def cached_share(self) -> dict[str, float]:
        """Share of the prompt tokens of each workload that caches hold."""
        found = {}
        for name, series in self.asked.items():
            prompts = float(np.sum(series["input_tokens_per_s"]))
            found[name] = float(np.sum(series["cached_tokens_per_s"])) / prompts if prompts else 0.0
        return found

    def classes(self, workload: str) -> RequestLengths | None:
        """Classes of requests by length; None where their means alone are known."""
        return request_lengths(self.instance, workload)

    def lengths(self, workload: str) -> Lengths:
        """Mean lengths of a request. Raises InstanceError where the workload gives none."""
        given = self.instance.workloads[workload].lengths
        if given is None:
            where = f"workloads.{workload}.lengths"
            raise InstanceError([Fault("waits need the mean lengths of a request", path=where)])
        return given

    def work_of_one(self, kind: Work) -> float:
        """Mean computed prompt tokens or generated tokens of a request; 1 of whole requests."""
        if kind.phase is Phase.REQUEST:
            return 1.0
        given = self.lengths(kind.workload)
        if kind.phase is Phase.DECODE:
            return given.output_tokens
        return given.input_tokens * (1.0 - min(self.cached_share[kind.workload], NEARLY_ALL))

    def seconds_of_one(self, unit: int, work: int) -> float:
        """Of a unit's time that one request of a work takes."""
        return self.work_of_one(self.rates.works[work]) / self.rate(unit, work)

    def reading_scv(self, unit: int, work: int) -> float:
        """Squared variation of the time to read a prompt: stated, rated, of the lengths, or unknown."""
        kind = self.rates.works[work]
        rated = self.rates.details[unit].get(kind.name)
        return self._prompts_scv(kind, None if rated is None else rated.prefill_scv)

    def _prompts_scv(self, kind: Work, rated: float | None = None) -> float:
        if kind.phase is not Phase.PREFILL:
            return 0.0
        given = self.instance.workloads[kind.workload].queueing
        if given is not None and given.prefill_scv is not None:
            return given.prefill_scv
        classes = self.classes(kind.workload)
        if rated is not None or classes is None:
            return AS_EXPONENTIAL if rated is None else rated
        return _scv(classes.share, classes.computed)

    def answers_scv(self, workload: str) -> float:
        """Squared variation of the tokens of an answer: stated, of the lengths, or unknown."""
        given, classes = self.instance.workloads[workload].queueing, self.classes(workload)
        if given is not None and given.decode_scv is not None:
            return given.decode_scv
        return AS_EXPONENTIAL if classes is None else _scv(classes.share, classes.output)

    def context_scv(self, workload: str) -> float:
        """Squared variation of the context of a request that is being written."""
        classes, given = self.classes(workload), self.instance.workloads[workload].lengths
        if classes is not None:
            context = classes.cached + classes.computed + classes.output / 2.0
            return _scv(classes.share * classes.output, context)
        if given is None:
            return AS_EXPONENTIAL
        before, half = given.input_tokens, given.output_tokens / 2.0
        return AS_EXPONENTIAL * (before**2 + half**2) / (before + half) ** 2

    def prompts(self, kind: Work, points: int) -> tuple[Floats, Floats, Floats]:
        """Share, computed tokens and mean reach of prompts [class]: by their lengths, or log-normal in equal parts."""
        given = self.instance.workloads[kind.workload].queueing
        classes = self.classes(kind.workload)
        if classes is not None and (given is None or given.prefill_scv is None):
            return classes.share, classes.computed, classes.cached + classes.computed / 2.0
        tokens = log_normal(self.work_of_one(kind), self._prompts_scv(kind), points)
        cached = min(self.cached_share[kind.workload], NEARLY_ALL)
        return np.full(points, 1.0 / points), tokens, tokens * (cached / (1.0 - cached) + 0.5)

    def reads_at_once(self, unit: int, work: int) -> tuple[int, float, float]:
        """Prompts (or requests) that a unit works on at once; seconds that each waits for its pass; for its cache."""
        detail = self.detail(unit, work)
        waits = (detail.prefill_ms or 0.0) * SECONDS_PER_MS - self.seconds_of_one(unit, work)
        return detail.prompts_at_once, max(waits, 0.0), (detail.kv_transfer_ms or 0.0) * SECONDS_PER_MS

    def writes_at_once(self, unit: int, work: int) -> int:
        """Answers that a unit writes at once. Raises InstanceError where nobody says the time per token."""
        name = self.rates.works[work].workload
        token_ms = self.detail(unit, work).tpot_ms or self.instance.workloads[name].sla.tpot_ms
        if token_ms is None:
            where = f"workloads.{name}.sla.tpot_ms"
            raise InstanceError([Fault("waits need the time per output token", path=where)])
        return max(1, min(round(self.rate(unit, work) * token_ms * SECONDS_PER_MS), MOST_SLOTS))


def log_normal(mean: float, scv: float, points: int) -> Floats:
    """Middles, by share, of so many equal parts of a log-normal law [point]."""
    spread = np.sqrt(np.log(1.0 + scv))
    middles = ndtri((0.5 + np.arange(points)) / points)
    return np.asarray(mean * np.exp(spread * middles - spread**2 / 2.0))


def _scv(weight: Floats, value: Floats) -> float:
    mean = float(np.average(value, weights=weight))
    return float(np.average((value - mean) ** 2, weights=weight)) / mean**2
