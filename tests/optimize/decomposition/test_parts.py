"""Parts by hand: capacity of whole nodes, slots rounded either way, the exact hour, what is not covered."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.core.solution import Status
from planner.model.prepare import sets_of
from planner.optimize.decomposition.auto import choose
from planner.optimize.decomposition.capacity import capacity_of
from planner.optimize.decomposition.fleet import FleetCost
from planner.optimize.decomposition.hours import HourModel
from planner.optimize.decomposition.slots import nested, slots_of
from planner.optimize.decomposition.solve import Decomposition, decompose
from planner.optimize.decomposition.structure import NotCovered, structure_of
from planner.optimize.decomposition.tree import Tree
from planner.optimize.engines import CancelToken, EngineOptions
from planner.rates.compute import compute_rates
from tests.bench.generate import Hardness, generated
from tests.optimize.decomposition.roots import rooted
from tests.optimize.decomposition.small import question

if TYPE_CHECKING:
    from planner.model import Sets


def test_capacity_of_whole_nodes() -> None:
    # units of 2 nodes (10/s) and 3 nodes (18/s): 7 nodes hold 3+2+2 = 38/s, 6 nodes 3+3 = 36/s, 1 nothing
    capacity = capacity_of(np.array([0, 1]), np.array([2, 3]), np.array([10.0, 18.0]), 8)
    assert capacity.table.tolist() == [0, 0, 10, 18, 20, 28, 36, 38, 46]
    assert capacity.units_in(7) == {0: 2, 1: 1}
    assert capacity.needed(np.array([0.0, 11.0, 36.0, 36.5, 47.0])).tolist() == [0, 3, 6, 7, 9]


def test_slots_enclose_their_periods_and_nest() -> None:
    structure = structure_of(question(5))
    low, high = slots_of(structure, 2), slots_of(structure, 2, up=True)
    assert (low.demand[:, low.of] <= structure.demand).all()
    assert (high.demand[:, high.of] >= structure.demand).all()
    assert low.hours.sum() == pytest.approx(structure.weighted_hours.sum())
    fine = slots_of(structure, 4)
    assert (nested(fine, low)[fine.of] == low.of).all()


def test_an_hour_is_solved_exactly() -> None:
    """Against every combination of nodes by hardware and role."""
    structure = structure_of(question(1))
    model = HourModel(structure, slots_of(structure, 100, up=True))
    fleet = np.array([pool.maximum // 2 for pool in structure.pools])
    cost = FleetCost(model, None)
    found = cost.use(fleet).cost
    held = np.zeros(structure.hardware)
    for pool, nodes in zip(structure.pools, fleet, strict=True):
        held[pool.hardware] += nodes
    most = 14
    tables = [[frontier.capacity[role].table for role in (0, 1)] for frontier in model.frontiers]
    options = [
        [
            (max(0.0, a + b - held[hardware]), tables[hardware][0][a], tables[hardware][1][b])
            for a, b in product(range(most), range(most))
            if a + b <= model.frontiers[hardware].most
        ]
        for hardware in range(structure.hardware)
    ]
    rent = [hire.price[0] for hire in structure.hires]
    combined = np.zeros((1, 3))
    for hardware, choices in enumerate(options):
        table = np.array(choices) * np.array([rent[hardware], 1.0, 1.0])
        combined = (combined[:, None, :] + table[None, :, :]).reshape(-1, 3)
    for slot in range(model.slots.count):
        enough = (combined[:, 1:] >= model.slots.demand[:, slot] - 1e-6).all(axis=1)
        if enough.any():
            assert found[slot] == pytest.approx(combined[enough, 0].min(), abs=1e-9)


def test_one_kind_of_hardware_is_searched_to_the_end() -> None:
    instance = generated(Hardness(48, 1, 1))
    structure = structure_of(sets_of(instance, compute_rates(instance)))
    slots = slots_of(structure, 48)
    cost = FleetCost(HourModel(structure, slots), None)
    nodes = range(structure.pools[0].minimum, structure.pools[0].maximum + 1)
    cheapest = min(cost(np.array([count], dtype=np.int64)) for count in nodes)
    root = rooted(structure, 48)
    assert root is not None
    tree = Tree(structure, root, 48)
    while not tree.done:
        tree.step()
    assert tree.bound == pytest.approx(cheapest, rel=1e-4)


def test_what_is_not_covered_is_told() -> None:
    sets = question(2)
    shed = replace(sets, shed_usd=np.full_like(sets.shed_usd, 1.0))
    with pytest.raises(NotCovered, match="shed"):
        structure_of(shed)
    method, reason = choose(shed)
    assert method == "direct"
    assert "shed" in reason
    assert choose(sets)[0] == "direct"


def test_a_killed_bound_leaves_the_plan() -> None:
    sets = question(2)
    run = Decomposition(sets, structure_of(sets), EngineOptions(time_limit_s=1.5), None, None)
    run.bounder.end()
    found = run.run()
    assert found.values is not None
    assert found.solution.status in (Status.FEASIBLE, Status.OPTIMAL)
    assert found.solution.limit in ("time", None)


def test_cancel_returns_the_plan() -> None:
    sets, token = question(4), CancelToken()
    found = decompose(
        sets, EngineOptions(time_limit_s=30, relative_gap=0.0), lambda event: token.cancel(), token
    )
    assert found.solution.seconds < 20
    assert found.solution.limit == "interrupt"
    assert found.solution.bound <= found.solution.cost


def test_auto_goes_by_size_and_a_warm_engine_takes_more() -> None:
    def sets_for(hardware: int) -> Sets:
        instance = generated(Hardness(periods=24, hardware=hardware))
        return sets_of(instance, compute_rates(instance))

    one, three, eight = sets_for(1), sets_for(3), sets_for(8)
    assert [choose(sets)[0] for sets in (question(2), three, eight)] == ["direct", "decompose", "decompose"]
    assert [choose(sets, warm=True)[0] for sets in (one, three, eight)] == ["direct", "direct", "decompose"]
