"""Whole requests on data-parallel ranks that step together: what the busiest rank has more than the mean one.

`even` spreads the work of every request over all ranks: 1. Otherwise requests stay whole, a step takes as long as its
busiest of R ranks, and with sizes x of mean 1, M_R = E[the largest of R sizes],

    dealt    each to the rank with the least        K + M_R - 1          of K requests of mean size a rank
    bound    each to any rank, whatever it has      K + z_R sqrt((1 + scv) K)

z_R being the mean of the largest of R standard normals. A time per token that all but a hundredth keep is that of
units which hold z sqrt((1 + scv) K / R) more on each rank, z the 99 % quantile of a normal. `dealt` is what balancers
do that give a request to the rank with the least; in simulations of R = 4 to 144 ranks with K = 4 to 100 running
requests each, replaced one by one, the busiest had K + 0.7 to K + 4.6, within a quarter of a request of that.

A full prefill pass takes c tokens of every rank, whoever they were given to, in pieces of whole prompts or of prompts
longer than c. The attention of a piece of t tokens goes by the context r that it reaches, over the mean of all tokens.
A rank that is seen in such a piece has the rest of its pass from what is left over, g, so that the mean is 1:

    M_R of  t / c r + (1 - t / c) g,     pieces as often as they have tokens

Where requests of other workloads are in the same steps, whoever has the busiest rank of them all decides.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernels.arrays import Floats
    from kernels.lengths import RequestLengths

RULES = ("even", "dealt", "bound")
MOST_PIECES = 64
"""Of a prompt that is told apart; longer ones are cut into as many larger pieces."""
SLOWEST = NormalDist().inv_cdf(0.99)
"""Standard deviations above its mean of a unit whose requests are the slowest hundredth."""
NORMAL = np.linspace(-10.0, 10.0, 2001)


def largest_of(values: Floats, share: Floats, count: float) -> float:
    """Mean of the largest of `count` independent draws, of values [class] with their shares."""
    return _largest(values, share, count)[0]


def _largest(values: Floats, share: Floats, count: float) -> tuple[float, float]:
    """Mean and standard deviation of the largest."""
    order = np.argsort(values, kind="stable")
    chance = np.diff(np.minimum(np.cumsum(share[order]) / share.sum(), 1.0) ** count, prepend=0.0)
    mean = float(values[order] @ chance)
    return mean, float(np.sqrt(chance @ (values[order] - mean) ** 2))


def largest_normal(count: float) -> float:
    """Mean of the largest of `count` independent standard normal draws: z_R."""
    below = np.array([NormalDist().cdf(value) for value in NORMAL.tolist()]) ** count
    return float(NORMAL[-1] - np.sum((below[1:] + below[:-1]) / 2.0) * (NORMAL[1] - NORMAL[0]))


def running_surplus(
    lengths: RequestLengths, ranks: float, rule: str, beside: Sequence[RequestLengths] = ()
) -> tuple[float, float]:
    """What the busiest rank holds beyond its K requests, in requests of mean context: a + b sqrt(K), as (a, b)."""
    if rule == "even" or ranks <= 1.0:
        return 0.0, 0.0
    mean = lengths.mean_context
    found = [
        [one.mean_context / mean * part for part in _surplus_of(*one.contexts, ranks, rule)]
        for one in (lengths, *beside)
    ]
    return max(alike for alike, _ in found), max(scattered for _, scattered in found)


def _surplus_of(contexts: Floats, share: Floats, ranks: float, rule: str) -> tuple[float, float]:
    sizes = contexts / (share @ contexts)
    spread = float(np.sqrt(share @ sizes**2))
    unit = SLOWEST / np.sqrt(ranks) * spread
    if rule == "dealt":
        return largest_of(sizes, share, ranks) - 1.0, unit
    return 0.0, largest_normal(ranks) * spread + unit


def pass_imbalance(
    lengths: RequestLengths,
    chunk_tokens: float,
    ranks: float,
    rule: str,
    beside: Sequence[RequestLengths] = (),
) -> tuple[float, float]:
    """Attention of the busiest rank of a full pass over that of the mean one, and by how much of itself it varies.

    The second is a standard deviation from pass to pass, over the mean of the busiest.
    """
    if rule == "even" or ranks <= 1.0:
        return 1.0, 0.0
    busiest = [_busiest_pass(one, chunk_tokens, ranks) for one in (lengths, *beside)]
    most, spread = max(busiest)
    reached, share = lengths.reached
    return max(1.0, most / float(share @ reached)), spread


def _busiest_pass(lengths: RequestLengths, chunk_tokens: float, ranks: float) -> tuple[float, float]:
    """Tokens that those of the busiest rank reach on average, and by how much of that they differ from pass to pass."""
    reached, tokens, weight = _pieces(lengths, chunk_tokens)
    whole = float(weight @ reached)
    part = np.minimum(tokens / chunk_tokens, 1.0)
    mine = part * reached / whole
    left = float(weight @ (1.0 - part))
    others = max(1.0 - float(weight @ mine), 0.0) / left if left > 0.0 else 0.0
    mean, deviation = _largest(mine + (1.0 - part) * others, weight, ranks)
    return mean * whole, deviation / mean


def _pieces(lengths: RequestLengths, chunk_tokens: float) -> tuple[Floats, Floats, Floats]:
    """Pieces that prompts are read in: contexts reached, tokens, and share of all computed tokens, each [piece]."""
    count = np.clip(np.ceil(lengths.computed / chunk_tokens), 1.0, MOST_PIECES).astype(np.int64)
    owner = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    tokens = (lengths.computed / count)[owner]
    reached = lengths.cached[owner] + (place + 0.5) * tokens
    weight = lengths.share[owner] * tokens
    return reached, tokens, weight / weight.sum()
