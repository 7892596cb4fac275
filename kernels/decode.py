"""One decode step: the terms of a layer put together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kernels.step import Step, fastest
from kernels.terms.attention import decode_core
from kernels.terms.dense import dense_product, elementwise
from kernels.terms.exchange import all_reduce, copies_per_expert, transfer
from kernels.terms.experts import grouped_product
from kernels.terms.launch import launch
from kernels.terms.overlap import overlapped

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.setting import Setting

DRAFT_SHARE = 0.5  # of a step's fixed time in every draft: launched and sampled anew, not scheduled


def decode_step(architecture: Architecture, setting: Setting, requests: Floats) -> Step:
    """Seconds of a decode step with `requests` per GPU; all arrays broadcast to [n, batches].

    Layers = those of the model and one more per draft token. Attention, projections and what lies between
    them are paid in every layer, experts and their exchange in the layers that have experts, the LM head
    once for the step and once per draft, and a draft repeats part of the step's fixed time. A step pays
    the maximum load of every layer anew, where balancedness is published as an average over layers and
    time; `imbalance_power` carries the difference.
    """
    setting = replace(setting, imbalance=setting.imbalance**setting.imbalance_power)

    def run(pieces: float, leak: Floats) -> Step:
        return _step(architecture, setting, requests, pieces, leak)

    return fastest(setting, run, setting.decode_leak)


def _step(
    architecture: Architecture, setting: Setting, requests: Floats, pieces: float, leak: Floats
) -> Step:
    """A step cut into `pieces` micro-batches whose communication leaks into the compute stream."""
    tokens = requests / pieces * setting.queries
    drafts = setting.queries - 1.0
    sparse = (architecture.moe_layers + drafts) * pieces if architecture.moe_layers else 0.0 * drafts
    dense = (architecture.dense_layers + (0.0 if architecture.moe_layers else drafts)) * pieces
    layer = _every_layer(architecture, setting, requests / pieces, tokens)
    split = {name: (sparse + dense) * seconds for name, seconds in layer.items()}
    split["launch"] = 0.0 * requests
    reduce = 2.0 * all_reduce(setting, tokens, architecture.hidden_size)
    split["all_reduce"] = (sparse + dense) * reduce
    if architecture.dense_layers:
        weights = architecture.feed_forward_parameters
        block = dense_product(setting, tokens, weights, setting.gemm_mfu).serial_s()
        split["feed_forward"] = dense * block
        split["launch"] = split["launch"] + dense * launch(setting, sum(layer.values()) + block)
    if architecture.moe_layers:
        weights = architecture.common_parameters
        shared = dense_product(setting, tokens, weights, setting.gemm_mfu).serial_s()
        routed = grouped_product(architecture, setting, tokens).serial_s()
        work = sum(layer.values()) + shared + routed
        gaps = launch(setting, work)
        busy = work + gaps
        wire = _exchange(architecture, setting, tokens)
        split["shared_expert"] = sparse * shared
        split["experts"] = sparse * routed
        split["launch"] = split["launch"] + sparse * gaps
        split["exchange"] = sparse * (overlapped(busy, wire, leak) - busy)
    head = dense_product(setting, tokens * pieces, architecture.embedding_parameters, setting.gemm_mfu)
    split["head"] = head.serial_s() * (1.0 + drafts / setting.queries)
    split["fixed"] = setting.step_s * (1.0 + DRAFT_SHARE * drafts) + 0.0 * requests
    return Step.of(split)


def _every_layer(
    architecture: Architecture, setting: Setting, requests: Floats, tokens: Floats
) -> dict[str, Floats]:
    """Seconds of one layer's attention, its projections and the elementwise rest."""
    weights = architecture.attention_parameters
    rest = elementwise(setting, tokens, architecture.hidden_size, architecture.experts_per_token)
    return {
        "attention": decode_core(architecture, setting, requests).pipelined_s(),
        "projections": dense_product(setting, tokens, weights, setting.gemm_mfu).serial_s(),
        "elementwise": rest,
    }


def _exchange(architecture: Architecture, setting: Setting, tokens: Floats) -> Floats:
    """Seconds of dispatch and combine, one copy per expert."""
    hidden, copies = architecture.hidden_size, copies_per_expert(architecture, setting)
    dispatch = transfer(setting, tokens, hidden * setting.dispatch_element_bytes, copies)
    return dispatch + transfer(setting, tokens, hidden * setting.combine_element_bytes, copies)
