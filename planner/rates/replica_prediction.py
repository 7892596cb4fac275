"""What the kernel predicts of one co-located replica: the requests that it serves at given lengths.

A co-located replica shares its time between prefill and decode. A request of I computed prompt tokens and O output
tokens takes I / P + O / D of it, P and D the rates of the replica that does nothing else, so it serves

    r = 1 / (I / P + O / D)        requests per second, of which prefill takes the share r I / P of the time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

import kernels
from kernels.effects import TYPICAL
from kernels.recipe import resolve


@dataclass(frozen=True)
class Replica:
    """What is run: names of the catalog, GPUs, the precision recipe, GPUs of an attention replica if known.

    `engine` is one that the kernel was fitted on; empty: the typical one.
    """

    accelerator: str
    model: str
    gpus: int
    recipe: str = "auto"
    tensor_parallel: int | None = None
    engine: str = ""


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
        accelerator = kernels.accelerator(replica.accelerator)
        recipe = resolve(replica.recipe, accelerator, replica.model).name
        points = kernels.operating_points(
            kernels.architecture(replica.model),
            kernels.Options(
                accelerator=(accelerator,),
                role=("colocated",),
                gpus=np.array([replica.gpus]),
                tensor_parallel=None
                if replica.tensor_parallel is None
                else np.array([replica.tensor_parallel]),
                recipe=(recipe,),
                engine=(replica.engine,),
            ),
            kernels.Conditions(
                input_tokens,
                output_tokens,
                cache_hit_share=cached_share,
                draft_tokens=0.0,
                tpot_s=math.inf if tpot_ms is None else tpot_ms * 1e-3,
            ),
        )
    except kernels.KernelError as error:
        return ReplicaPrediction(math.nan, math.nan, 1.0, 1.0, str(error))
    if points.reason[0]:
        return ReplicaPrediction(math.nan, math.nan, 1.0, 1.0, str(points.reason[0]))
    prefill_s = input_tokens * (1.0 - cached_share) / float(points.prefill_tokens_per_s[0])
    rate = 1.0 / (prefill_s + output_tokens / float(points.decode_tokens_per_s[0]))
    low, high = float(points.band_low[0]), float(points.band_high[0])
    runs_as = f"{recipe}, {replica.engine or TYPICAL}"
    return ReplicaPrediction(rate, rate * prefill_s, low, high, runs_as=runs_as)
