"""Routed experts: reading the weights of the experts that were hit, and the grouped GEMM over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.terms.roof import Roof

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.setting import Setting

ALIKE = 1e6  # shape of a popularity that hardly varies


def grouped_product(architecture: Architecture, setting: Setting, tokens: Floats) -> Roof:
    """One layer's routed experts on the busiest GPU, `tokens` per GPU entering the layer.

    FLOPs = 2 tokens top-k weights, times max/mean load; bytes = expert slots on the GPU that at least
    one token of the unit reaches. Experts are not alike popular: with popularity drawn from a gamma
    distribution of shape s, arrivals of a slot are negative binomial (Greenwood and Yule, JRSS 83, 1920)
    and it stays cold with probability (1 + arrivals per slot / s)^-s, so small batches read few experts;
    where hot experts have replicas all slots are asked for alike.
    Rows are computed in whole tiles: every slot that is reached pays `padded_tokens` more.
    """
    top, weights = architecture.experts_per_token, float(architecture.expert_parameters)
    replicated = setting.expert_slots * setting.gpus > architecture.routed_experts
    shape = np.where(replicated, ALIKE, setting.popularity_shape)
    cold = np.expm1(-shape * np.log1p(tokens * (top / setting.expert_slots / shape)))  # less one
    hit = -setting.expert_slots * cold  # slots that are read
    row_s = 2.0 * weights / (setting.expert_flop_per_s * setting.expert_mfu)
    bandwidth = setting.hbm_bytes_per_s * setting.hbm_share * setting.expert_hbm_share
    compute = tokens * (top * setting.imbalance * row_s) + hit * (setting.padded_tokens * row_s)
    return Roof(compute, hit * (weights * setting.expert_weight_bytes / bandwidth))
