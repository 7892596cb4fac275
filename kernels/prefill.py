"""One prefill pass: every GPU of the unit takes the same number of prompt tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels.exchange_shown import shown_beside
from kernels.layers import eager, pass_seconds
from kernels.pipeline import staged
from kernels.step import Step, fastest
from kernels.terms.attention import prefill_core
from kernels.terms.exchange import copies_per_domain, dispatch_and_combine
from kernels.terms.memory import request_bytes

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.exchange_shown import Shown
    from kernels.setting import Setting


def prefill_pass(architecture: Architecture, setting: Setting, tokens: Floats) -> Step:
    """Seconds of a pass over `tokens` computed prompt tokens per GPU; arrays broadcast to [n, passes].

    Of a model in p stages it is the time in which p passes follow each other, one in every stage.
    Loading the cached prefixes runs beside the pass; only what it takes longer is visible.
    """
    plain = eager(setting)

    def run(pieces: float, leak: Floats) -> Step:
        return _pass(architecture, plain, tokens, pieces, leak)

    step = staged(architecture, plain, fastest(setting, run, setting.prefill_leak), tokens)
    # the finished rate is scaled afterwards, the loading bandwidth is not
    loading = loading_seconds(architecture, setting, tokens) * setting.prefill_scale
    visible = np.maximum(loading - step.seconds, 0.0)
    return Step(step.seconds + visible, lambda: step.split | {"cache_load": visible})


def exchange_in_passes(architecture: Architecture, setting: Setting, tokens: Floats) -> Shown:
    """What shows of the exchange of a prefill pass, of models in one stage, by what the core of attention takes."""
    plain = eager(setting)

    def run(pieces: float, leak: Floats, core_s: float | None = None) -> Step:
        return _pass(architecture, plain, tokens, pieces, leak, core_s)

    return shown_beside(architecture, plain, run, setting.prefill_leak)


def loading_seconds(architecture: Architecture, setting: Setting, tokens: Floats) -> Floats:
    """Seconds to load the cached prefixes that come with `tokens` computed prompt tokens per GPU."""
    loaded = np.where(
        setting.cached_tokens > 0.0, request_bytes(architecture, setting, setting.cached_tokens), 0.0
    )
    seconds: Floats = tokens / setting.computed_tokens * loaded / setting.cache_bytes_per_s
    return seconds


def prefill_attention(architecture: Architecture, setting: Setting, tokens: Floats) -> Floats:
    """Seconds of one layer's prefill attention, its fixed time included."""
    return prefill_core(architecture, setting, tokens) + setting.attention_s


def _pass(
    architecture: Architecture,
    setting: Setting,
    tokens: Floats,
    pieces: float,
    leak: Floats,
    core_s: float | None = None,
) -> Step:
    """A pass cut into `pieces` micro-batches; `core_s` is what the core of attention takes in a layer, if another."""
    share = tokens / pieces
    attention = prefill_attention(architecture, setting, share)
    if core_s is not None:
        attention = 0.0 * attention + setting.attention_s + core_s
    copies = copies_per_domain(architecture, setting)
    wire = dispatch_and_combine(architecture, setting, share, copies)
    layers = pass_seconds(architecture, setting, share, attention, wire, leak)
    host = setting.step_s + setting.prompt_token_s * setting.attention_gpus * tokens
    return Step.of(layers, pieces, {"fixed": host})
