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
    """Bytes of weights on one GPU: experts by slot, everything else once per attention replica.

    A draft module is one more layer.
    """
    moe, dense = architecture.moe_layers, architecture.dense_layers
    rest = float(
        architecture.mixer_parameters
        + dense * architecture.feed_forward_parameters
        + moe * architecture.common_parameters
    )
    tables = 2.0 * architecture.embedding_tables * architecture.embedding_parameters  # kept in 16 bits
    drafting = np.where(setting.queries > 1.0, float(min(architecture.mtp_layers, 1)), 0.0)
    experts = setting.expert_slots * architecture.expert_parameters * setting.expert_weight_bytes
    alike = rest + drafting * rest / architecture.layers
    once = (alike * setting.dense_weight_bytes + tables) / setting.attention_gpus
    return (moe + drafting * (moe > 0)) * experts + once


def request_bytes(architecture: Architecture, setting: Setting, tokens: Floats) -> Floats:
    """Bytes of cache and states of one request of so many tokens, each stored once."""
    return kept_bytes(architecture, tokens, setting.kv_element_bytes) + state_bytes(architecture)


def cache_room_bytes(architecture: Architecture, setting: Setting) -> Floats:
    """HBM per GPU left for the cache of running requests; negative when the weights alone do not fit.

    What prefixes kept for later requests take is left out of it.
    """
    usable = setting.hbm_bytes * setting.memory_share - setting.workspace_bytes
    room: Floats = usable - weight_bytes(architecture, setting)
    return room * (1.0 - setting.prefix_cache_share)


def request_limit(architecture: Architecture, setting: Setting) -> Floats:
    """Most requests per GPU whose cache fits on average; latent caches are stored by every GPU of a replica."""
    replica = setting.attention_gpus
    kept = setting.per_generated(
        kept_bytes(architecture, setting.contexts, setting.kv_element_bytes, replica)
    )
    held = replica * (kept + state_bytes(architecture, replica))
    return np.maximum(cache_room_bytes(architecture, setting), 0.0) / held
