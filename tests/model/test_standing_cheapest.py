"""Least costs of pools at given prices, beside all mixes of units: no mix that stands costs less than the floor."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest

from kernels.queueing import UnitLosses, standing_share
from planner.model.standing_cheapest import CheapestStanding, PricedKinds
from planner.model.standing_prices import priced
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
    for usd in PRICES:
        floors = priced(question, np.array(usd[: len(question.laws)])).floors
        assert floors
        for floor in floors:
            assert (mixes @ np.array(floor.weight)).min() >= floor.level - 1e-9


@pytest.mark.parametrize("usd", PRICES[:2])
def test_floors_of_one_work_are_as_high_as_they_may_be(usd: list[float]) -> None:
    (floor,) = priced(ONE_WORK, np.array(usd)).floors
    cheapest = (standing_mixes("one work") @ np.array(usd)).min()
    assert usd[0] / floor.weight[0] == pytest.approx(cheapest, rel=0.005)


def test_counts_of_works_with_units_of_their_own_stand() -> None:
    mixes, usd = standing_mixes("units of their own"), np.array([3.0, 2.0, 4.0, 2.2])
    found = priced(OWN_UNITS, usd)
    stands = [
        float(usd @ counts)
        for counts in found.counts
        if standing_share(counts, OWN_UNITS.laws, OWN_UNITS.rate, OWN_UNITS.demand) >= OWN_UNITS.pool.kept
    ]
    cheapest = float((mixes @ usd).min())
    assert cheapest - 1e-9 <= min(stands) < 1.25 * cheapest
    bound = max(float((usd / np.array(floor.weight)).min()) for floor in found.floors)
    assert bound > 0.85 * cheapest


def test_what_another_kind_does_for_less_is_left_out() -> None:
    ones, kinds = np.ones(3, dtype=np.int64), np.array([2.0, 1.0, 0.5])
    of = PricedKinds(kinds, np.array([2.0, 1.0, 0.6]), np.array([0.02, 0.01, 0.01]), ones, ones < 0)
    assert of.useful.tolist() == [1, 2]  # two of it fail no more often than the large one, at the same price
    dearer = replace(of, usd=np.array([1.9, 1.0, 0.6]))
    assert dearer.useful.tolist() == [0, 1, 2]


def test_a_looser_promise_costs_no_more() -> None:
    kinds = PricedKinds(
        np.array([0.3, 0.2]), np.array([3.0, 2.1]), np.full(2, 0.03), np.ones(2, np.int64), np.ones(2) > 1
    )
    asked = CheapestStanding(kinds, 0.01)
    costs = [asked.least(missing).usd for missing in (0.0001, 0.001, 0.01)]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > costs[-1]
