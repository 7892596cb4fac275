"""The attention core: absorbed latent attention or grouped queries in decode, expanded form in prefill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.terms.roof import Roof

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.setting import Setting


def attended_tokens(architecture: Architecture, context: Floats) -> Floats:
    """Tokens one query attends to, averaged over layers: sliding windows and sparse selection bound it."""
    reached = context
    if architecture.selected_tokens:
        reached = np.minimum(reached, float(architecture.selected_tokens))
    if architecture.sliding_layers:
        share = architecture.sliding_layers / architecture.layers
        inside = np.minimum(reached, float(architecture.sliding_window))
        reached = (1.0 - share) * reached + share * inside
    return reached


def indexer_flops(architecture: Architecture, context: Floats) -> Floats:
    """FLOPs per query token and layer of the indexer that scans the whole context for sparse attention."""
    return 2.0 * architecture.indexer_heads * architecture.indexer_size * context


def decode_core(architecture: Architecture, setting: Setting, requests: Floats) -> Roof:
    """One layer's decode attention for `requests` per GPU, drafts included.

    FLOPs = requests queries tokens 2 heads (2 latent + rotary) / flop rate; bytes = one read of the
    cache per request, shared by its query tokens. `attention_overhead_tokens` stands for the part of a
    request's cost that does not grow with its length (scheduling, split reduction, output).
    Latent attention is replicated over the GPUs of one replica: heads split, the cache does not
    (DeepSeek-V2, arXiv 2405.04434); grouped heads split until one head is left.
    """
    replica = setting.attention_gpus
    held = requests * replica * setting.attention_imbalance  # requests whose cache this GPU reads
    tokens = attended_tokens(architecture, setting.context_tokens)
    weight = held * setting.queries / (replica * setting.attention_flop_per_s * setting.attention_mfu)
    flops = (tokens + setting.attention_overhead_tokens) * architecture.decode_flops_per_pair
    if architecture.indexer_heads:
        flops = flops + indexer_flops(architecture, setting.context_tokens)
    split = 1.0 if architecture.attention == "mla" else np.minimum(replica, architecture.kv_heads)
    read = held * tokens * architecture.kv_elements_per_token_layer * setting.kv_element_bytes / split
    return Roof(weight * flops, read / (setting.hbm_bytes_per_s * setting.hbm_share))


def prefill_core(architecture: Architecture, setting: Setting, tokens: Floats) -> Floats:
    """Seconds of one layer's causal attention over `tokens` computed prompt tokens per GPU.

    A computed token attends to the whole cached prefix and on average to half of the computed part:
    FLOPs = tokens (cached + computed / 2) 2 heads (key + value sizes). A cache hit skips the GEMMs of
    the prefix and still lengthens this term.
    """
    reached = attended_tokens(architecture, setting.cached_tokens + setting.computed_tokens / 2.0)
    flops = (reached + setting.attention_overhead_tokens) * architecture.prefill_flops_per_pair
    if architecture.indexer_heads:
        flops = flops + indexer_flops(architecture, setting.cached_tokens + setting.computed_tokens / 2.0)
    return (
        tokens
        * setting.attention_imbalance
        * flops
        / (setting.attention_flop_per_s * setting.attention_mfu * setting.prefill_mfu_share)
    )
