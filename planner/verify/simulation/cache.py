"""Prefix cache replayed from block hashes: which prompt tokens need no prefill.

A prompt is a list of block hashes, each of `block_tokens` tokens and everything before them. The
leading blocks found in the cache are hits; then all its blocks are in the cache, most recently used.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.verify.simulation.requests import Requests


@dataclass(frozen=True)
class PrefixCache:
    """How long blocks stay: without limits for ever (the ideal), else by number (LRU), by age, or both."""

    capacity_blocks: int | None = None
    """Blocks kept; the least recently used go first."""
    keep_s: float | None = None
    """Seconds since its last use after which a block is gone."""


def cached_tokens(requests: Requests, cache: PrefixCache = PrefixCache()) -> NDArray[np.int64]:
    """Prompt tokens of each request found in the cache, requests in order of arrival.

    Raises ValueError where the requests carry no block hashes.
    """
    if requests.blocks is None:
        raise ValueError("the trace has no block hashes, so its cache hits are unknown")
    last_use: OrderedDict[int, float] = OrderedDict()
    hits = np.zeros(len(requests), dtype=np.int64)
    arrivals = requests.arrival_s.tolist()
    for place, blocks in enumerate(requests.blocks):
        if cache.keep_s is not None:
            _drop_older(last_use, arrivals[place] - cache.keep_s)
        for block in blocks:
            if block not in last_use:
                break
            hits[place] += 1
        for block in blocks:
            last_use[block] = arrivals[place]
            last_use.move_to_end(block)
        while cache.capacity_blocks is not None and len(last_use) > cache.capacity_blocks:
            last_use.popitem(last=False)
    return np.asarray(np.minimum(hits * requests.block_tokens, requests.input_tokens))


def _drop_older(last_use: OrderedDict[int, float], oldest: float) -> None:
    while last_use and next(iter(last_use.values())) < oldest:
        last_use.popitem(last=False)


def hit_share(requests: Requests, cached: NDArray[np.int64]) -> float:
    """Share of prompt tokens that were cached, by tokens."""
    total = int(requests.input_tokens.sum())
    return float(cached.sum()) / total if total else 0.0
