"""Dense matrix products: attention projections, shared experts, dense feed-forward blocks, the LM head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.terms.roof import Roof, matrix_product

if TYPE_CHECKING:
    from kernels.arrays import Floats
    from kernels.setting import Setting

TABLE_BYTES = 2.0  # of a number in the embedding tables
SLICED_PASSES = 2.0  # over a token's copy under tensor parallelism: written once, read once


def dense_product(setting: Setting, tokens: Floats, weights: float, mfu: Floats) -> Roof:
    """Roof of `tokens` per GPU through `weights` parameters that the GPUs of one replica share.

    A replica of r GPUs holds each weight once: r times the tokens through one r-th of the weights.
    """
    replica = setting.attention_gpus
    return matrix_product(
        tokens,
        weights / replica,
        setting.dense_weight_bytes,
        setting.dense_flop_per_s * mfu / replica,
        setting.hbm_bytes_per_s * setting.hbm_share,
    )


def head_product(setting: Setting, tokens: Floats, table: float) -> Roof:
    """Roof of `tokens` per GPU through the LM head, whose table the GPUs of a replica share in 16 bits."""
    replica = setting.attention_gpus
    return matrix_product(
        tokens,
        table / replica,
        np.full(1, TABLE_BYTES),
        setting.dense_flop_per_s * setting.gemm_mfu / replica,
        setting.hbm_bytes_per_s * setting.hbm_share,
    )


def elementwise(setting: Setting, tokens: Floats, hidden: int, copies: int) -> Floats:
    """Seconds of the memory-bound rest of a layer: norms, quantisation, activation, permutation.

    Hidden vectors in flight: the token itself, which every GPU of a replica handles, and one copy per
    chosen expert. Expert parallelism spreads the copies over the unit, unpacks and packs them again;
    they arrive where the load is, so the busiest GPU handles more of them. Tensor parallelism leaves all
    copies on every GPU, for its slice of every expert, but nothing is sent: the fused kernel gathers its
    rows itself, so a copy is only written by one kernel and read by the sum over experts.
    """
    replica = setting.attention_gpus
    whole = replica >= setting.gpus
    copied = np.where(whole, replica * SLICED_PASSES, setting.imbalance * setting.activation_passes)
    moved = hidden * 2.0 * (replica * setting.activation_passes + copies * copied)
    seconds: Floats = tokens * (moved / (setting.hbm_bytes_per_s * setting.hbm_share))
    return seconds
