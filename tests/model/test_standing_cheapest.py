"""Least costs of pools at given prices, beside all mixes of units: no mix that stands costs less than the floor."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest

from kernels.queueing import UnitLosses, standing_share
from planner.model.standing_boxes import MOST_GROUPS, FailingKinds, LossBoxes
from planner.model.standing_cheapest import CheapestStanding
from planner.model.standing_near import NearCounts
from planner.model.standing_prices import PricedPool
from planner.model.standing_question import PoolQuestion
from tests.model.pool_question import pool_question

LAWS = (UnitLosses(3, 1, 0.02), UnitLosses(2, 1, 0.02), UnitLosses(1, 1, 0.02), UnitLosses(2, 1, 0.04, 0.01))


def pool(rate: list[list[float]], demand: list[float], laws: tuple[UnitLosses, ...] = LAWS) -> PoolQuestion:
    """A pool with a unit of each law, kept 99 % of the time."""
    return pool_question(laws, rate, demand, 0.99)


ONE_WORK = pool([[3.1], [2.2], [1.0], [2.0]], [5.0], (*LAWS[:3], UnitLosses(2, 1, 0.04)))
OWN_UNITS = pool([[2.0, 0.0], [0.0, 1.4], [0.9, 0.8], [0.0, 2.5]], [3.0, 3.5], ONE_WORK.laws)
SWAPPED = replace(ONE_WORK, laws=LAWS)
SHARED_NODES = pool([[1.0], [0.5], [2.2]], [3.0], (UnitLosses(1, 2, 0.03), UnitLosses(1, 4, 0.03), LAWS[0]))
PRICES = ([3.0, 2.0, 1.0, 2.0], [1.0, 1.0, 1.0, 1.0], [2.9, 2.3, 0.9, 0.0], [5.0, 1.0, 1.3, 2.5])


POOLS = {
    "one work": (ONE_WORK, 7),
    "units of their own": (OWN_UNITS, 6),
    "spare nodes": (SWAPPED, 6),
    "shared nodes": (SHARED_NODES, 8),
}


@cache
def standing_mixes(name: str) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """All mixes that keep the promise, where units share nodes by the placement that makes them stand longest."""
    question, most = POOLS[name]
    laws = [list(question.laws), [replace(law, beside=1) for law in question.laws]]
    mixes = [
        mix
        for mix in product(range(most), repeat=len(question.laws))
        if max(standing_share(mix, law, question.rate, question.demand) for law in laws) >= question.pool.kept
    ]
    return np.array(mixes)


@pytest.mark.parametrize("name", POOLS)
def test_no_mix_that_stands_costs_less_than_the_floor(name: str) -> None:
    (question, _), mixes = POOLS[name], standing_mixes(name)
    assert len(mixes) > 50
    asked = PricedPool(question)
    for usd in (*PRICES, *PRICES):  # once more, when boxes are halved already
        floors = asked.ask(np.array(usd[: len(question.laws)])).floors
        assert floors
        for floor in floors:
            assert (mixes @ np.array(floor.weight)).min() >= floor.level - 1e-9


@pytest.mark.parametrize("usd", PRICES[:2])
def test_floors_of_one_work_are_as_high_as_they_may_be(usd: list[float]) -> None:
    (floor,) = PricedPool(ONE_WORK).ask(np.array(usd)).floors
    cheapest = (standing_mixes("one work") @ np.array(usd)).min()
    assert usd[0] / floor.weight[0] == pytest.approx(cheapest, rel=0.005)


def test_counts_of_works_with_units_of_their_own_stand() -> None:
    mixes, usd = standing_mixes("units of their own"), np.array([3.0, 2.0, 9.0, 2.2])
    found = PricedPool(OWN_UNITS).ask(usd)
    near = NearCounts(OWN_UNITS, usd, np.ones(4, dtype=bool))
    grown = [near.grown(counts) for counts in found.counts]
    stands = [float(usd @ near.trimmed(counts, usd)) for counts in grown if counts is not None]
    cheapest = float((mixes @ usd).min())
    assert cheapest - 1e-9 <= min(stands) < 1.25 * cheapest
    bound = max(float((usd / np.array(floor.weight)).min()) for floor in found.floors)
    assert bound > 0.85 * cheapest


def test_a_floor_is_raised_no_further_than_is_of_use() -> None:
    usd = np.array(PRICES[3])
    (low,) = PricedPool(ONE_WORK).ask(usd, halvings=1).floors
    (high,) = PricedPool(ONE_WORK).ask(usd).floors
    known = float((standing_mixes("one work") @ usd).min())
    (enough,) = PricedPool(ONE_WORK).ask(usd, known=0.5 * known).floors
    assert usd[0] / low.weight[0] < usd[0] / high.weight[0] <= known * (1 + 1e-9)
    assert 0.499 * known <= usd[0] / enough.weight[0] < usd[0] / high.weight[0]


def test_a_looser_promise_costs_no_more() -> None:
    ones = np.ones(2, np.int64)
    kinds = FailingKinds(np.array([0.3, 0.2]), np.full(2, 0.03), ones, ones, np.ones(2) > 1)
    asked = CheapestStanding(kinds, 0.01, np.array([0.0001, 0.001, 0.01]))
    asked.at(np.array([3.0, 2.1]))
    for level in range(3):
        while asked.refine(level):
            pass
    costs = [asked.bound(level) for level in range(3)]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > costs[-1]


def test_like_kinds_are_in_one_group_and_groups_are_few() -> None:
    value = np.array([0.1, 0.1004, 0.05, 0.1, 0.1])
    down, sure = np.array([0.01, 0.01, 0.01, 0.01, 0.02]), np.arange(5) == 3
    kinds = FailingKinds(value, down, np.ones(5, np.int64), np.ones(5, np.int64), sure)
    assert [group.tolist() for group in kinds.groups()] == [[2], [0, 1], [4], [3]]
    many = np.geomspace(0.01, 1.0, 30)
    wide = FailingKinds(
        many, np.full(30, 0.01), np.ones(30, np.int64), np.ones(30, np.int64), np.ones(30) > 1
    )
    assert len(wide.groups()) <= MOST_GROUPS
    assert sorted(np.concatenate(wide.groups()).tolist()) == list(range(30))


def test_what_boxes_lose_is_the_quantile_of_a_binomial_sum() -> None:
    """Forty nodes, each lost with a chance of 0.02, beside scipy's binomial."""
    from scipy.stats import binom

    kinds = FailingKinds(
        np.array([0.05]), np.array([0.02]), np.ones(1, np.int64), np.ones(1, np.int64), np.ones(1) > 1
    )
    boxes = LossBoxes(kinds, 0.05, np.array([0.05, 0.0001]))
    boxes.halve(np.array([0]), np.array([0]), np.array([39]))
    assert boxes.least[:, 0].tolist() == [0, 40]
    expected = 0.05 * binom.ppf([0.95, 0.9999], 40, 0.02)
    assert boxes.lost[1] == pytest.approx(expected)
