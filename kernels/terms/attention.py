"""The attention core: absorbed latent attention or grouped queries in decode, expanded form in prefill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.cache import attended_flops, read_bytes
from kernels.terms.roof import Roof

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.setting import Setting


def attended_tokens(architecture: Architecture, context: Floats) -> Floats:
    """Tokens one query attends to, averaged over layers: windows, selection and compression bound it.

    A token counts by its share of the FLOPs of a layer that sees the whole context, so that layers with
    heads of another size weigh accordingly; layers of linear attention and state space attend to none.
    """
    whole = architecture.layers * architecture.decode_flops_per_pair
    return attended_flops(architecture, context) / whole


def indexer_flops(architecture: Architecture, context: Floats) -> Floats:
    """FLOPs per query token of the indexer that scans the whole context for sparse attention.

    Averaged over layers; where an entry stands for several tokens only entries are scanned.
    """
    share = architecture.layers_with_indexer / architecture.layers / max(architecture.csa_ratio, 1)
    return 2.0 * architecture.indexer_heads * architecture.indexer_size * share * context


def state_flops(architecture: Architecture) -> float:
    """FLOPs per query token of updating and reading states, averaged over layers.

    Two per number of the state and pass over it: the gated delta rule predicts, updates and reads
    (arXiv 2412.06464, equation 10), Mamba-2 updates and reads (arXiv 2405.21060, equation 1). Prefill in
    chunks does comparable work and is priced alike.
    """
    linear = 6.0 * architecture.linear_value_heads * architecture.linear_head_size**2
    inner = architecture.state_space_heads * architecture.state_space_head_size
    space = 4.0 * inner * architecture.state_space_size
    return (
        architecture.linear_layers * linear + architecture.state_space_layers * space
    ) / architecture.layers


def decode_core(architecture: Architecture, setting: Setting, requests: Floats) -> Roof:
    """One layer's decode attention for `requests` per GPU, drafts included.

    The mean over the contexts of generated tokens counts: of
    FLOPs = requests queries tokens 2 heads (2 latent + rotary) / flop rate; bytes = one read of what a
    request keeps (entries, the indexer's keys, states), shared by its query tokens.
    `attention_overhead_tokens` stands for the part of a request's cost that does not grow with its length
    (scheduling, split reduction, output).
    Latent attention is replicated over the GPUs of one replica: heads split, the cache does not
    (DeepSeek-V2, arXiv 2405.04434); grouped heads split until one head is left.
    """
    replica = setting.attention_gpus
    mean = requests * (replica * setting.attention_imbalance)
    # requests whose cache a GPU of the busiest rank reads
    held = mean + setting.surplus_requests
    if np.any(setting.scattered_requests):
        held = held + setting.scattered_requests * np.sqrt(mean)
    context = setting.contexts
    tokens = setting.per_generated(attended_tokens(architecture, context))
    rate = replica * setting.attention_flop_per_s * setting.attention_mfu
    flops = (tokens + setting.attention_overhead_tokens) * architecture.decode_flops_per_pair
    flops = flops + setting.per_generated(indexer_flops(architecture, context)) + state_flops(architecture)
    kept = read_bytes(architecture, context, setting.kv_element_bytes, replica, setting.queries)
    every = setting.per_generated(kept)
    bandwidth = architecture.layers * setting.hbm_bytes_per_s * setting.cache_hbm_share
    return Roof(held * (setting.queries * flops / rate), held * (every / bandwidth))


def prefill_core(architecture: Architecture, setting: Setting, tokens: Floats) -> Floats:
    """Seconds of one layer's causal attention over `tokens` computed prompt tokens per GPU.

    A computed token attends to the whole cached prefix and on average to half of the computed part:
    FLOPs = tokens (cached + computed / 2) 2 heads (key + value sizes), the mean over the computed tokens of
    requests of all lengths. A cache hit skips the GEMMs of the prefix and still lengthens this term.
    """
    reached = setting.reached_tokens
    attended = setting.per_computed(attended_tokens(architecture, reached))
    flops = (attended + setting.attention_overhead_tokens) * architecture.prefill_flops_per_pair
    flops = flops + setting.per_computed(indexer_flops(architecture, reached))
    flops = flops + state_flops(architecture)
    rate = setting.attention_flop_per_s * setting.prefill_attention_mfu
    return tokens * (setting.attention_imbalance * setting.pass_imbalance * flops / rate)
