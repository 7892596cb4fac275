"""What fits in HBM: weights per GPU and the requests whose cache fits beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.cache import kept_bytes, state_bytes
from kernels.pipeline import most_layers

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.setting import Setting


def weight_bytes(architecture: Architecture, setting: Setting) -> Floats:
    """Bytes of weights on one GPU: experts by slot, everything else once per attention replica.

    A draft module is one more layer. Of a model in stages those of the largest one, with one of the two tables.
    """
    moe, dense = architecture.moe_layers, architecture.dense_layers
    rest = float(
        architecture.mixer_parameters
        + dense * architecture.feed_forward_parameters
        + moe * architecture.common_parameters
    )
    most, count = most_layers(architecture, setting), architecture.embedding_tables
    held = np.where(setting.stages > 1.0, 1.0, count)
    tables = 2.0 * held * architecture.embedding_parameters  # kept in 16 bits
    drafting = np.where(setting.queries > 1.0, float(min(architecture.mtp_layers, 1)), 0.0)
    experts = setting.expert_slots * architecture.expert_parameters * setting.expert_weight_bytes
    alike = rest + drafting * rest / architecture.layers
    once = (most * alike * setting.dense_weight_bytes + tables) / setting.attention_gpus
    found: Floats = most * (moe + drafting * (moe > 0)) * experts + once
    return found


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
    """Most requests per GPU whose cache fits on average; latent caches are stored by every GPU of a replica.

    A stage keeps its layers' part for the requests of all microbatches under way, which are those of all p stages: p
    times as many requests per GPU, and of each ceil(layers / p) / layers. A request that drafts keeps its state and
    one behind each query, as it is not known which of them is accepted (`kernels.cache.read_bytes`).
    """
    replica = setting.attention_gpus
    states = np.where(setting.queries > 1.0, 1.0 + setting.queries, 1.0)
    kept = setting.per_generated(
        kept_bytes(architecture, setting.contexts, setting.kv_element_bytes, replica)
    )
    held = replica * (kept + states * state_bytes(architecture, replica))
    held = held * setting.stages * most_layers(architecture, setting)
    return np.maximum(cache_room_bytes(architecture, setting), 0.0) / held
