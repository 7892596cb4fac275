"""Mixed steps of a co-located unit: what the prompts of arriving requests add to its decode steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kernels.decode import decode_attention, decode_exchange
from kernels.layers import eager, pass_seconds
from kernels.pipeline import hand_over, in_stages, microbatch, slowest_stage
from kernels.prefill import loading_seconds, prefill_attention

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.setting import Setting


class Prompt(NamedTuple):
    """Seconds by which one prompt lengthens the steps of its replica, and of its own service."""

    added_s: Floats
    service_s: Floats


def mixed_prompt(architecture: Architecture, setting: Setting, requests: Floats) -> Prompt:
    """One prompt's prefill beside `requests` running per GPU; arrays broadcast to [n, batches].

    Chunked prefill (Sarathi-Serve, arXiv 2403.02310): prompt tokens join a decode step up to a bound, so
    weights are read once for both, and the step pays what its matrix products take longer, the attention of
    the chunk, and the launches of a step outside a captured graph. A chunk is one prompt, or as many as
    arrive within a step (requests x accepted tokens / output tokens), cut at `chunk_tokens`:

    added = computed / chunk x (mixed step - decode step) + prompt tokens x host time

    Of a model in p stages these are steps of the slowest stage, which alone is paid again and again; the c chunks of a
    prompt follow each other through the stages in c + p - 1 of them (`kernels.pipeline`).
    """
    requests = microbatch(setting, requests)
    replica = setting.attention_gpus
    arriving = requests * replica * setting.accept_length / setting.output_tokens * setting.computed_tokens
    chunk = np.minimum(np.maximum(setting.computed_tokens, arriving), setting.chunk_tokens)
    tokens = requests * setting.queries
    attention = decode_attention(architecture, setting, requests)

    def seconds(where: Setting, rows: Floats, core: Floats, last: Floats | float = 0.0) -> Floats:
        wire = decode_exchange(architecture, where, rows)
        layers: Floats = sum(pass_seconds(architecture, where, rows, core, wire, np.ones(1)).values())  # type: ignore[assignment]
        if not in_stages(setting):
            return layers + last
        handed, _ = hand_over(where, rows, architecture.hidden_size)
        return slowest_stage(architecture, where, layers, 0.0 * layers + last, handed)

    more = prefill_attention(architecture, setting, chunk / replica)
    rows, core = tokens + chunk / replica, attention + more
    mixed = seconds(eager(setting), rows, core)
    passes = setting.computed_tokens / chunk
    added = passes * np.maximum(mixed - seconds(setting, tokens, attention), 0.0)
    added = added + setting.prompt_token_s * setting.computed_tokens
    loading = loading_seconds(architecture, setting, setting.computed_tokens / replica) / setting.stages
    added = np.maximum(added, loading * setting.prefill_scale)
    follow = np.ceil(passes - 1e-9) + setting.stages - 1.0
    service = follow * seconds(eager(setting), rows, core, setting.step_s)
    return Prompt(added, np.maximum(service, loading * setting.prefill_scale))
