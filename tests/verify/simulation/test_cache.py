"""Prefix cache by hand, and against the published hit shares of the Mooncake conversation trace."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.verify.simulation import PrefixCache, Requests, cached_tokens, hit_share, read_trace

DATA = Path(__file__).parents[2] / "data"


def prompts(*blocks, arrival_s=None, tokens=512):
    count = len(blocks)
    return Requests(
        arrival_s=np.arange(count, dtype=float) if arrival_s is None else np.asarray(arrival_s, dtype=float),
        input_tokens=np.array([len(entry) * tokens for entry in blocks]),
        output_tokens=np.ones(count, dtype=np.int64),
        blocks=tuple(blocks),
    )


def test_only_leading_blocks_hit():
    requests = prompts((1, 2, 3), (1, 2, 9), (2, 3), (1, 2, 9, 4))
    assert cached_tokens(requests).tolist() == [0, 1024, 1024, 1536]
    assert hit_share(requests, cached_tokens(requests)) == pytest.approx(7 / 12)


def test_least_recently_used_goes_first():
    requests = prompts((1,), (2,), (1,), (3,), (2,), (1,))
    assert cached_tokens(requests, PrefixCache(capacity_blocks=2)).tolist() == [0, 0, 512, 0, 0, 0]
    assert cached_tokens(requests, PrefixCache(capacity_blocks=3)).tolist() == [0, 0, 512, 0, 512, 512]


def test_blocks_expire():
    requests = prompts((1,), (1,), (1,), arrival_s=[0, 10, 21])
    assert cached_tokens(requests, PrefixCache(keep_s=10)).tolist() == [0, 512, 0]


def test_a_last_block_in_part_counts_in_part():
    requests = Requests(
        arrival_s=np.array([0.0, 1.0]),
        input_tokens=np.array([700, 700]),
        output_tokens=np.array([1, 1]),
        blocks=((1, 2), (1, 2)),
    )
    assert cached_tokens(requests).tolist() == [0, 700]


def test_without_hashes_hits_are_unknown():
    requests = Requests(np.zeros(1), np.ones(1, dtype=np.int64), np.ones(1, dtype=np.int64))
    with pytest.raises(ValueError, match="no block hashes"):
        cached_tokens(requests)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 8), min_size=1, max_size=5), min_size=1, max_size=40), st.integers(1, 9)
)
def test_a_larger_cache_keeps_the_recent_and_never_beats_the_ideal(lists, capacity):
    requests = prompts(*(tuple(dict.fromkeys(entry)) for entry in lists))
    small, large, ideal = (
        cached_tokens(requests, PrefixCache(capacity_blocks=blocks))
        for blocks in (capacity, capacity + 1, None)
    )
    assert np.all(small <= large)
    assert np.all(large <= ideal)


def test_mooncake_conversation_hit_shares():
    folder = os.environ.get("PLANNER_TRACES")
    if folder is None:
        requests = read_trace(DATA / "mooncake_conversation_excerpt.jsonl")
        ideal = hit_share(requests, cached_tokens(requests))
        # all but the common first block of 512 tokens is cold within the first minute
        assert 0.02 < ideal < 0.374
        assert hit_share(requests, cached_tokens(requests, PrefixCache(capacity_blocks=50))) < ideal
        return
    requests = read_trace(Path(folder) / "mooncake_conversation.jsonl")
    published = {
        PrefixCache(): 0.374,
        PrefixCache(capacity_blocks=1_827): 0.0533,
        PrefixCache(capacity_blocks=9_139): 0.1993,
        PrefixCache(capacity_blocks=45_697): 0.3604,
        PrefixCache(keep_s=60): 0.1054,
        PrefixCache(keep_s=600): 0.3501,
    }
    for cache, share in published.items():
        # stamps are quantised to 3 s in the trace and spread by the reader, which matters to ages only
        tolerance = 5e-4 if cache.keep_s is None else 3e-3
        assert hit_share(requests, cached_tokens(requests, cache)) == pytest.approx(share, abs=tolerance)
