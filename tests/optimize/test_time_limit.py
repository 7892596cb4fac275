"""A time limit counts from the command on, and keeps room for what comes after the search."""

from __future__ import annotations

import math
import time

import pytest

from planner.app.cli.began import BEGAN, begin, left_of
from planner.optimize.search import LEAST_SEARCH, MOST_AFTER, TimeLimit


def test_what_comes_after_is_thought_to_take_as_long_as_preparation() -> None:
    """3 s of 100 were spent before: 3 s are kept, 94 are left; never less than a share, never kept more than one."""
    clock = TimeLimit.after_preparation(100.0, time.monotonic() - 3.0)
    assert clock.after_s == pytest.approx(3.0, abs=0.5)
    assert clock.left == pytest.approx(94.0, abs=0.5)
    assert clock.ends == pytest.approx(time.monotonic() + 94.0, abs=0.5)
    late = TimeLimit.after_preparation(10.0, time.monotonic() - 60.0)
    assert late.after_s == MOST_AFTER * 10.0
    assert late.left == pytest.approx(LEAST_SEARCH * 10.0)
    free = TimeLimit.after_preparation(None, time.monotonic() - 3.0)
    assert free.left is None
    assert free.ends == math.inf


def test_loading_counts_and_takes_no_more_than_half() -> None:
    begin()
    assert left_of(100.0) == pytest.approx(100.0, abs=0.5)
    BEGAN.set(time.monotonic() - 4.0)
    assert left_of(100.0) == pytest.approx(96.0, abs=0.5)
    assert left_of(5.0) == 2.5
