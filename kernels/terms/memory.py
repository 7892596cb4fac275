"""What fits in HBM: weights per GPU and the requests whose cache fits beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.cache import kept_bytes, state_bytes

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.setting import Setting


def weight_bytes(architecture: Architecture, setting: Setting) -> Floats:
    """Bytes of weights on one GPU: experts by slot, everything else once per attention replica."""
    moe, dense = architecture.moe_layers, architecture.dense_layers
    rest = (
        architecture.mixer_parameters
        + dense * architecture.feed_forward_parameters
        + moe * architecture.common_parameters
    )
    tables = 2.0 * architecture.embedding_tables * architecture.embedding_parameters  # kept in 16 bits
    experts = moe * setting.expert_slots * architecture.expert_parameters * setting.expert_weight_bytes
    return experts + (rest * setting.dense_weight_bytes + tables) / setting.attention_gpus


def request_bytes(architecture: Architecture, setting: Setting, tokens: Floats) -> Floats:
    """Bytes of cache and states of one request of so many tokens, each stored once."""
    return kept_bytes(architecture, tokens, setting.kv_element_bytes) + state_bytes(architecture)


def cache_room_bytes(architecture: Architecture, setting: Setting) -> Floats:
    """HBM per GPU left for the KV cache; negative when the weights alone do not fit."""
    usable = setting.hbm_bytes * setting.memory_share - setting.workspace_bytes
    return usable - weight_bytes(architecture, setting)


def request_limit(architecture: Architecture, setting: Setting) -> Floats:
    """Most requests per GPU whose cache fits; latent caches are stored by every GPU of a replica."""
    replica, context = setting.attention_gpus, setting.context_tokens
    kept = kept_bytes(architecture, context, setting.kv_element_bytes, replica)
    held = replica * (kept + state_bytes(architecture, replica))
    return np.maximum(cache_room_bytes(architecture, setting), 0.0) / held
