"""Times of single steps as tables: what an engine's step takes by its batch, its contexts and its prompt tokens.

A unit of R attention replicas (data-parallel ranks) steps as one, for experts are exchanged in every layer. What
every rank does for itself waits for the busiest rank, what they do together goes by the mean:

    decode step = shared(n mean) + max over ranks of [own(n) + attention(n, context)]
    step with prompts = fixed(n max) + prompt_shared(rows mean) + max over ranks of
                        [prompt_own(rows) + attention(n, context) + sum over chunks of tokens x prompt(reached)]

n requests run on a rank, at a mean context; rows are what passes through the matrix products: the queries of its
requests and the prompt tokens of its chunks. A chunk of t tokens behind p reaches p + t / 2 tokens on average.
With equal ranks at the mean lengths this is the step of `kernels.decode` and the pass of `kernels.prefill`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kernels.best_points import best_prefill, blocked, planned
from kernels.decode import decode_exchange, decode_step
from kernels.efficiency import fitted
from kernels.errors import KernelError
from kernels.layers import eager, pass_seconds
from kernels.options import stages_of
from kernels.prefill import prefill_attention, prefill_pass
from kernels.sweep import transfer_seconds
from kernels.terms.memory import request_limit

if TYPE_CHECKING:
    from kernels.architecture import Architecture
    from kernels.arrays import Floats
    from kernels.conditions import Conditions
    from kernels.efficiency import Fitted
    from kernels.options import Options
    from kernels.setting import Setting
    from kernels.step import Step

SHARED = ("experts", "exchange")
"""Terms of what ranks do together; the others each rank does for itself."""
HOST = ("head", "fixed")
"""Terms that a step with prompts has of its running requests as a decode step has them."""
POINTS = 40  # of a grid of requests, contexts or rows, geometric
LONGEST = 1_048_576.0  # context, tokens


@dataclass(frozen=True)
class StepTimes:
    """Step times of one unit, s; grids of one rank, ascending.

    `decode_own`, `decode_shared`, `decode_fixed` [requests]; `decode_attention` [requests, contexts];
    `prompt_own`, `prompt_shared` [rows]; `prompt_attention` [contexts] of one prompt token by the tokens that it
    reaches. A step yields `accept_length` tokens a request from `queries` query tokens. A rank keeps the cache of
    `kv_tokens` tokens and takes at most `chunk_tokens` prompt tokens a step; `transfer_s` hands over the cache of
    the mean prompt.
    """

    ranks: int
    requests: Floats
    contexts: Floats
    rows: Floats
    decode_own: Floats
    decode_shared: Floats
    decode_fixed: Floats
    decode_attention: Floats
    prompt_own: Floats
    prompt_shared: Floats
    prompt_attention: Floats
    accept_length: float
    queries: float
    kv_tokens: float
    chunk_tokens: float
    transfer_s: float


def step_times(
    architecture: Architecture, options: Options, conditions: Conditions, calibration: Fitted | None = None
) -> StepTimes:
    """Tables of the only option of `options`. Raises KernelError where it cannot run, or the question is malformed."""
    if len(options) != 1:
        raise KernelError("step times are those of one option")
    if stages_of(options)[0] > 1:
        raise KernelError("steps of pipeline stages overlap: they have no tables")
    setting, _, _ = planned(architecture, options, conditions, calibration or fitted())
    (why,) = blocked(architecture, options, setting)
    if why:
        raise KernelError(why)
    (role,) = options.role
    replica = float(setting.attention_gpus[0, 0])
    most = float(np.minimum(request_limit(architecture, setting), setting.requests_per_gpu_limit)[0, 0])
    requests = np.concatenate([[0.0], np.geomspace(1.0, max(most * replica, 2.0), POINTS)])
    contexts = np.concatenate([[1.0], np.geomspace(64.0, LONGEST, POINTS)])
    size, _ = best_prefill(architecture, setting, options.pass_tokens)
    chunk = float(setting.chunk_tokens[0, 0]) if role == "colocated" else float(size[0]) * replica
    longest = requests[-1] * float(setting.queries[0, 0]) + chunk
    rows = np.concatenate([[0.0], np.geomspace(1.0, longest, POINTS)])
    step = decode_step(architecture, setting, requests[None, :] / replica)
    scale = float(setting.decode_scale[0, 0])
    shared, fixed = _sum(step, SHARED) / scale, _sum(step, HOST) / scale
    prompt_own, prompt_shared = _prompt_rows(architecture, setting, rows / replica, role == "colocated")
    return StepTimes(
        ranks=round(float(setting.gpus[0, 0]) / replica),
        requests=requests,
        contexts=contexts,
        rows=rows,
        decode_own=(step.seconds - step.split["attention"])[0] / scale - shared,
        decode_shared=shared,
        decode_fixed=fixed if role == "colocated" else np.zeros_like(fixed),
        decode_attention=_decode_attention(architecture, setting, requests / replica, contexts),
        prompt_own=prompt_own,
        prompt_shared=prompt_shared,
        prompt_attention=_prompt_attention(architecture, setting, contexts),
        accept_length=float(setting.accept_length[0, 0]),
        queries=float(setting.queries[0, 0]),
        kv_tokens=most_tokens(architecture, setting),
        chunk_tokens=chunk,
        transfer_s=float(np.nan_to_num(transfer_seconds(architecture, setting)[0, 0])),
    )


def most_tokens(architecture: Architecture, setting: Setting) -> float:
    """Tokens whose cache a rank keeps, at the mean context."""
    held = request_limit(architecture, setting) * setting.attention_gpus * setting.context_tokens
    return float(held[0, 0])


def _sum(step: Step, names: tuple[str, ...]) -> Floats:
    total: Floats = sum(
        (step.split[name][0] for name in names if name in step.split), np.zeros(step.seconds.shape[1])
    )
    return total


def _decode_attention(
    architecture: Architecture, setting: Setting, requests: Floats, contexts: Floats
) -> Floats:
    """Seconds of a decode step's attention, shape [requests, contexts]."""
    each = setting.rows(np.zeros(len(contexts), dtype=np.intp))
    reach = replace(each, contexts=contexts[:, None], contexts_share=np.ones((len(contexts), 1)))
    step = decode_step(architecture, reach, requests[None, :])
    seconds: Floats = (step.split["attention"] / each.decode_scale).T
    return np.ascontiguousarray(seconds)


def _prompt_attention(architecture: Architecture, setting: Setting, contexts: Floats) -> Floats:
    """Seconds of a prompt token of a rank by the tokens that it reaches, host time included, shape [contexts]."""
    each = setting.rows(np.zeros(len(contexts), dtype=np.intp))
    one = 1.0 / each.attention_gpus  # token of a rank, on each of its GPUs
    reach = replace(each, reached_tokens=contexts[:, None], reached_share=np.ones((len(contexts), 1)))
    core = prefill_attention(architecture, reach, one) - each.attention_s
    seconds: Floats = (architecture.layers * core + each.prompt_token_s) / each.prefill_scale
    return seconds[:, 0]


def _prompt_rows(
    architecture: Architecture, setting: Setting, rows: Floats, together: bool
) -> tuple[Floats, Floats]:
    """Seconds of a step with prompts, attention left out: what a rank does, what all do, each [rows]."""
    per_gpu = rows[None, :]
    scale = float(setting.prefill_scale[0, 0])
    if together:
        wire = decode_exchange(architecture, setting, per_gpu)
        alone = 0.0 * per_gpu + setting.attention_s
        split = pass_seconds(architecture, eager(setting), per_gpu, alone, wire, np.ones(1))
        total = sum(split.values(), np.zeros_like(per_gpu))
    else:
        step = prefill_pass(architecture, setting, per_gpu)
        token = _prompt_attention(
            architecture, setting, (setting.cached_tokens + setting.computed_tokens / 2.0)[0]
        )
        split, total = step.split, step.seconds - per_gpu * setting.attention_gpus * token * scale
    shared = sum((split[name] for name in SHARED if name in split), np.zeros_like(per_gpu))
    return np.maximum(total - shared, 0.0)[0] / scale, shared[0] / scale
