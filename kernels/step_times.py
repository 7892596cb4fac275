"""Times of single steps as tables: what an engine's step takes by its batch, its contexts and its prompt tokens.

A unit of R attention replicas (data-parallel ranks) steps as one, for experts are exchanged in every layer. What
every rank does for itself waits for the busiest rank, what they do together goes by the mean, and of their exchange
shows what the attention A of the busiest rank does not hide (`kernels.exchange_shown`):

    decode step = shared(n mean) + shown(n mean, A) + max over ranks of [own(n) + attention(n, context)]
    step with prompts = fixed(n max) + prompt_shared(rows mean) + prompt_shown(rows mean, A) + max over ranks of
                        [prompt_own(rows) + attention(n, context) + sum over chunks of tokens x prompt(reached)]
    shown = max(least, most - hides A)

n requests run on a rank, at a mean context; rows are what passes through the matrix products: the queries of its
requests and the prompt tokens of its chunks. A chunk of t tokens behind p reaches p + t / 2 tokens on average.
With equal ranks at the mean lengths this is the step of `kernels.decode` and the pass of `kernels.prefill`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kernels.best_points import best_prefill, blocked, planned
from kernels.decode import decode_exchange, decode_step, exchange_in_steps
from kernels.efficiency import fitted
from kernels.errors import KernelError
from kernels.exchange_shown import Shown
from kernels.layers import eager, pass_seconds
from kernels.options import stages_of
from kernels.prefill import exchange_in_passes, prefill_attention, prefill_pass
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

SHARED, EXCHANGE = "experts", "exchange"
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
    reaches. What shows of the exchange by attention: `decode_shown` [requests], `prompt_shown` [rows]. A step yields
    `accept_length` tokens a request from `queries` query tokens. A rank keeps the cache of `kv_tokens` tokens and takes
    at most `chunk_tokens` prompt tokens a step, each of which reaches `reached_tokens` on average; `transfer_s` hands
    over the cache of the mean prompt.
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
    decode_shown: Shown
    prompt_shown: Shown
    accept_length: float
    queries: float
    kv_tokens: float
    chunk_tokens: float
    reached_tokens: float
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
    own, shared, fixed, shown = _decode_requests(architecture, setting, requests / replica)
    prompt = _prompt_rows(architecture, setting, rows / replica, role == "colocated")
    return StepTimes(
        ranks=round(float(setting.gpus[0, 0]) / replica),
        requests=requests,
        contexts=contexts,
        rows=rows,
        decode_own=own,
        decode_shared=shared,
        decode_fixed=fixed if role == "colocated" else np.zeros_like(fixed),
        decode_attention=_decode_attention(architecture, setting, requests / replica, contexts),
        prompt_own=prompt[0],
        prompt_shared=prompt[1],
        prompt_attention=_prompt_attention(architecture, setting, contexts),
        decode_shown=shown,
        prompt_shown=prompt[2],
        accept_length=float(setting.accept_length[0, 0]),
        queries=float(setting.queries[0, 0]),
        kv_tokens=most_tokens(architecture, setting),
        chunk_tokens=chunk,
        reached_tokens=float((setting.cached_tokens + setting.computed_tokens / 2.0)[0, 0]),
        transfer_s=float(np.nan_to_num(transfer_seconds(architecture, setting)[0, 0])),
    )


def _decode_requests(
    architecture: Architecture, setting: Setting, requests: Floats
) -> tuple[Floats, Floats, Floats, Shown]:
    """Seconds of a decode step but for attention: what a rank does, what all do, the host, what shows, [requests]."""
    per_gpu, scale = requests[None, :], float(setting.decode_scale[0, 0])
    step = decode_step(architecture, setting, per_gpu)
    together = _sum(step, (SHARED,)) / scale
    own = (step.seconds - step.split["attention"])[0] / scale - together - _sum(step, (EXCHANGE,)) / scale
    shown = _scaled(exchange_in_steps(architecture, setting, per_gpu), scale)
    return own, together, _sum(step, HOST) / scale, shown


def most_tokens(architecture: Architecture, setting: Setting) -> float:
    """Tokens whose cache a rank keeps, at the mean context."""
    held = request_limit(architecture, setting) * setting.attention_gpus * setting.context_tokens
    return float(held[0, 0])


def _sum(step: Step, names: tuple[str, ...]) -> Floats:
    total: Floats = sum(
        (step.split[name][0] for name in names if name in step.split), np.zeros(step.seconds.shape[1])
    )
    return total


def _scaled(shown: Shown, scale: float) -> Shown:
    """What shows of the only option, [points], at the quantile of its band."""
    return Shown(shown.least[0], shown.most[0], shown.hides[0]).faster(scale)


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
) -> tuple[Floats, Floats, Shown]:
    """Seconds of a step with prompts, attention left out: what a rank does, what all do, what shows, each [rows]."""
    per_gpu = rows[None, :]
    scale = float(setting.prefill_scale[0, 0])
    if together:
        wire = decode_exchange(architecture, setting, per_gpu)
        alone = 0.0 * per_gpu + setting.attention_s
        split = pass_seconds(architecture, eager(setting), per_gpu, alone, wire, np.ones(1))
        total = sum(split.values(), np.zeros_like(per_gpu))
        seen = split.get(EXCHANGE, 0.0 * per_gpu)
        shown = _scaled(Shown(seen, seen, 0.0 * seen), scale)
    else:
        step = prefill_pass(architecture, setting, per_gpu)
        token = _prompt_attention(
            architecture, setting, (setting.cached_tokens + setting.computed_tokens / 2.0)[0]
        )
        split, total = step.split, step.seconds - per_gpu * setting.attention_gpus * token * scale
        least, most, hides = _scaled(exchange_in_passes(architecture, setting, per_gpu), scale)
        host = (per_gpu * setting.attention_gpus * setting.prompt_token_s)[0] / scale
        shown = Shown(least, most + hides * host, hides)  # the host's time of a token hides nothing
    zero = np.zeros_like(per_gpu)
    shared = split.get(SHARED, zero)
    return np.maximum(total - shared - split.get(EXCHANGE, zero), 0.0)[0] / scale, shared[0] / scale, shown
