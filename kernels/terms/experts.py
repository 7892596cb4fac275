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
    routed = tokens * architecture.experts_per_token  # arrivals per GPU
    weights = float(architecture.expert_parameters)
    each = routed / setting.expert_slots
    replicated = setting.expert_slots * setting.gpus > architecture.routed_experts
    shape = np.where(replicated, ALIKE, setting.popularity_shape)
    hit = -np.expm1(-shape * np.log1p(each / shape))
    read = setting.expert_slots * hit * weights * setting.expert_weight_bytes
    rows = routed * setting.imbalance + setting.expert_slots * hit * setting.padded_tokens
    compute = 2.0 * rows * weights / (setting.expert_flop_per_s * setting.expert_mfu)
    bandwidth = setting.hbm_bytes_per_s * setting.hbm_share * setting.expert_hbm_share
    return Roof(compute, read / bandwidth)
