"""Floors on nodes that units share: as high as the least number of nodes that keeps a promise, and no higher."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from kernels.queueing import UnitLosses
from planner.model.standing_prices import PricedPool
from planner.model.standing_question import PoolQuestion
from tests.model.pool_question import pool_question

DOWN = 0.02


def sharing(demand: float, pieces: bool, kept: float = 0.999) -> PoolQuestion:
    """Units of a quarter and a half of a node on one hardware, a node full of the smaller carries 4.4."""
    laws = UnitLosses(1, 4, DOWN), UnitLosses(1, 2, DOWN)
    question = pool_question(laws, [[1.1], [2.0]], [demand], kept)
    hardware = np.array(["h", "h"])
    return replace(question, hardware=hardware, packs=(True, True), pieces=(pieces, pieces))


def least_nodes(demand: float, kept: float) -> int:
    """Nodes full of the better kind, of which enough are up for so long: P(4.4 up >= demand) by the binomial law."""
    needed = int(np.ceil(demand / 4.4 - 1e-9))
    return next(n for n in range(needed, 99) if binom.sf(needed - 1, n, 1.0 - DOWN) >= kept)


@pytest.mark.parametrize("demand", [0.5, 4.4, 4.5, 9.0, 22.0, 60.0])
@pytest.mark.parametrize("kept", [0.97, 0.999])
def test_floor_is_the_least_number_of_full_nodes(demand: float, kept: float) -> None:
    (floor,) = [
        one for one in PricedPool(sharing(demand, False, kept)).ask(np.array([1.0, 1.5])).floors if one.filled
    ]
    assert floor.filled == (True, True)
    assert floor.weight[0] * 4 == pytest.approx(floor.weight[1] * 2)
    nodes = floor.level / (4 * floor.weight[0])
    assert least_nodes(demand, kept) * (1.0 - 2e-3) <= nodes <= least_nodes(demand, kept)


def test_parts_of_nodes_where_gpus_are_sold_count_as_parts() -> None:
    """Beside one full node that may be down, 4.4 of 4.4 asked for: 4 units on GPUs beside it, or another node."""
    (floor,) = [one for one in PricedPool(sharing(4.4, True)).ask(np.array([1.0, 2.0])).floors if one.filled]
    nodes = floor.level / (4 * floor.weight[0])
    assert 1.0 < nodes <= 2.0


def test_units_that_fill_one_node_after_another_are_lost_with_all_of_it() -> None:
    """4 units carry the work and a node of 4 may be lost: 8 units, where units that lie anywhere may do with fewer."""
    question = pool_question((UnitLosses(1, 4, DOWN),), [[1.1]], [4.4], 0.99)
    close = replace(question, laws=(replace(question.laws[0], anywhere=False),))
    (anywhere,), (filling,) = (PricedPool(one).ask(np.array([1.0])).floors for one in (question, close))
    assert close.laws[0].least(4, 0.99) == 8
    assert filling.level / filling.weight[0] == pytest.approx(8.0, rel=2e-3)
    assert anywhere.level / anywhere.weight[0] < 6.0
    assert close.listed() == (((8,),), ())
    assert question.listed() is None
