"""One prefill pass: every GPU of the unit takes the same number of prompt tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.step import Step, fastest
from kernels.terms.attention import prefill_core
from kernels.terms.dense import dense_product, elementwise
from kernels.terms.exchange import all_reduce, copies_per_domain, transfer
from kernels.terms.experts import grouped_product
from kernels.terms.launch import launch
from kernels.terms.memory import request_bytes
from kernels.terms.overlap import overlapped

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.setting import Setting


def prefill_pass(architecture: Architecture, setting: Setting, tokens: Floats) -> Step:
    """Seconds of a pass over `tokens` computed prompt tokens per GPU; arrays broadcast to [n, passes].

    Loading the cached prefixes runs beside the pass; only what it takes longer is visible.
    """

    def run(pieces: float, leak: Floats) -> Step:
        return _pass(architecture, setting, tokens, pieces, leak)

    step = fastest(setting, run, setting.prefill_leak)
    loaded = np.where(
        setting.cached_tokens > 0.0, request_bytes(architecture, setting, setting.cached_tokens), 0.0
    )
    loading = tokens / setting.computed_tokens * loaded / setting.cache_bytes_per_s
    # the finished rate is scaled afterwards, the loading bandwidth is not
    visible = np.maximum(loading * setting.prefill_scale - step.seconds, 0.0)
    return Step(step.seconds + visible, step.split | {"cache_load": visible})


def _pass(architecture: Architecture, setting: Setting, tokens: Floats, pieces: float, leak: Floats) -> Step:
    """A pass cut into `pieces` micro-batches."""
    share = tokens / pieces
    hidden, layers = architecture.hidden_size, architecture.layers * pieces
    mfu = setting.gemm_mfu * setting.prefill_mfu_share
    attention = prefill_core(architecture, setting, share)
    projections = dense_product(setting, share, architecture.attention_parameters, mfu).serial_s()
    rest = elementwise(setting, share, hidden, architecture.experts_per_token)
    split = {
        "attention": layers * attention,
        "projections": layers * projections,
        "elementwise": layers * rest,
        "launch": 0.0 * share,
        "all_reduce": layers * 2.0 * all_reduce(setting, share, hidden),
    }
    if architecture.dense_layers:
        block = dense_product(setting, share, architecture.feed_forward_parameters, mfu).serial_s()
        split["feed_forward"] = architecture.dense_layers * pieces * block
        gaps = launch(setting, attention + projections + rest + block)
        split["launch"] = split["launch"] + architecture.dense_layers * pieces * gaps
    if architecture.moe_layers:
        sparse = architecture.moe_layers * pieces
        weights = architecture.common_parameters
        shared = dense_product(setting, share, weights, mfu).serial_s()
        roof = grouped_product(architecture, setting, share)
        routed = roof.compute_s / setting.prefill_mfu_share + roof.memory_s
        work = attention + projections + rest + shared + routed
        gaps = launch(setting, work)
        busy = work + gaps
        split["shared_expert"] = sparse * shared
        split["experts"] = sparse * routed
        split["launch"] = split["launch"] + sparse * gaps
        split["exchange"] = sparse * (overlapped(busy, _exchange(architecture, setting, share), leak) - busy)
    split["fixed"] = setting.step_s + 0.0 * tokens
    return Step.of(split)


def _exchange(architecture: Architecture, setting: Setting, tokens: Floats) -> Floats:
    """Seconds of dispatch and combine, one copy per remote domain."""
    hidden, copies = architecture.hidden_size, copies_per_domain(architecture, setting)
    dispatch = transfer(setting, tokens, hidden * setting.dispatch_element_bytes, copies)
    return dispatch + transfer(setting, tokens, hidden * setting.combine_element_bytes, copies)
