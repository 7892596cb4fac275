"""Floors of pools of many kinds: no mix that keeps the promise is below one, and mixes far below do not keep it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import scipy.optimize

from kernels.queueing import UnitLosses, standing_share
from planner.model.standing_floors import floors_of
from planner.model.standing_question import PoolQuestion
from planner.model.standing_reserve import _steepest
from tests.model.pool_question import pool_question

ONE_WORK = pool_question(
    (UnitLosses(3, 1, 0.03), UnitLosses(2, 1, 0.03), UnitLosses(1, 1, 0.03), UnitLosses(1, 4, 0.05)),
    [[3.4], [2.1], [1.0], [0.3]],
    [5.0],
    0.99,
)
TWO_WORKS = pool_question(
    (UnitLosses(2, 1, 0.04), UnitLosses(1, 1, 0.02), UnitLosses(2, 1, 0.04), UnitLosses(1, 1, 0.05, 0.01)),
    [[2.0, 0.0], [0.8, 0.7], [0.0, 2.2], [1.1, 0.9]],
    [2.5, 2.0],
    0.98,
)


@pytest.mark.parametrize("question", [ONE_WORK, TWO_WORKS])
def test_whatever_keeps_the_promise_is_above_every_floor(question: PoolQuestion) -> None:
    (floors,) = floors_of([question])
    assert floors
    mixes = np.array(list(product(range(6), repeat=len(question.laws))))
    mixes = mixes[np.random.default_rng(3).permutation(len(mixes))[:700]]
    above = np.all([mixes @ np.array(floor.weight) >= floor.level - 1e-9 for floor in floors], axis=0)
    keeps = np.array(
        [
            standing_share(mix, question.laws, question.rate, question.demand) >= question.pool.kept
            for mix in mixes.tolist()
        ]
    )
    assert keeps.sum() > 50
    assert above[keeps].all()
    assert not above.all()


@pytest.mark.parametrize(("law", "rate"), [(UnitLosses(2, 1, 0.002), 1.0), (UnitLosses(9, 1, 0.002), 6.0)])
def test_one_kind_alone_needs_what_its_floor_says(law: UnitLosses, rate: float) -> None:
    """40 units' worth of work, or 7: the floor lies within one unit of the least count."""
    question = pool_question((law,), [[rate]], [40.0], 0.999)
    (floors,) = floors_of([question])
    least = law.least(int(np.ceil(40.0 / rate)), 0.999)
    floor = max(one.level / one.weight[0] for one in floors)
    assert floor > np.ceil(40.0 / rate)
    assert least is not None
    assert least - 1.0 <= floor + 1e-9
    assert floor <= least + 1e-9


def test_no_time_leaves_the_floors_on_means() -> None:
    (all_of,), (means,) = floors_of([ONE_WORK]), floors_of([ONE_WORK], lambda: True)
    assert 0 < len(means) < len(all_of)
    assert set(means) < set(all_of)


def test_rows_that_a_solver_keeps_to_its_tolerance_are_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quantiles of 1e-8 stay broken within any tolerance: the line is found in a few programs all the same."""
    asked, solve = [], scipy.optimize.linprog

    def counted(*program: object, **more: object) -> object:
        asked.append(1)
        return solve(*program, **more)

    monkeypatch.setattr(scipy.optimize, "linprog", counted)
    upper = np.random.default_rng(1).integers(0, 2000, (4000, 3))
    quantile = 1e-8 * np.sqrt(upper @ np.array([0.1, 0.2, 0.4]))
    worth = np.array([1e3, 1e3, 1e3, 3.0])
    assert _steepest(upper, quantile, np.array([[0.0, 0.0, 0.0, 1.0]]), 1.0, worth) is not None
    assert len(asked) < 10
