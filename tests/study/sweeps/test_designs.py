"""Designs: how many cases, where they lie, and that neighbours are close."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.study.sweeps.designs import grid, latin_hypercube, near_order, one_at_a_time, random_cases


def test_grid_holds_every_combination_once() -> None:
    cases = grid({"a": [1, 2, 3], "b": ["x", "y"], "c": [True, False]})
    assert len(cases) == 12
    assert len({tuple(case.values()) for case in cases}) == 12


def test_neighbours_in_a_grid_differ_in_one_input() -> None:
    cases = grid({"a": [1, 2, 3], "b": [4, 5], "c": [6, 7, 8]})
    for one, other in pairwise(cases):
        assert sum(one[path] != other[path] for path in one) == 1


def test_one_at_a_time_begins_with_the_base_and_changes_one_input() -> None:
    assert one_at_a_time({"a": [1, 2], "b": [3]}) == [{}, {"a": 1}, {"a": 2}, {"b": 3}]


@given(count=st.integers(1, 40), seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_latin_hypercube_has_one_value_in_every_slice(count: int, seed: int) -> None:
    cases = latin_hypercube({"a": (10.0, 20.0), "b": (-1.0, 1.0)}, count, seed)
    for path, low, width in (("a", 10.0, 10.0), ("b", -1.0, 2.0)):
        slices = sorted(int((case[path] - low) / width * count) for case in cases)
        assert slices == list(range(count))


def test_draws_repeat_with_their_seed_and_stay_in_range() -> None:
    ranges = {"a": (0.5, 0.7), "b": (3.0, 4.0)}
    assert random_cases(ranges, 30, seed=3) == random_cases(ranges, 30, seed=3)
    assert random_cases(ranges, 30, seed=3) != random_cases(ranges, 30, seed=4)
    assert all(0.5 <= case["a"] <= 0.7 and 3 <= case["b"] <= 4 for case in random_cases(ranges, 30))


def test_near_order_walks_to_the_nearest() -> None:
    assert near_order(np.array([[0.0], [0.9], [0.2], [0.5]])) == [0, 2, 3, 1]
