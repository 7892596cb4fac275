"""What the kernel predicts of one co-located replica: the requests that it serves at given lengths.

A co-located replica shares its time between prefill and decode. A request of I computed prompt tokens and O output
tokens takes I / P + O / D of it, P and D the rates of the replica that does nothing else, so it serves

    r = 1 / (I / P + O / D)        requests per second, of which prefill takes the share r I / P of the time.

What it serves at a number of requests at once, as a benchmark keeps them, is `kernels.calibration.prediction`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import kernels
from kernels.best_points import blocked
from kernels.calibration.measurement import Measurement
from kernels.calibration.prediction import rates, setting_of, subject_of
from kernels.effects import TYPICAL
from kernels.efficiency import fitted
from kernels.options import AUTOMATIC, attention_gpus
from kernels.recipe import resolve
from planner.core.units import SECONDS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Replica:
    """What is run: names of the catalog, GPUs, the precision recipe, GPUs of an attention replica if known.

    `engine` is one that the kernel was fitted on, with or without its month; empty: the typical one.
    """

    accelerator: str
    model: str
    gpus: int
    recipe: str = "auto"
    tensor_parallel: int | None = None
    engine: str = ""

    def options(self) -> kernels.Options:
        """The one option that it is. Raises KernelError where a name is unknown."""
        accelerator = kernels.accelerator(self.accelerator)
        return kernels.Options(
            accelerator=(accelerator,),
            role=("colocated",),
            gpus=np.array([self.gpus]),
            tensor_parallel=np.array([self.tensor_parallel or AUTOMATIC]),
            recipe=(resolve(self.recipe, accelerator, self.model).name,),
            engine=(self.engine,),
        )


@dataclass(frozen=True)
class Load:
    """Requests per second of given lengths with so many of them at once, as one run of a benchmark measures them."""

    requests_per_s: float
    concurrency: float
    input_tokens: float
    output_tokens: float
    cached_share: float = 0.0
    name: str = ""


@dataclass(frozen=True)
class ReplicaPrediction:
    """Requests/s of a replica and the share of its time that prefill takes; NaN where it cannot, for a `reason`.

    `band_low` and `band_high` multiply the rate to the ends of the kernel's error band; `runs_as` names precision and
    engine that it was predicted for.
    """

    requests_per_s: float
    prefill_share: float
    band_low: float
    band_high: float
    reason: str = ""
    runs_as: str = ""


def predict_replica(
    replica: Replica, input_tokens: float, output_tokens: float, tpot_ms: float | None, cached_share: float
) -> ReplicaPrediction:
    """The kernel's answer at a mean time per output token (None: at the largest batch), without drafts."""
    try:
        options = replica.options()
        points = kernels.operating_points(
            kernels.architecture(replica.model),
            options,
            kernels.Conditions(
                input_tokens,
                output_tokens,
                cache_hit_share=cached_share,
                draft_tokens=0.0,
                tpot_s=math.inf if tpot_ms is None else tpot_ms * SECONDS_PER_MS,
            ),
        )
    except kernels.KernelError as error:
        return _nothing(str(error))
    if points.reason[0]:
        return _nothing(str(points.reason[0]))
    prefill_s = input_tokens * (1.0 - cached_share) / float(points.prefill_tokens_per_s[0])
    rate = 1.0 / (prefill_s + output_tokens / float(points.decode_tokens_per_s[0]))
    low, high = float(points.band_low[0]), float(points.band_high[0])
    return ReplicaPrediction(rate, rate * prefill_s, low, high, runs_as=_runs_as(options, replica))


def predict_at_load(replica: Replica, load: Load) -> ReplicaPrediction:
    """The kernel's answer with as many requests at once as a benchmark kept, without drafts.

    The share that prefill takes is left open (NaN).
    """
    try:
        (point,) = measurements(replica, [load])
        setting, options = setting_of([point], fitted()), replica.options()
        reason = str(blocked(point.architecture, options, setting)[0])
        found = float(rates([point], setting)[0, 0]) * point.gpus / load.output_tokens
        fit = fitted().fit(subject_of(point))
    except kernels.KernelError as error:
        return _nothing(str(error))
    if reason:
        return _nothing(reason)
    return ReplicaPrediction(found, math.nan, fit.band_low, fit.band_high, runs_as=_runs_as(options, replica))


def measurements(replica: Replica, loads: Sequence[Load]) -> list[Measurement]:
    """Loads as the kernel's calibration takes them. Raises KernelError where a name is unknown."""
    options, architecture = replica.options(), kernels.architecture(replica.model)
    return [
        Measurement(
            name=load.name,
            source=load.name,
            submission="own",
            tier="own",
            phase="colocated",
            engine=replica.engine,
            rate_per_gpu=load.requests_per_s * load.output_tokens / replica.gpus,
            size=load.concurrency / replica.gpus,
            architecture=architecture,
            accelerator=options.accelerator[0],
            gpus=replica.gpus,
            tensor_parallel=int(attention_gpus(architecture, options)[0]),
            redundant_experts=AUTOMATIC,
            recipe=options.recipe[0],
            overlap="auto",
            conditions=kernels.Conditions(
                load.input_tokens, load.output_tokens, cache_hit_share=load.cached_share, draft_tokens=0.0
            ),
        )
        for load in loads
    ]


def _nothing(reason: str) -> ReplicaPrediction:
    return ReplicaPrediction(math.nan, math.nan, 1.0, 1.0, reason)


def _runs_as(options: kernels.Options, replica: Replica) -> str:
    return f"{options.recipe[0]}, {replica.engine or TYPICAL}"
