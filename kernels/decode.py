"""One decode step: every running request of a unit gets its next token."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kernels.exchange_shown import shown_beside
from kernels.layers import pass_seconds
from kernels.pipeline import in_stages, microbatch, staged
from kernels.step import Step, fastest
from kernels.terms.attention import decode_core
from kernels.terms.dense import head_product
from kernels.terms.exchange import copies_per_expert, dispatch_and_combine

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.exchange_shown import Shown
    from kernels.setting import Setting

DRAFT_SHARE = 0.5  # of a step's fixed time in every draft: launched and sampled anew, not scheduled


def decode_step(architecture: Architecture, setting: Setting, requests: Floats) -> Step:
    """Seconds of a decode step with `requests` per GPU; all arrays broadcast to [n, batches].

    Layers = those of the model and one more per draft token. Attention, projections and what lies between
    them are paid in every layer, experts and their exchange in the layers that have experts, the LM head
    once for the step and once per draft, and a draft repeats part of the step's fixed time. To verify drafts is to
    sample at every query of a request (Leviathan et al., arXiv 2211.17192, algorithm 1), at the drafts' own logits
    besides. A step pays
    the maximum load of every layer anew, where balancedness is published as an average over layers and
    time; `imbalance_power` carries the difference. Of a model in stages it is the cycle of its microbatches.
    """
    setting = _for_steps(setting)
    batch = microbatch(setting, requests)

    def run(pieces: float, leak: Floats) -> Step:
        return _step(architecture, setting, batch, pieces, leak)

    step = fastest(setting, run, setting.decode_leak)
    share = requests / batch if in_stages(setting) else 1.0
    return staged(architecture, setting, step, batch * setting.queries, share)


def exchange_in_steps(architecture: Architecture, setting: Setting, requests: Floats) -> Shown:
    """What shows of the exchange of a decode step, of models in one stage, by what attention takes."""
    setting = _for_steps(setting)

    def run(pieces: float, leak: Floats, attention_s: float | None = None) -> Step:
        return _step(architecture, setting, requests, pieces, leak, attention_s)

    return shown_beside(architecture, setting, run, setting.decode_leak, setting.queries - 1.0)


def _for_steps(setting: Setting) -> Setting:
    """The setting with the imbalance of experts that a single step pays."""
    return replace(setting, imbalance=setting.imbalance**setting.imbalance_power)


def _step(
    architecture: Architecture,
    setting: Setting,
    requests: Floats,
    pieces: float,
    leak: Floats,
    attention_s: float | None = None,
) -> Step:
    """A step cut into `pieces` micro-batches whose communication leaks into the compute stream.

    `attention_s` is what attention takes in a layer where it is not that of the requests.
    """
    tokens = requests / pieces * setting.queries
    drafts = setting.queries - 1.0
    attention = decode_attention(architecture, setting, requests / pieces)
    if attention_s is not None:
        attention = np.full_like(attention, attention_s)
    wire = decode_exchange(architecture, setting, tokens)
    layers = pass_seconds(architecture, setting, tokens, attention, wire, leak, drafts)
    head = head_product(setting, tokens * pieces, architecture.embedding_parameters).seconds()
    sampled = setting.request_s * setting.attention_gpus * requests * (setting.queries + DRAFT_SHARE * drafts)
    once = {
        "head": head * (1.0 + drafts / setting.queries),
        "fixed": setting.step_s * (1.0 + DRAFT_SHARE * drafts) + sampled,
    }
    return Step.of(layers, pieces, once)


def decode_attention(architecture: Architecture, setting: Setting, requests: Floats) -> Floats:
    """Seconds of one layer's decode attention, its fixed time included."""
    return decode_core(architecture, setting, requests).seconds() + setting.attention_s


def decode_exchange(architecture: Architecture, setting: Setting, tokens: Floats) -> Floats:
    """Seconds of dispatch and combine of one layer, one copy per expert."""
    return dispatch_and_combine(architecture, setting, tokens, copies_per_expert(architecture, setting))
