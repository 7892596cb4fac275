"""Mixes of kinds that stand in for each other: they keep the promise, and cost less than units beside a plan's own."""

from __future__ import annotations

import numpy as np

from kernels.queueing import standing_share
from planner.core.lateness import never
from planner.model.encode import WarmStart
from planner.model.prepare import sets_of
from planner.model.standing_near import NearCounts
from planner.optimize.decomposition.heuristic.standing_mixes import Mixes
from planner.optimize.decomposition.heuristic.standing_repair import standing_grown, standing_mixed
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.both_roles import alone_in_both, share_of_both
from planner.rates.compute import compute_rates
from tests.optimize.decomposition.problem.test_alone_in_both import question

ALL = 1.0


def test_mixes_serve_all_and_keep_the_promise_with_fewer_nodes() -> None:
    """Units of 3 nodes do most by the node, and fall with any of three: smaller ones stand in for some of them."""
    sets = sets_of(instance := question(3, 0.999, scale=6.0), compute_rates(instance))
    alone = alone_in_both(sets)
    assert alone is not None
    assert sets.standing is not None
    share = share_of_both(sets, *alone)
    on = np.zeros((3, 2), dtype=np.int64)
    on[2] = np.ceil(1.0 / share[2])
    begun = WarmStart(np.zeros(len(sets.first), dtype=np.int64), on)
    mixed = standing_mixed(sets, begun, ALL, DEFAULTS.mixes, never)
    assert ((share * mixed).sum(axis=0) >= 1.0 - 1e-6).all()
    for asked in sets.standing.questions:
        counts = mixed[list(asked.pool.units), asked.period]
        assert standing_share(counts.tolist(), asked.laws, asked.rate, asked.demand) >= asked.pool.kept
    assert sets.nodes @ mixed.sum(axis=1) <= sets.nodes @ standing_grown(sets, on, ALL, never).sum(axis=1)


def test_offers_of_one_period_are_no_nodes_held() -> None:
    sets = sets_of(instance := question(2, 0.999, scale=8.0), compute_rates(instance))
    alone = alone_in_both(sets)
    assert alone is not None
    begun = WarmStart(np.ones(len(sets.first), dtype=np.int64), np.ones((2, 2), dtype=np.int64))
    mixes = Mixes.beside(sets, begun, *alone, DEFAULTS.mixes)
    assert mixes.held.tolist() == [[0.0, 0.0]]
    assert mixes.price.tolist() == [[1.0, 1.0]]
    assert (mixes.found({}, begun.on, never) == begun.on).all()


def test_for_want_of_time_hours_have_the_mix_of_the_next_with_more_work() -> None:
    """Time for the hour of most work alone: that of less has as many units of each kind."""
    sets = sets_of(instance := question(3, 0.999, scale=4.0), compute_rates(instance))
    alone = alone_in_both(sets)
    assert alone is not None
    on = np.full((3, 2), 3, dtype=np.int64)
    begun = WarmStart(np.zeros(len(sets.first), dtype=np.int64), on)
    assert sets.standing is not None
    nears = {
        asked.period: NearCounts(asked, sets.nodes, np.ones(3, dtype=bool))
        for asked in sets.standing.questions
    }
    late = iter([False, True])
    mixed = Mixes.beside(sets, begun, *alone, DEFAULTS.mixes).found(nears, on, lambda: next(late))
    assert (mixed[:, 0] == mixed[:, 1]).all()
    assert (mixed != on).any()
