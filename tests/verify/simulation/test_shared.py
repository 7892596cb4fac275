"""Several works in shared units: by hand, against the single queue, and against Cobham's formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.queueing import erlang_c
from planner.verify.simulation import Jobs, SharedPool, serve, serve_shared, steady_pool

ALWAYS = [(0.0, math.inf, False)]


def jobs(*rows):
    """Rows of arrival, work, kind and perhaps home."""
    arrival, work, kind, home = zip(*((*row, 0)[:4] for row in rows), strict=True)
    return Jobs(np.array(arrival, float), np.array(work, float), np.array(kind), np.array(home))


def pool(slots, urgency, windows=None, unit=None, speed=None, size=None):
    units = 1 if unit is None else max(unit) + 1
    return SharedPool(
        windows=windows or [ALWAYS] * len(slots),
        slots=slots,
        unit=unit or [0] * len(slots),
        pace=[[1.0]] * len(slots),
        speed=speed or [[1.0] * len(urgency)] * units,
        size=size or [[1.0] * len(urgency)] * units,
        urgency=urgency,
        period_s=math.inf,
    )


def test_the_urgent_go_first_and_nobody_is_broken_off():
    served = serve_shared(jobs((0, 5, 1), (1, 5, 1), (2, 1, 0), (3, 1, 0)), pool([1], [0, 9]))
    assert served.begun.tolist() == [0.0, 7.0, 5.0, 6.0]
    assert served.ended.tolist() == [5.0, 12.0, 6.0, 7.0]


def test_works_of_one_urgency_come_in_order_of_arrival():
    served = serve_shared(jobs((0, 5, 1), (1, 1, 1), (2, 1, 0), (3, 1, 1)), pool([1], [5, 5]))
    assert served.begun.tolist() == [0.0, 5.0, 6.0, 7.0]


def test_the_small_do_not_slip_in_ahead_of_the_urgent_and_large():
    # two of three slots are taken until 4 and 9; the large one needs three, the small one would fit at once
    large_and_small = pool([3], [0, 9], size=[[3.0, 1.0]])
    served = serve_shared(jobs((0, 4, 1), (0, 9, 1), (1, 2, 0), (2, 1, 1)), large_and_small)
    assert served.begun.tolist() == [0.0, 0.0, 9.0, 11.0]


def test_requests_go_home_or_where_there_is_room():
    two = pool([1, 1], [5, 5], unit=[0, 1], speed=[[1.0, 1.0], [2.0, 0.0]])
    served = serve_shared(jobs((0, 4, 0, 1), (1, 4, 0, 1), (1.5, 4, 1, 0), (1.6, 4, 0, 1)), two)
    assert served.group.tolist() == [1, 0, 0, 1]  # only the first type serves the second kind
    assert served.ended.tolist() == [2.0, 5.0, 9.0, 4.0]


def test_a_failure_sends_requests_back_and_a_planned_end_does_not():
    for fails, ended in ((True, [7.0, 8.0]), (False, [4.0, 5.0])):
        parts = pool([2], [5], windows=[[(0.0, 3.0, fails), (3.5, math.inf, False)]])
        served = serve_shared(jobs((0, 4, 0), (0.5, 4.5, 0)), parts)
        assert served.ended.tolist() == pytest.approx([7.5, 8.0] if fails else ended)


def test_whom_nobody_serves_waits_for_ever():
    gone = pool([1], [5], windows=[[(0.0, 1.0, False)]])
    assert serve_shared(jobs((0, 3, 0), (0, 1, 0)), gone).ended.tolist() == [3.0, math.inf]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_one_kind_is_the_single_queue(servers, seed):
    rng = np.random.default_rng(seed)
    arrival, work = np.sort(rng.random(80) * 20), rng.exponential(1.0, 80)
    none = np.zeros(80, dtype=np.int64)
    together = serve_shared(Jobs(arrival, work, none, none), pool([1] * servers, [5]))
    single = serve(arrival, work, steady_pool(servers))
    assert together.begun == pytest.approx(single.begun)
    assert together.ended == pytest.approx(single.ended)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_room_is_never_exceeded_and_never_left_to_the_urgent_in_vain(seed):
    rng = np.random.default_rng(seed)
    count, size = 120, [[3.0, 1.0, 1.5], [2.0, 0.5, 0.0]]
    arrival, kind = np.sort(rng.random(count) * 10), rng.integers(0, 3, count)
    mixed = pool([6, 5, 4], [1, 3, 9], unit=[0, 0, 1], speed=[[1.0, 2.0, 1.0], [1.5, 1.0, 0.0]], size=size)
    served = serve_shared(Jobs(arrival, rng.exponential(1.0, count), kind, np.zeros(count, int)), mixed)
    assert np.all(served.begun >= arrival)
    assert np.all(np.isfinite(served.ended))
    takes = np.array(size)[np.array(mixed.unit)[served.group], kind]
    assert np.all(takes > 0)
    for moment in served.begun:
        held = (served.begun <= moment) & (served.ended > moment)
        assert np.all(
            np.bincount(served.group[held], weights=takes[held], minlength=3) <= np.array([6, 5, 4]) + 1e-4
        )
    for k in range(3):  # within a kind, nobody is overtaken by who came later and goes to the same type
        for unit in range(2):
            mine = (kind == k) & (np.array(mixed.unit)[served.group] == unit)
            assert np.all(np.diff(served.begun[mine]) >= 0)


def test_two_priorities_wait_as_cobham_says():
    # A. Cobham, Operations Research 2, 1954: W_1 = W_0 / (1 - r_1), W_2 = W_0 / ((1 - r_1) (1 - r_1 - r_2))
    rng, servers, loads, count = np.random.default_rng(3), 8, (0.5, 0.35), 400_000
    arrival = np.cumsum(rng.exponential(1.0 / (servers * sum(loads)), count))
    kind = (rng.random(count) > loads[0] / sum(loads)).astype(np.int64)
    served = serve_shared(
        Jobs(arrival, rng.exponential(1.0, count), kind, np.zeros(count, int)), pool([servers], [0, 1])
    )
    wait = served.begun - arrival
    all_busy = float(erlang_c(servers, servers * sum(loads))) / servers
    assert wait[kind == 0].mean() == pytest.approx(all_busy / (1 - loads[0]), rel=0.05)
    assert wait[kind == 1].mean() == pytest.approx(all_busy / (1 - loads[0]) / (1 - sum(loads)), rel=0.05)
