"""Arrivals on the clock: they follow the demand and keep the shape of their source."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.verify.simulation import PrefixCache, read_trace
from planner.verify.simulation.arrivals import from_trace, on_the_clock, shape_of, synthetic
from planner.verify.simulation.failures import Failing, cut, down_times

DATA = Path(__file__).parents[2] / "data"


def test_by_hand():
    clock = on_the_clock(np.array([0.0, 5.0, 10.0, 15.0, 29.0, 30.0]), np.array([1.0, 0.0, 2.0]), 10.0)
    assert clock.tolist() == [0.0, 5.0, 20.0, 22.5, 29.5, np.inf]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.just(0.0) | st.floats(0.01, 50.0), min_size=1, max_size=8).filter(any), st.integers(0, 99))
def test_counts_follow_the_demand(rates, seed):
    per_s, period_s = np.array(rates), 40.0
    total = per_s.sum() * period_s
    times = np.sort(np.random.default_rng(seed).random(500) * total)
    clock = on_the_clock(times, per_s, period_s)
    assert np.all(np.diff(clock) >= 0)
    expected = np.concatenate([[0.0], np.cumsum(per_s) * period_s])
    counted = np.histogram(clock, bins=np.arange(len(rates) + 1) * period_s)[0]
    assert np.all(np.abs(counted - np.histogram(times, bins=expected)[0]) <= 1)


def test_synthetic_moments():
    times, prefill, decode = synthetic(np.random.default_rng(1), 200_000, 4.0, 2.0, 0.5)
    gaps = np.diff(times)
    assert gaps.mean() == pytest.approx(1.0, rel=0.02)
    assert gaps.var() == pytest.approx(4.0, rel=0.05)
    assert [prefill.mean(), decode.mean()] == pytest.approx([1.0, 1.0], rel=0.02)
    assert [prefill.var(), decode.var()] == pytest.approx([2.0, 0.5], rel=0.15)
    assert np.diff(synthetic(np.random.default_rng(1), 5, 0.0, 0.0, 0.0)[0]).tolist() == [1.0] * 4


def test_a_trace_goes_round_and_keeps_lengths_with_gaps():
    requests = read_trace(DATA / "azure2023_conv_excerpt.csv")
    shape = shape_of(requests)
    assert [shape.gap.mean(), shape.prefill.mean(), shape.decode.mean()] == pytest.approx([1.0, 1.0, 1.0])
    times, prefill, _ = from_trace(shape, np.random.default_rng(4), 1_800)
    assert np.all(np.diff(times) >= 0)
    assert times[600:] - times[:-600] == pytest.approx(600.0)
    assert prefill[600:] == pytest.approx(prefill[:-600])
    assert shape.hit_share is None


def test_cache_hits_need_no_computing():
    requests = read_trace(DATA / "mooncake_conversation_excerpt.jsonl")
    shape, cold = shape_of(requests), shape_of(requests, PrefixCache(capacity_blocks=1))
    assert shape.hit_share is not None
    assert cold.hit_share is not None
    assert shape.hit_share > cold.hit_share


def test_down_times_have_the_long_run_share():
    rng, hours = np.random.default_rng(6), 50_000.0
    down = down_times(rng, 40, 2, Failing(20.0, 24.0), hours)
    share = sum(min(end, hours) - begin for unit in down for begin, end in unit) / (40 * hours)
    node = 20.0 * 24.0 / (8760.0 + 20.0 * 24.0)
    assert share == pytest.approx(1 - (1 - node) ** 2, rel=0.05)
    assert all(left[1] < right[0] for unit in down for left, right in pairwise(unit))
    assert down_times(rng, 1, 2, Failing(0.0, 24.0), hours) == [[]]


def test_spare_nodes_bring_a_unit_back_and_the_last_copies_give_them():
    rng, hours, copies, nodes = np.random.default_rng(7), 50_000.0, 10, 4
    down = down_times(rng, copies, nodes, Failing(20.0, 24.0, swap_hours=0.5), hours)
    share = np.array([sum(min(end, hours) - begin for begin, end in unit) / hours for unit in down])
    restarting = nodes * 20.0 * 0.5 / 8760.0
    assert share[:6] == pytest.approx(np.full(6, restarting), rel=0.15)
    node = 20.0 * 24.0 / (8760.0 + 20.0 * 24.0)
    none_in_repair = (1 - node) ** (copies * nodes)
    assert share[-1] == pytest.approx(1 - none_in_repair * (1 - restarting), rel=0.05)


def test_windows_are_cut_at_failures():
    windows = [(0.0, 10.0, False), (20.0, 30.0, False)]
    assert cut(windows, [(2.0, 3.0), (9.0, 22.0)]) == [
        (0.0, 2.0, True),
        (3.0, 9.0, True),
        (22.0, 30.0, False),
    ]
    assert cut(windows, [(0.0, 40.0)]) == []
