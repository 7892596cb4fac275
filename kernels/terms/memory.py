"""What fits in HBM: weights per GPU and the requests whose cache fits beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.setting import Setting


def weight_bytes(architecture: Architecture, setting: Setting) -> Floats:
    """Bytes of weights on one GPU: experts by slot, everything else once per attention replica."""
    moe, dense = architecture.moe_layers, architecture.dense_layers
    rest = (
        architecture.layers * architecture.attention_parameters
        + dense * architecture.feed_forward_parameters
        + moe
        * (architecture.shared_experts * architecture.expert_parameters + architecture.router_parameters)
    )
    tables = 2.0 * architecture.embedding_parameters * 2.0  # kept in 16 bits
    experts = moe * setting.expert_slots * architecture.expert_parameters * setting.expert_weight_bytes
    return experts + (rest * setting.dense_weight_bytes + tables) / setting.attention_gpus


def kv_bytes_per_token(architecture: Architecture, setting: Setting) -> Floats:
    """Cache bytes of one token over all layers, as one attention replica stores it."""
    return architecture.layers * architecture.kv_elements_per_token_layer * setting.kv_element_bytes


def cache_room_bytes(architecture: Architecture, setting: Setting) -> Floats:
    """HBM per GPU left for the KV cache; negative when the weights alone do not fit."""
    usable = setting.hbm_bytes * setting.memory_share - setting.workspace_bytes
    return usable - weight_bytes(architecture, setting)


def request_limit(architecture: Architecture, setting: Setting) -> Floats:
    """Most requests per GPU whose cache fits; latent caches are stored by every GPU of a replica."""
    replica = setting.attention_gpus
    split = 1.0 if architecture.attention == "mla" else np.minimum(replica, architecture.kv_heads)
    kept = kv_bytes_per_token(architecture, setting) * replica / split
    held = setting.context_tokens
    if architecture.sliding_layers:
        share = architecture.sliding_layers / architecture.layers
        held = (1.0 - share) * held + share * np.minimum(held, float(architecture.sliding_window))
    return np.maximum(cache_room_bytes(architecture, setting), 0.0) / (kept * held)
