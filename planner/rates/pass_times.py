"""Passes of units that read alone: how long one lasts, and what reading a prompt of some length takes.

A pass of R ranks, each of which takes whole prompts up to a chunk, lasts R chunk / rate. Of that A is attention of the
busiest rank, I times that of the mean one; experts and their exchange, G, ranks do together. A prompt of n
tokens in k chunks, whose tokens reach r on average, the mean of all being r*, takes

    alone = n / chunk (pass - A - G + A / I r / r*),   at most k passes
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from kernels.balance.dealing import RULES
from kernels.queueing import PromptReading
from planner.instance import Phase, Role
from planner.instance.demand_series import cache_hit_share
from planner.instance.queueing import Queueing
from planner.rates.request_lengths import request_lengths
from planner.rates.server_slots import LEAST_COMPUTED, mean_work
from planner.rates.variability import prefill_scv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.instance import Instance
    from planner.rates.rates import Rates, Work

    Array = NDArray[np.float64]

ATTENTION, TOGETHER = "attention", ("experts", "exchange")
"""Parts of a pass: attention, and what ranks do together."""
POINTS = 256
"""Of prompts that are known by their mean and variation."""
WHOLE = 1e-9


def ranks_rule(instance: Instance, workloads: tuple[str, ...]) -> str:
    """How requests are spread over ranks that some workloads share: as the one says that balances least.

    Evenly where waits are planned for none of them.
    """
    given = [instance.workloads[name].queueing for name in workloads]
    return max((one.ranks for one in given if one is not None), key=RULES.index, default="even")


def ranks_apart(instance: Instance, rates: Rates, unit: int, work: int) -> int:
    """Ranks of a unit that read prompts whole; 1 where there is one, or the work of each is spread evenly."""
    kind, one = rates.works[work], rates.units[unit]
    detail = rates.details[unit][kind.name]
    if kind.phase is not Phase.PREFILL or one.role is not Role.PREFILL or detail.pass_tokens is None:
        return 1
    even = ranks_rule(instance, (kind.workload,)) == "even" or (detail.pipeline_parallel or 1) > 1
    return 1 if even else max(1, round(one.gpus / (detail.tensor_parallel or one.gpus)))


def reading_of(instance: Instance, rates: Rates, unit: int, work: int) -> PromptReading | None:
    """What reading the prompts of a work takes of a unit; None where no ranks of it read them whole."""
    ranks = ranks_apart(instance, rates, unit, work)
    if ranks == 1:
        return None
    detail = rates.details[unit][rates.works[work].name]
    chunk = float(detail.pass_tokens or 1.0)
    pass_s = ranks * chunk / float(rates.rate[unit, work])
    parts = {name: ms / sum(detail.split_ms.values()) for name, ms in detail.split_ms.items()}
    attention, together = parts.get(ATTENTION, 0.0), sum(parts.get(name, 0.0) for name in TOGETHER)
    tokens, reached, share = _prompts(instance, rates.works[work])
    over_mean = reached / ((share * tokens) @ reached / (share @ tokens))
    each = 1.0 - attention - together + attention / detail.rank_imbalance * over_mean
    passes = np.ceil(tokens / chunk - WHOLE)
    alone_s = np.minimum(tokens / chunk * pass_s * each, passes * pass_s)
    return PromptReading(share, alone_s, passes, pass_s, together, attention * detail.rank_spread)


def _prompts(instance: Instance, work: Work) -> tuple[Array, Array, Array]:
    """Computed tokens, what they reach on average, and share of prompts [class]: by the lengths, or log-normal."""
    given = instance.workloads[work.workload].queueing or Queueing()
    lengths = request_lengths(instance, work.workload)
    if lengths is not None and given.prefill_scv is None:
        return lengths.computed, lengths.cached + lengths.computed / 2.0, lengths.share
    sigma = np.sqrt(np.log1p(prefill_scv(instance, work)))
    points = ndtri((np.arange(POINTS) + 0.5) / POINTS)
    tokens = mean_work(instance, work) * np.exp(sigma * (points - sigma / 2.0))
    hit = min(cache_hit_share(instance, work.workload), 1.0 - LEAST_COMPUTED)
    return tokens, tokens * (hit / (1.0 - hit) + 0.5), np.full(POINTS, 1.0 / POINTS)
