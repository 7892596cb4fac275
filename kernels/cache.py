"""What a request keeps in memory and a step reads of it: cache entries by kind of layer, indexer keys, states.

For a context of c tokens a layer keeps c entries, or min(c, window) of them, or c / ratio; a query reads all of
them or the selected ones. Layers of linear attention and state space keep a state that does not grow with c.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats

CONVOLUTION_BYTES = 2  # of one kept input of the short convolutions: 16 bits


@dataclass(frozen=True)
class Entries:
    """Entries that `layers` layers keep alike; `parts` GPUs can share each, as it has so many heads.

    `elements` numbers an entry, `flops` FLOPs of one query against it, `ratio` tokens an entry, the last
    `window` tokens only (0: all), of which a query reads at most `selected` (0: all).
    """

    layers: int
    elements: int
    flops: int
    parts: int
    ratio: int = 1
    window: int = 0
    selected: int = 0

    def kept(self, context: Floats) -> Floats:
        """Entries of one layer for a context of so many tokens."""
        return np.minimum(context, float(self.window)) if self.window else context / self.ratio

    def read(self, context: Floats) -> Floats:
        """Entries of one layer that a query attends to."""
        kept = self.kept(context)
        return np.minimum(kept, float(self.selected)) if self.selected else kept


@cache
def entries(architecture: Architecture) -> tuple[Entries, ...]:
    """The kinds of entries of an architecture; those with no layers left out."""
    a, flops = architecture, architecture.decode_flops_per_pair
    whole, parts = a.kv_elements_per_token_layer, 1 if a.latent_cache else a.kv_heads
    near_size, near_heads = a.sliding_head_size or a.head_size, a.sliding_kv_heads or a.kv_heads
    if a.latent_cache:
        windowed = a.sliding_layers + a.csa_layers + a.hca_layers
        near = Entries(windowed, whole, flops, 1, window=a.sliding_window)
    else:
        near = Entries(
            a.sliding_layers,
            2 * near_heads * near_size,
            4 * a.attention_heads * near_size,
            near_heads,
            window=a.sliding_window,
        )
    selecting = a.layers_selecting - a.csa_layers if a.selected_tokens else 0
    found = (
        Entries(a.global_layers - selecting, whole, flops, parts),
        Entries(selecting, whole, flops, parts, selected=a.selected_tokens),
        near,
        Entries(a.csa_layers, whole, flops, 1, ratio=a.csa_ratio or 1, selected=a.selected_tokens),
        Entries(a.hca_layers, whole, flops, 1, ratio=a.hca_ratio or 1),
    )
    return tuple(one for one in found if one.layers)


def kept_bytes(
    architecture: Architecture, context: Floats, element_bytes: Floats, gpus: Floats | float = 1.0
) -> Floats:
    """Bytes of entries and indexer keys that one request of `context` tokens keeps, on each of `gpus` GPUs.

    GPUs of one attention replica share the heads of an entry until one head is left; what all heads share
    is kept by each of them.
    """
    kept = indexer_bytes(architecture, context)
    for one in entries(architecture):
        kept = kept + one.layers * one.kept(context) * one.elements * element_bytes / np.minimum(
            gpus, one.parts
        )
    return kept


def read_bytes(
    architecture: Architecture,
    context: Floats,
    element_bytes: Floats,
    gpus: Floats | float = 1.0,
    queries: Floats | float = 1.0,
) -> Floats:
    """Bytes that the `queries` of a request read in one step, states written too, on each of `gpus` GPUs.

    Entries are read once for all queries. States cannot be rolled back to the last token that was accepted: every
    query but a lone one leaves the state behind it in a slot of its own, from which the next step goes on ("Hybrid
    Models Meet SGLang", pytorch.org/blog, 2025-12-03), so that drafts cost hybrid models more than they gain at
    large batch (dao-lab.ai/blog/2026/replayssm). The state is read once, and one written behind each query.
    """
    read = indexer_bytes(architecture, context) + (1.0 + queries) * state_bytes(architecture, gpus)
    for one in entries(architecture):
        read = read + one.layers * one.read(context) * one.elements * element_bytes / np.minimum(
            gpus, one.parts
        )
    return read


def attended_flops(architecture: Architecture, context: Floats) -> Floats:
    """FLOPs of one query token over all layers against a context of so many tokens, indexer left out."""
    return sum((one.layers * one.read(context) * one.flops for one in entries(architecture)), 0.0 * context)


def indexer_bytes(architecture: Architecture, context: Floats) -> Floats:
    """Bytes of indexer keys: one a token, or one an entry where entries stand for several tokens."""
    entry = max(architecture.csa_ratio, 1)
    return architecture.layers_with_indexer * context / entry * architecture.indexer_key_bytes


def state_bytes(architecture: Architecture, gpus: Floats | float = 1.0) -> Floats:
    """Bytes of states of one request over all layers, on each of `gpus` GPUs, which share heads evenly.

    A linear layer keeps value heads x head size^2 numbers and convolution - 1 inputs of queries, keys and
    values; a state-space layer heads x head size x state size, and inputs of values and both projections.
    """
    a = architecture
    inner = a.state_space_heads * a.state_space_head_size
    linear = a.linear_value_heads * a.linear_head_size**2 * a.state_element_bytes
    linear += _inputs(a, (2 * a.linear_key_heads + a.linear_value_heads) * a.linear_head_size)
    space = inner * a.state_space_size * a.state_element_bytes
    space += _inputs(a, inner + 2 * a.state_space_groups * a.state_space_size)
    shared: Floats = a.linear_layers * linear / np.minimum(gpus, max(a.linear_key_heads, 1.0))
    return shared + a.state_space_layers * space / np.minimum(gpus, max(a.state_space_groups, 1.0))


def _inputs(architecture: Architecture, channels: int) -> int:
    """Bytes of the kept inputs of a short convolution over so many channels."""
    return (architecture.convolution_size - 1) * channels * CONVOLUTION_BYTES
