"""Schedules that break what a start binds to: units are kept on or begin earlier, and nothing serves less."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.model.decode import starts_of, usable_of
from planner.optimize.decomposition.heuristic.start_repair import starts_kept
from tests.optimize.decomposition.small import question


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("minimum_up", [1, 2, 3])
def test_what_starts_stays_on_and_nothing_serves_less(seed: int, minimum_up: int) -> None:
    sets = replace(question(seed), minimum_up=minimum_up)
    random = np.random.default_rng(seed)
    on = random.integers(0, 3, (len(sets.units), sets.periods))
    kept = starts_kept(sets, on)
    assert (kept >= on).all()
    assert (usable_of(sets, kept) >= usable_of(sets, on)).all()
    previous = sets.timeline.previous
    starts = starts_of(sets, kept)
    for period in range(sets.periods):
        at, recent = period, np.zeros(len(sets.units), dtype=np.int64)
        for _ in range(minimum_up):
            if at >= 0:
                recent += starts[:, at]
                at = int(previous[at])
        assert (recent <= kept[:, period]).all()


def test_units_that_are_late_begin_a_period_earlier() -> None:
    sets = replace(question(0), lost_share=np.array([0.5]))
    unit = int(np.argmax((sets.rate > 0).any(axis=1)))
    work = int(np.argmax(sets.rate[unit]))
    period = int(np.flatnonzero(sets.timeline.previous >= 0)[0])
    demand = np.zeros_like(sets.demand)
    demand[work, period] = sets.rate[unit, work] * sets.busy_limit[unit, period]
    on = np.zeros((len(sets.units), sets.periods), dtype=np.int64)
    on[unit, period] = 1
    kept = starts_kept(replace(sets, demand=demand), on)
    assert kept[unit, sets.timeline.previous[period]] == 1
    assert kept.sum() == 2
