"""One decode step: the terms of a layer put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kernels.options import OVERLAPS
from kernels.terms.attention import decode_core
from kernels.terms.dense import dense_product, elementwise
from kernels.terms.exchange import all_reduce, copies_per_expert, transfer
from kernels.terms.experts import grouped_product
from kernels.terms.overlap import overlapped

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.setting import Setting


class Step(NamedTuple):
    """Seconds of one pass over the whole model, and how they split. `exchange` is its visible part."""

    seconds: Floats
    split: dict[str, Floats]


def decode_step(architecture: Architecture, setting: Setting, requests: Floats) -> Step:
    """Seconds of a decode step with `requests` per GPU; all arrays broadcast to [n, batches].

    Layers = those of the model, one more per draft token. `auto` overlap takes the faster of plain and
    two-batch execution point by point.
    """
    mode = setting.overlap
    plain_leak = np.where(mode == OVERLAPS.index("single_batch"), setting.single_batch_leak, 1.0)
    plain = _step(architecture, setting, requests, 1.0, plain_leak)
    if not np.any((mode == OVERLAPS.index("auto")) | (mode == OVERLAPS.index("two_batch"))):
        return plain
    halves = _step(architecture, setting, requests, 2.0, setting.decode_leak)
    two = (mode == OVERLAPS.index("two_batch")) | (
        (mode == OVERLAPS.index("auto")) & (halves.seconds < plain.seconds)
    )
    split = {name: np.where(two, halves.split[name], plain.split[name]) for name in plain.split}
    return Step(np.where(two, halves.seconds, plain.seconds), split)


def _step(
    architecture: Architecture, setting: Setting, requests: Floats, pieces: float, leak: Floats
) -> Step:
    """A step cut into `pieces` micro-batches whose communication leaks into the compute stream."""
    share = requests / pieces
    tokens = share * setting.queries
    hidden = architecture.hidden_size
    drafts = setting.queries - 1.0
    experts_layers = (architecture.moe_layers + drafts) if architecture.moe_layers else 0.0
    dense_layers = architecture.dense_layers + (0.0 if architecture.moe_layers else drafts)
    layers = experts_layers + dense_layers

    attention = decode_core(architecture, setting, share).pipelined_s()
    projections = dense_product(
        setting, tokens, architecture.attention_parameters, setting.gemm_mfu
    ).serial_s()
    reduce = 2.0 * all_reduce(setting, tokens, hidden)
    rest = elementwise(setting, tokens, hidden, architecture.experts_per_token) + setting.layer_s
    compute = attention + projections + rest
    split = {
        "attention": layers * pieces * attention,
        "projections": layers * pieces * projections,
        "elementwise": layers * pieces * rest,
        "all_reduce": layers * pieces * reduce,
    }
    if architecture.dense_layers:
        block = dense_product(
            setting, tokens, architecture.feed_forward_parameters, setting.gemm_mfu
        ).serial_s()
        split["feed_forward"] = dense_layers * pieces * block
    if architecture.moe_layers:
        weights = (
            architecture.shared_experts * architecture.expert_parameters + architecture.router_parameters
        )
        shared = dense_product(setting, tokens, weights, setting.gemm_mfu).serial_s()
        routed = grouped_product(architecture, setting, tokens).serial_s()
        copies = copies_per_expert(architecture, setting)
        wire = transfer(setting, tokens, hidden * setting.dispatch_element_bytes, copies)
        wire = wire + transfer(setting, tokens, hidden * setting.combine_element_bytes, copies)
        busy = compute + shared + routed
        split["shared_expert"] = experts_layers * pieces * shared
        split["experts"] = experts_layers * pieces * routed
        split["exchange"] = experts_layers * pieces * (overlapped(busy, wire, leak) - busy)
    head = dense_product(
        setting, requests * setting.queries, architecture.embedding_parameters, setting.gemm_mfu
    )
    split["head"] = head.serial_s() * (1.0 + drafts / setting.queries)
    split["fixed"] = setting.step_s + 0.0 * requests
    return Step(sum(split.values()), split)  # type: ignore[arg-type]
