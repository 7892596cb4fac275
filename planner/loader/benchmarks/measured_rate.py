"""A sweep of a replica -> its measured rate for a workload, as a deployment of an instance states it.

The rate of requests within the limits is taken as it was measured. At other lengths it is

    rate = measured x predicted(lengths wanted) / predicted(lengths measured),

both by the kernel at the time per output token of the measured load, with the kernel's error band. A workload whose
demand is in tokens has two rates of one unit, which shares its time: prompt and output tokens of the requests, each
over the part of the time that the kernel gives them. Together they serve as many requests as were measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernels.recipe import AUTO
from planner.core.errors import Fault, InstanceError
from planner.instance import Role
from planner.loader.benchmarks.limits import answering
from planner.loader.benchmarks.point import BenchmarkPoint
from planner.loader.benchmarks.served import fitted_engine
from planner.rates.replica_prediction import Load, Replica, predict_at_load, predict_replica

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.loader.benchmarks.facts import BenchmarkFacts
    from planner.loader.benchmarks.limits import LatencyLimit
    from planner.loader.benchmarks.sweep import BestPoint
    from planner.rates.replica_prediction import ReplicaPrediction

DIGITS = 6
"""Of rates, significant ones."""
AS_MEASURED = 0.01
"""Lengths, and shares of cached tokens, that differ by no more from those measured are not scaled to."""


@dataclass(frozen=True)
class Wanted:
    """What a workload asks for: its name, how its demand is stated, its lengths; None: those measured.

    `cached_share` is the part of its prompts found in the cache, `measured_cached_share` that of the benchmark's.
    """

    workload: str
    role: Role = Role.REQUEST
    input_tokens: float | None = None
    output_tokens: float | None = None
    cached_share: float = 0.0
    measured_cached_share: float = 0.0


@dataclass(frozen=True)
class MeasuredRate:
    """What a replica serves of a workload; `ratio` scales what was measured, `band_*` is that of the ratio.

    `predicted` is the kernel's answer with as many requests at once and at the lengths that were measured.
    """

    facts: BenchmarkFacts
    best: BestPoint
    limits: tuple[LatencyLimit, ...]
    wanted: Wanted
    requests_per_s: float
    ratio: float
    band_low: float
    band_high: float
    predicted: ReplicaPrediction
    prefill_share: float
    warnings: tuple[str, ...]

    @property
    def lengths(self) -> tuple[float, float]:
        """Prompt and output tokens of the requests that the rate counts."""
        return (
            self.wanted.input_tokens or self.best.input_tokens,
            self.wanted.output_tokens or self.best.output_tokens,
        )

    def deployment(self) -> dict[str, Any]:
        """The deployment, as an instance states it."""
        facts = self.facts
        entry: dict[str, Any] = {
            "role": str(self.wanted.role),
            "hardware": facts.accelerator,
            "ep": facts.gpus,
        }
        if self.wanted.role is Role.REQUEST:
            entry["rate_requests_per_s"] = {self.wanted.workload: _rounded(self.requests_per_s)}
        else:
            prompt, output = self.lengths
            computed = prompt * (1.0 - self.wanted.cached_share)
            entry["rate_tokens_per_s"] = {
                self.wanted.workload: {
                    "prefill": _rounded(self.requests_per_s * computed / self.prefill_share),
                    "decode": _rounded(self.requests_per_s * output / (1.0 - self.prefill_share)),
                }
            }
        if self.ratio != 1.0:
            entry["rate_band"] = {
                "low": _rounded(min(1.0, self.band_low)),
                "high": _rounded(max(1.0, self.band_high)),
            }
        return entry | {"source": self.source}

    @property
    def source(self) -> str:
        """Where the rate is from, in one sentence."""
        best = self.best
        runs = ", ".join(dict.fromkeys(Path(point.file).name for point in best.between))
        precision = f" in {self.facts.recipe}" if self.facts.recipe != AUTO else ""
        scaled = f", x {self.ratio:.4g} by the kernel for other lengths" if self.ratio != 1.0 else ""
        return (
            f"{self.facts.engine}, {self.facts.model}{precision} on {self.facts.gpus} {self.facts.accelerator}: "
            f"{best.between[0].format}, {runs}; {best.requests_per_s:.4g} requests/s of {best.input_tokens:,.0f} + "
            f"{best.output_tokens:,.0f} tokens at concurrency {best.concurrency:.4g}{scaled}"
        )


def measured_rate(
    facts: BenchmarkFacts, best: BestPoint, limits: Sequence[LatencyLimit], wanted: Wanted
) -> MeasuredRate:
    """The rate for a workload. Raises InstanceError where the kernel is needed and has no answer."""
    replica = Replica(
        facts.accelerator,
        facts.model,
        facts.gpus,
        facts.recipe,
        facts.tensor_parallel,
        fitted_engine(facts.engine),
    )
    each = best.tpot_ms.get("mean", best.tpot_ms.get("p50"))
    here = predict_replica(replica, best.input_tokens, best.output_tokens, each, wanted.measured_cached_share)
    there, ratio, low, high = here, 1.0, 1.0, 1.0
    if _differ(best, wanted):
        there = predict_replica(
            replica,
            wanted.input_tokens or best.input_tokens,
            wanted.output_tokens or best.output_tokens,
            each,
            wanted.cached_share,
        )
        ratio = there.requests_per_s / here.requests_per_s
        low, high = there.band_low, there.band_high
    _refuse_what_the_kernel_lacks(best, wanted, ratio * there.prefill_share, here.reason or there.reason)
    remarks = dict.fromkeys(remark for point in best.between for remark in point.remarks)
    at_load = predict_at_load(replica, load_of(best, wanted.measured_cached_share))
    return MeasuredRate(
        facts,
        best,
        tuple(limits),
        wanted,
        best.requests_per_s * ratio,
        ratio,
        low,
        high,
        at_load,
        there.prefill_share,
        (*_looser(best, limits), *_warnings(best, at_load), *remarks),
    )


def _refuse_what_the_kernel_lacks(best: BestPoint, wanted: Wanted, needed: float, why: str) -> None:
    """Raise InstanceError where the kernel's answer is `needed` for a rate and is not finite."""
    scaled = _differ(best, wanted)
    if (scaled or wanted.role is Role.COLOCATED) and not math.isfinite(needed):
        what = "scale to other lengths" if scaled else "part the time between prefill and decode"
        raise InstanceError(
            [Fault(f"the kernel is needed to {what}, and cannot: {why}", f"workloads.{wanted.workload}")]
        )


def load_of(point: BestPoint | BenchmarkPoint, cached_share: float) -> Load:
    """A load that was measured, or lies between two that were, as the kernel takes it."""
    place = point.place if isinstance(point, BenchmarkPoint) else ""
    lengths = point.input_tokens, point.output_tokens
    return Load(point.requests_per_s, point.concurrency, *lengths, cached_share, place)


def _differ(best: BestPoint, wanted: Wanted) -> bool:
    """Whether lengths or cached shares wanted are others than those measured."""
    pairs = ((best.input_tokens, wanted.input_tokens), (best.output_tokens, wanted.output_tokens))
    lengths = any(
        asked is not None and abs(asked / measured - 1.0) > AS_MEASURED for measured, asked in pairs
    )
    return lengths or abs(wanted.cached_share - wanted.measured_cached_share) > AS_MEASURED


def _looser(best: BestPoint, limits: Sequence[LatencyLimit]) -> list[str]:
    """What stands in for a limit and is looser than it."""
    return [
        f"{limit}: the files give the mean alone, which is taken for it and is looser: measure with percentiles"
        for limit in limits
        if limit.statistic != "mean" and answering(limit, best.between) == "mean"
    ]


def _warnings(best: BestPoint, predicted: ReplicaPrediction) -> list[str]:
    """What measurement and kernel disagree on by more than the kernel's band."""
    if predicted.reason:
        return [f"not compared with the kernel: {predicted.reason}"]
    if any(point.drafted for point in best.between):
        return ["not compared with the kernel: drafts were verified, which it is asked without"]
    if not math.isfinite(predicted.requests_per_s):
        return ["not compared with the kernel: no load is known"]
    factor = best.requests_per_s / predicted.requests_per_s
    if predicted.band_low <= factor <= predicted.band_high:
        return []
    return [
        f"measured is {factor:.2f} of what the kernel predicts at this load "
        f"({predicted.requests_per_s:.4g} requests/s as {predicted.runs_as}), outside of its band of "
        f"{predicted.band_low:.2f} to {predicted.band_high:.2f}: look at GPUs, precision (--recipe) and engine, or "
        "distrust the kernel here"
    ]


def _rounded(rate: float) -> float:
    return float(f"{rate:.{DIGITS}g}")
