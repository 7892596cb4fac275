"""The published DeepSeek day as capacity times load (open-infra-index, day 6; 27-28 February 2025)."""

from __future__ import annotations

import pytest

from kernels import Conditions
from tests.kernels.asking import decode_rate, point

INPUT_TOKENS, CACHED_TOKENS, OUTPUT_TOKENS = 608e9, 342e9, 168e9  # in 24 hours
INPUT_PER_PREFILL_NODE, OUTPUT_PER_DECODE_NODE = 73_700, 14_800  # tokens/s, averages
MEAN_NODES, DAY_S = 226.75, 86_400
HITS = CACHED_TOKENS / INPUT_TOKENS
DAY = Conditions(4500, 1000, kv_tokens=4989, cache_hit_share=HITS, tpot_s=0.05, draft_tokens=1)
ENGINE = ("deepseek",)


def test_the_two_averages_account_for_every_node_hour() -> None:
    prefill = INPUT_TOKENS / INPUT_PER_PREFILL_NODE / 3600
    decode = OUTPUT_TOKENS / OUTPUT_PER_DECODE_NODE / 3600
    assert prefill + decode == pytest.approx(MEAN_NODES * 24, rel=0.002)


def test_prefill_average_is_capacity_times_load() -> None:
    """73.7k counts cache hits; 32.2k of it was computed, 0.6 of what saturated units would compute."""
    computed = INPUT_PER_PREFILL_NODE * (1 - HITS)
    assert computed == pytest.approx(32_200, rel=0.005)
    capacity = point("h800", "prefill", 32, DAY, engine=ENGINE).prefill_tokens_per_s[0] / 4
    assert capacity == pytest.approx(62_700, rel=0.25)  # the profile, without hits that lengthen attention
    assert 0.5 < computed / capacity < 0.75


def test_decode_average_is_capacity_times_load() -> None:
    """At the day's 88 requests per GPU a user got 20-22 tokens/s, and so he does by the kernel."""
    concurrent = OUTPUT_TOKENS / DAY_S / 21.0
    assert concurrent == pytest.approx(92_600, rel=0.001)
    decode_gpus = OUTPUT_TOKENS / OUTPUT_PER_DECODE_NODE / 3600 / 24 * 8
    per_gpu = concurrent / decode_gpus
    assert per_gpu == pytest.approx(88, abs=0.5)
    rate = decode_rate("h800", 144, per_gpu, DAY, engine=ENGINE)
    assert 19.5 < rate / per_gpu < 22.5
    capacity = point("h800", "decode", 144, DAY, engine=ENGINE).decode_tokens_per_s[0] / 18
    assert 0.8 < OUTPUT_PER_DECODE_NODE / capacity < 1.1
