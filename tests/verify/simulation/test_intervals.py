"""How certain a share is: requests that wait together are late together, and count as fewer than they are."""

import numpy as np
import pytest
from scipy.stats import t as student

from planner.verify.simulation.engine.counted import variance_of_share
from planner.verify.simulation.engine.world import GROUPS
from planner.verify.simulation.schedule import ReplayClock


def clock(periods=1):
    """Of an hour one second is replayed, of which the second half stands for nearly all."""
    return ReplayClock(periods, 1.0, 3600.0)


def test_lateness_in_one_group_is_less_certain_than_the_same_spread_out():
    """By hand: 1,600 requests, 80 late; all in one group of 100, or five in each."""
    counts = np.full((2, GROUPS), 100)
    together, apart = counts.copy(), counts - 5
    together[1, 0] = 20
    weights = clock().weights
    settled = weights[1] ** 2 * GROUPS / (GROUPS - 1) * ((20 - 95) ** 2 + (GROUPS - 1) * 5**2)
    expected = settled / (weights.sum() * 1600) ** 2
    assert variance_of_share(together, counts, clock(), GROUPS) == pytest.approx([expected], rel=1e-6)
    assert variance_of_share(apart, counts, clock(), GROUPS) == pytest.approx([0.0])


def test_a_queue_that_keeps_its_share_is_not_called_broken_by_chance():
    """M/D/1 at 0.9, 400 windows of 4,000 requests each by Lindley's recursion, groups of 250 in the second half."""
    rng, windows, count = np.random.default_rng(3), 400, 4000
    walk = np.cumsum(0.9 - rng.exponential(1.0, (windows, count)), axis=1)
    waits = walk - np.minimum(np.minimum.accumulate(walk, axis=1), 0.0)
    hits = (waits <= 5.0).reshape(windows * 2, GROUPS, -1).sum(axis=2)
    counts = np.full_like(hits, count // 2 // GROUPS)
    share = hits.reshape(windows, 2, -1)[:, 1].sum(axis=1) / (count // 2)
    groups = GROUPS // 2
    error = student.ppf(0.975, groups - 1) * np.sqrt(variance_of_share(hits, counts, clock(windows), groups))
    alone = 1.96 * np.sqrt(share * (1.0 - share) / (count // 2))
    promised = share.mean()
    assert np.mean(share + error < promised) < 0.03, "broken by chance as seldom as half of a twentieth"
    assert np.mean(share + alone < promised) > 0.25
