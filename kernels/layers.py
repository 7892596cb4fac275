"""One pass over the stack of layers: what every layer costs for the tokens of a pass, decode or prompt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kernels.terms.dense import dense_product, elementwise
from kernels.terms.exchange import all_reduce
from kernels.terms.experts import grouped_product
from kernels.terms.overlap import overlapped

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.setting import Setting

ATTENTION_PRODUCTS = 2.0  # matrix products around the attention core: into it and out of it
BLOCK_PRODUCTS = 2.0  # of a feed-forward block: gate and up together, then down


def pass_seconds(
    architecture: Architecture,
    setting: Setting,
    tokens: Floats,
    attention_s: Floats,
    wire_s: Floats,
    leak: Floats,
    extra_layers: Floats | float = 0.0,
) -> dict[str, Floats]:
    """Seconds of one pass of `tokens` per GPU over all layers, by term.

    `attention_s` is the attention core of one layer, `wire_s` dispatch and combine of one layer with
    experts, of which `leak` stays visible beside the computation. Kernels run one after the other, each at
    least as long as its fixed time, since a captured graph launches them without a gap. `extra_layers` are
    repeated for drafts: layers with experts where the model has any.
    """
    sparse = architecture.moe_layers + extra_layers if architecture.moe_layers else 0.0
    dense = architecture.dense_layers + (0.0 if architecture.moe_layers else extra_layers)
    layers, hidden = sparse + dense, architecture.hidden_size
    weights = architecture.attention_parameters
    projections = dense_product(setting, tokens, weights, setting.gemm_mfu).seconds()
    rest = elementwise(setting, tokens, hidden, architecture.experts_per_token)
    busy = attention_s + projections + rest + setting.layer_s
    split = {
        "attention": layers * attention_s,
        "projections": layers * (projections + ATTENTION_PRODUCTS * setting.gemm_s),
        "elementwise": layers * rest,
        "launch": layers * setting.layer_s,
        "all_reduce": layers * 2.0 * all_reduce(setting, tokens, hidden),
    }
    if architecture.dense_layers:
        block = dense_product(setting, tokens, architecture.feed_forward_parameters, setting.gemm_mfu)
        split["feed_forward"] = dense * (block.seconds() + BLOCK_PRODUCTS * setting.gemm_s)
    if architecture.moe_layers:
        alike = architecture.common_parameters
        shared = dense_product(setting, tokens, alike, setting.gemm_mfu).seconds()
        routed = grouped_product(architecture, setting, tokens).seconds() + setting.experts_s
        busy = busy + shared + routed + ATTENTION_PRODUCTS * setting.gemm_s
        split["shared_expert"] = sparse * shared
        split["experts"] = sparse * routed
        split["exchange"] = sparse * (overlapped(busy, wire_s, leak) - busy)
    return split


def eager(setting: Setting) -> Setting:
    """The setting of a pass with prompt tokens: other kernels, launched one by one outside a captured graph."""
    return replace(
        setting,
        gemm_mfu=setting.gemm_mfu * setting.prefill_mfu_share,
        expert_mfu=setting.expert_mfu * setting.prefill_mfu_share,
        layer_s=setting.layer_s + setting.eager_layer_s,
    )
