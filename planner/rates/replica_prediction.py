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


@dataclass(frozen=True)
class Replica:
    """What is run: names of the catalog, GPUs, the precision recipe, GPUs of an attention replica if known."""

    accelerator: str
    model: str
    gpus: int
    recipe: str = "auto"
    tensor_parallel: int | None = None


@dataclass(frozen=True)
class ReplicaPrediction:
    """Requests/s of a replica and the share of its time that prefill takes; NaN where it cannot, for a `reason`.

    `band_low` and `band_high` multiply the rate to the ends of the kernel's error band.
    """

    requests_per_s: float
    prefill_share: float
    band_low: float
    band_high: float
    reason: str = ""


def predict_replica(
    replica: Replica, input_tokens: float, output_tokens: float, tpot_ms: float | None, cached_share: float
) -> ReplicaPrediction:
    """The kernel's answer at a mean time per output token (None: at the largest batch), without drafts."""
    try:
        points = kernels.operating_points(
            kernels.architecture(replica.model),
            kernels.Options(
                accelerator=(kernels.accelerator(replica.accelerator),),
                role=("colocated",),
                gpus=np.array([replica.gpus]),
                tensor_parallel=None
                if replica.tensor_parallel is None
                else np.array([replica.tensor_parallel]),
                recipe=(replica.recipe,),
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
    return ReplicaPrediction(rate, rate * prefill_s, float(points.band_low[0]), float(points.band_high[0]))
