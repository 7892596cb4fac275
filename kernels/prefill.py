"""One prefill pass: every GPU of the unit takes the same number of prompt tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.decode import Step
from kernels.options import OVERLAPS
from kernels.terms.attention import prefill_core
from kernels.terms.dense import dense_product, elementwise
from kernels.terms.exchange import all_reduce, copies_per_domain, transfer
from kernels.terms.experts import grouped_product
from kernels.terms.memory import kv_bytes_per_token
from kernels.terms.overlap import overlapped

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.setting import Setting


def prefill_pass(architecture: Architecture, setting: Setting, tokens: Floats) -> Step:
    """Seconds of a pass over `tokens` computed prompt tokens per GPU; arrays broadcast to [n, passes]."""
    mode = setting.overlap
    plain = _pass(architecture, setting, tokens, 1.0, np.ones_like(mode))
    if not np.any((mode == OVERLAPS.index("auto")) | (mode == OVERLAPS.index("two_batch"))):
        return plain
    halves = _pass(architecture, setting, tokens, 2.0, setting.prefill_leak)
    two = (mode == OVERLAPS.index("two_batch")) | (
        (mode == OVERLAPS.index("auto")) & (halves.seconds < plain.seconds)
    )
    split = {name: np.where(two, halves.split[name], plain.split[name]) for name in plain.split}
    return Step(np.where(two, halves.seconds, plain.seconds), split)


def _pass(architecture: Architecture, setting: Setting, tokens: Floats, pieces: float, leak: Floats) -> Step:
    """A pass cut into `pieces` micro-batches; loading the cached prefixes runs beside it."""
    share = tokens / pieces
    hidden, layers = architecture.hidden_size, architecture.layers
    mfu = setting.gemm_mfu * setting.prefill_mfu_share
    attention = prefill_core(architecture, setting, share)
    projections = dense_product(setting, share, architecture.attention_parameters, mfu).serial_s()
    rest = elementwise(setting, share, hidden, architecture.experts_per_token) + setting.layer_s
    split = {
        "attention": layers * pieces * attention,
        "projections": layers * pieces * projections,
        "elementwise": layers * pieces * rest,
        "all_reduce": layers * pieces * 2.0 * all_reduce(setting, share, hidden),
    }
    if architecture.dense_layers:
        block = dense_product(setting, share, architecture.feed_forward_parameters, mfu).serial_s()
        split["feed_forward"] = architecture.dense_layers * pieces * block
    if architecture.moe_layers:
        moe = architecture.moe_layers
        weights = (
            architecture.shared_experts * architecture.expert_parameters + architecture.router_parameters
        )
        shared = dense_product(setting, share, weights, mfu).serial_s()
        routed = grouped_product(architecture, setting, share)._replace()
        routed_s = routed.compute_s / setting.prefill_mfu_share + routed.memory_s
        copies = copies_per_domain(architecture, setting)
        wire = transfer(setting, share, hidden * setting.dispatch_element_bytes, copies)
        wire = wire + transfer(setting, share, hidden * setting.combine_element_bytes, copies)
        busy = attention + projections + rest + shared + routed_s
        split["shared_expert"] = moe * pieces * shared
        split["experts"] = moe * pieces * routed_s
        split["exchange"] = moe * pieces * (overlapped(busy, wire, leak) - busy)
    split["fixed"] = setting.step_s + 0.0 * tokens
    total: Floats = sum(split.values())  # type: ignore[assignment]
    loading = tokens * setting.cached_tokens / setting.computed_tokens
    loading = loading * kv_bytes_per_token(architecture, setting) / setting.cache_bytes_per_s
    # the finished rate is scaled afterwards, the loading bandwidth is not
    split["cache_load"] = np.maximum(loading * setting.prefill_scale - total, 0.0)
    return Step(total + split["cache_load"], split)
