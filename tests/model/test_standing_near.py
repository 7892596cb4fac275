"""Counts near those of a plan: they keep the promise, and one unit fewer of any kind does not."""

from __future__ import annotations

import numpy as np
import pytest

from kernels.queueing import standing_share
from planner.model.standing_near import NearCounts
from planner.model.standing_question import PoolQuestion
from tests.model.test_standing_floors import ONE_WORK, TWO_WORKS


@pytest.mark.parametrize("ready", [(0, 0, 0, 0), (1, 1, 1, 1), (5, 4, 5, 3)])
@pytest.mark.parametrize("question", [ONE_WORK, TWO_WORKS])
def test_counts_keep_the_promise_and_none_fewer_do(question: PoolQuestion, ready: tuple[int, ...]) -> None:
    pool = NearCounts(question, question.nodes, np.ones(4, dtype=bool))
    grown = pool.grown(ready)
    assert grown is not None
    assert np.all(np.array(grown) >= ready)
    near = pool.trimmed(grown, question.nodes)

    def stands(counts: tuple[int, ...]) -> bool:
        share = standing_share(counts, question.laws, question.rate, question.demand)
        return share >= question.pool.kept - 1e-6

    assert stands(near)
    for unit in np.flatnonzero(near).tolist():
        fewer = tuple(count - (kind == unit) for kind, count in enumerate(near))
        share = standing_share(fewer, question.laws, question.rate, question.demand)
        apart = [law.beside > 1 for law in question.laws]
        assert share < question.pool.kept or apart[unit]


def test_what_no_number_of_the_units_at_hand_keeps_has_no_counts() -> None:
    """The only kind that may grow reads prompts; nobody answers them."""
    near = NearCounts(TWO_WORKS, TWO_WORKS.nodes, np.array([True, False, False, False]))
    assert near.grown((1, 0, 0, 0)) is None


def test_the_dearest_units_go_first() -> None:
    """Three of each kind are too many; those that stay are of the kinds that cost little."""
    pool = NearCounts(ONE_WORK, ONE_WORK.nodes, np.ones(4, dtype=bool))
    without_wide = pool.trimmed((3, 3, 3, 3), np.array([10.0, 1.0, 1.0, 1.0]))
    without_narrow = pool.trimmed((3, 3, 3, 3), np.array([1.0, 1.0, 10.0, 1.0]))
    assert without_wide[0] == without_narrow[2] == 0
    assert without_wide[2] > 0
    assert without_narrow[0] > 0
