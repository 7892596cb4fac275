"""The prefill and the decode balancer: requests to data-parallel ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kernels.arrays import Floats, Integers


def round_robin(batches: int, requests: int, ranks: int) -> Integers:
    """Rank of every request, [batches, requests], in order of arrival: what runs without a balancer."""
    return np.tile(np.arange(requests) % ranks, (batches, 1))


def imbalance(rank: Integers, work: Floats, ranks: int) -> Floats:
    """Maximum over mean work of a rank, shape [batches]."""
    batches = len(work)
    load = np.zeros((batches, ranks))
    np.add.at(load, (np.broadcast_to(np.arange(batches)[:, None], rank.shape), rank), work)
    ratio: Floats = load.max(axis=1) / load.mean(axis=1)
    return ratio


def balance_prefill(length: Floats, ranks: int, cached: Floats | None = None) -> Integers:
    """Rank of every prompt [batches, requests]: equal attention work and equal tokens to send.

    Attention work of a prompt is computed x (cached + computed / 2), tokens to send are the computed ones
    (dispatch volume). Heaviest first, each to the rank whose larger normalised total stays lowest; arrival
    order is kept where that is already better.
    """
    prefix = np.zeros_like(length) if cached is None else cached
    computed = length - prefix
    return _assign(computed * (prefix + computed / 2.0), computed, ranks)


def balance_decode(kv_tokens: Floats, ranks: int) -> Integers:
    """Rank of every running request [batches, requests]: equal cache use and equal request counts.

    Cache use drives core attention, the number of requests the dispatch volume.
    """
    return _assign(kv_tokens, np.ones_like(kv_tokens), ranks)


def _assign(first: Floats, second: Floats, ranks: int) -> Integers:
    """Greedy assignment under two works at once, every batch at once; the loop runs over requests."""
    batches, requests = first.shape
    works = np.stack([first, second], axis=2)
    works = works / (works.sum(axis=1, keepdims=True) / ranks)  # one: a rank's fair share
    order = np.argsort(-works.max(axis=2), axis=1, kind="stable")
    rank = np.empty((batches, requests), dtype=np.int64)
    load = np.zeros((batches, ranks, 2))
    row = np.arange(batches)
    for request in order.T:
        reached = (load + works[row, request][:, None, :]).max(axis=2)
        chosen = np.argmin(reached + 1e-9 * load.sum(axis=2), axis=1)
        rank[row, request] = chosen
        load[row, chosen] += works[row, request]
    plain = round_robin(batches, requests, ranks)
    worst = np.maximum(imbalance(plain, first, ranks), imbalance(plain, second, ranks))
    better = load.max(axis=(1, 2)) <= worst
    return np.where(better[:, None], rank, plain)
