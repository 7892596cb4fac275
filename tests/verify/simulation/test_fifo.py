"""The core of the replay: order, windows, failures, and agreement with queueing theory."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.queueing import mean_wait, wait_probability
from planner.verify.simulation import ServerPool, serve, steady_pool


def test_two_servers_by_hand():
    served = serve(np.array([0.0, 0.0, 1.0, 1.0]), np.array([2.0, 3.0, 1.0, 4.0]), steady_pool(2))
    assert served.begun.tolist() == [0.0, 0.0, 2.0, 3.0]
    assert served.ended.tolist() == [2.0, 3.0, 3.0, 7.0]


def test_a_planned_end_lets_the_request_finish_and_a_failure_starts_it_again():
    arrival, work = np.array([0.0, 0.5]), np.array([2.0, 1.0])
    ends = ServerPool([[(0.0, 1.0, False)], [(3.0, 9.0, False)]], [1, 1], [[1.0], [1.0]], math.inf)
    assert serve(arrival, work, ends).ended.tolist() == [2.0, 4.0]
    fails = ServerPool([[(0.0, 1.0, True)], [(3.0, 9.0, False)]], [1, 1], [[1.0], [1.0]], math.inf)
    served = serve(arrival, work, fails)
    assert served.begun.tolist() == [4.0, 3.0]  # the broken request queues again behind the one that waited
    assert served.group.tolist() == [1, 1]


def test_a_server_comes_back():
    pool = ServerPool([[(0.0, 1.0, True), (5.0, 20.0, False)]], [1], [[1.0]], math.inf)
    served = serve(np.array([0.5, 0.6]), np.array([2.0, 1.0]), pool)
    assert served.begun.tolist() == [6.0, 5.0]


def test_nobody_left():
    pool = ServerPool([[(0.0, 1.0, False)]], [1], [[1.0]], math.inf)
    served = serve(np.array([0.0, 2.0]), np.array([0.5, 0.5]), pool)
    assert served.ended.tolist() == [0.5, math.inf]
    assert served.group.tolist() == [0, -1]


def test_speed_follows_the_period_of_the_start():
    pool = ServerPool([[(0.0, math.inf, False)]], [1], [[1.0, 2.0]], 10.0)
    served = serve(np.array([0.0, 12.0]), np.array([4.0, 4.0]), pool)
    assert served.ended.tolist() == [4.0, 14.0]
    assert pool.capacity(2).tolist() == [10.0, 20.0]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_first_come_first_served_and_work_conserving(servers, seed):
    rng = np.random.default_rng(seed)
    arrival, work = np.sort(rng.random(60) * 20), rng.exponential(1.0, 60)
    served = serve(arrival, work, steady_pool(servers))
    assert np.all(np.diff(served.begun) >= 0)
    assert np.all(served.begun >= arrival)
    assert np.allclose(served.ended - served.begun, work)
    for place, moment in enumerate(served.begun):  # who waits, waits for a server that has just been freed
        if moment > arrival[place]:
            assert np.sum((served.begun[:place] <= moment) & (served.ended[:place] > moment)) == servers - 1


def test_waits_agree_with_the_formulas():
    rng, servers, busy = np.random.default_rng(1), 12, 0.85
    arrival = np.cumsum(rng.gamma(0.25, 4.0, 300_000)) / (servers * busy)
    wait = serve(arrival, rng.exponential(1.0, len(arrival)), steady_pool(servers)).begun - arrival
    assert wait.mean() == pytest.approx(float(mean_wait(servers, busy, 4.0, 1.0)), rel=0.06)
    assert np.mean(wait > 1.0) == pytest.approx(
        float(wait_probability(servers, busy, 1.0, 4.0, 1.0)), rel=0.06
    )


def test_a_hundred_thousand_requests_take_seconds():
    """The bar is a million in a minute on one core; the whole million is in tests/bench."""
    rng = np.random.default_rng(2)
    arrival, work = np.cumsum(rng.exponential(1.0, 100_000)), rng.exponential(900.0, 100_000)
    began = time.process_time()
    serve(arrival, work, steady_pool(1_000))
    assert time.process_time() - began < 6.0
