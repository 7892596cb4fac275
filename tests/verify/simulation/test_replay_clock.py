"""The clock of a replay: its parts stand for the whole of a period, whatever little of it is replayed."""

from __future__ import annotations

import numpy as np
import pytest

from planner.verify.simulation.schedule import ReplayClock


@pytest.mark.parametrize(
    ("period_s", "starting_s"), [(100.0, 0.0), (100.0, 900.0), (3600.0, 0.0), (3600.0, 900.0)]
)
def test_parts_stand_for_a_whole_period(period_s, starting_s):
    clock = ReplayClock(periods=3, period_s=period_s, real_s=3600.0, starting_s=starting_s)
    assert clock.weights @ np.full(clock.parts, clock.part_s) == pytest.approx(3600.0)
    assert clock.weights[0] == 1.0


def test_what_settles_after_a_change_takes_its_own_time():
    """100 s of an hour: 50 s stand for themselves, the others for 3,550 s; so where units start for 15 minutes."""
    plain = ReplayClock(periods=1, period_s=100.0, real_s=3600.0)
    assert plain.weights.tolist() == [1.0, 71.0]
    starting = ReplayClock(periods=1, period_s=100.0, real_s=3600.0, starting_s=900.0)
    assert starting.starts_within_s(0.25) == 50.0
    assert starting.starts_within_s(2.25) == 250.0
    assert starting.weights.tolist() == [1.0, 35.0, 1.0, 107.0]
    whole = ReplayClock(periods=1, period_s=3600.0, real_s=3600.0, starting_s=900.0)
    assert whole.weights.tolist() == [1.0, 1.0]
    assert whole.starts_within_s(0.25) == 900.0


def test_every_moment_has_its_part():
    clock = ReplayClock(periods=2, period_s=100.0, real_s=3600.0)
    assert clock.part_of(np.array([0.0, 49.0, 50.0, 120.0, 1e6])).tolist() == [0, 0, 1, 2, 3]
