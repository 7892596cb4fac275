"""Lengths of a workload's requests as the kernel takes them: classes of computed, cached and generated tokens.

What of the prompts is cached in all, the demand says (`cache_hit_share` h); how it is divided among them, the classes
themselves, or `cached_prefix`: the share h of each prompt of i tokens, or min(C, i) of each, with the C that makes up
the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kernels import RequestLengths
from kernels.lengths import exponential, gamma_law
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
    own = [one.cached_tokens for one in given.classes or ()]
    stated = np.array(own, dtype=np.float64) if own and None not in own else None
    cached = cached_tokens(share, prompt, hit, stated, given.cached_prefix)
    return RequestLengths(share, prompt - cached, cached, output)


def lengths_or_exponential(instance: Instance, workload: str) -> RequestLengths:
    """Classes of the requests of a workload that gives its lengths, exponential where only means are known."""
    given, lengths = instance.workloads[workload].lengths, request_lengths(instance, workload)
    assert given is not None
    hit = min(cache_hit_share(instance, workload), 1.0 - LEAST_COMPUTED)
    return lengths or exponential(given.input_tokens, given.output_tokens, hit)


def _shares_and_tokens(given: Lengths) -> tuple[Array, Array, Array]:
    """Share, prompt tokens and generated tokens of each class, their means those that are stated."""
    if given.classes is None:
        prompt, of_prompt = gamma_law(given.input_tokens, given.input_scv or 0.0)
        output, of_output = gamma_law(given.output_tokens, given.output_scv or 0.0)
        pairs = np.outer(of_prompt, of_output).ravel()
        return pairs, np.repeat(prompt, len(output)), np.tile(output, len(prompt))
    share, prompt, output = np.array(
        [(one.share, one.input_tokens, one.output_tokens) for one in given.classes], dtype=np.float64
    ).T
    share = share / share.sum()
    prompt = prompt * (given.input_tokens / (share @ prompt))
    return share, prompt, output * (given.output_tokens / (share @ output))


def cached_tokens(share: Array, prompt: Array, hit: float, stated: Array | None, law: str) -> Array:
    """Cached tokens of each class [class], the share `hit` of all prompt tokens together.

    What is `stated` of the classes is brought to that whole; where nothing is, the `law` of the prefix divides it.
    """
    if stated is not None:
        whole = float(share @ stated) / float(share @ prompt)
        if hit <= whole:
            return np.asarray(np.minimum(stated, prompt) * (hit / whole if whole else 0.0))
        return np.asarray(prompt - (prompt - np.minimum(stated, prompt)) * ((1.0 - hit) / (1.0 - whole)))
    if law == "proportional":
        return prompt * hit
    low, high = 0.0, float(prompt.max())
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        enough = share @ np.minimum(middle, prompt) >= hit * (share @ prompt)
        low, high = (low, middle) if enough else (middle, high)
    return np.minimum(high, prompt)
