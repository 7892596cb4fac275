"""Lengths of a workload's requests as the kernel takes them: classes of computed, cached and generated tokens.

What of the prompts is cached in all, the demand says (`cache_hit_share` h); how it is divided among them, the classes
themselves, or `cached_prefix`: the share h of each prompt of i tokens, or min(C, i) of each, with the C that makes up
the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels import RequestLengths
from kernels.lengths import log_normal
from planner.instance.demand_series import cache_hit_share
from planner.rates.server_slots import LEAST_COMPUTED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.instance.lengths import Lengths

    Array = NDArray[np.float64]

HALVINGS = 200


def request_lengths(instance: Instance, workload: str) -> RequestLengths | None:
    """Classes of the requests of a workload; None where its lengths are means alone, or not given."""
    given = instance.workloads[workload].lengths
    if given is None or not given.vary:
        return None
    share, prompt, output = _shares_and_tokens(given)
    hit = min(cache_hit_share(instance, workload), 1.0 - LEAST_COMPUTED)
    cached = _cached(given, share, prompt, hit)
    return RequestLengths(share, prompt - cached, cached, output)


def _shares_and_tokens(given: Lengths) -> tuple[Array, Array, Array]:
    """Share, prompt tokens and generated tokens of each class, their means those that are stated."""
    if given.classes is None:
        prompt, of_prompt = log_normal(given.input_tokens, given.input_scv or 0.0)
        output, of_output = log_normal(given.output_tokens, given.output_scv or 0.0)
        pairs = np.outer(of_prompt, of_output).ravel()
        return pairs, np.repeat(prompt, len(output)), np.tile(output, len(prompt))
    share, prompt, output = np.array(
        [(one.share, one.input_tokens, one.output_tokens) for one in given.classes], dtype=np.float64
    ).T
    share = share / share.sum()
    prompt = prompt * (given.input_tokens / (share @ prompt))
    return share, prompt, output * (given.output_tokens / (share @ output))


def _cached(given: Lengths, share: Array, prompt: Array, hit: float) -> Array:
    """Cached tokens of each class, the share `hit` of all prompt tokens together."""
    own = [one.cached_tokens for one in given.classes or ()]
    if own and all(one is not None for one in own):
        cached = prompt * np.array(own, dtype=np.float64) / [one.input_tokens for one in given.classes or ()]
        stated = float(share @ cached) / float(share @ prompt)
        if hit <= stated:
            return np.asarray(cached * (hit / stated if stated else 0.0))
        return np.asarray(prompt - (prompt - cached) * ((1.0 - hit) / (1.0 - stated)))
    if given.cached_prefix == "proportional":
        return prompt * hit
    low, high = 0.0, float(prompt.max())
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        enough = share @ np.minimum(middle, prompt) >= hit * (share @ prompt)
        low, high = (low, middle) if enough else (middle, high)
    return np.minimum(high, prompt)
