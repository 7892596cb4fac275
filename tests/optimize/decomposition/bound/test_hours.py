"""One hour against every combination, and one kind of hardware against every fleet."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from planner.model.prepare import sets_of
from planner.optimize.decomposition.bound.hours import HourModel
from planner.optimize.decomposition.bound.time_aggregation import aggregated
from planner.optimize.decomposition.bound.tree import Tree
from planner.optimize.decomposition.heuristic.fleet_search import FleetCost
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.structure import structure_of
from planner.rates.compute import compute_rates
from tests.bench.generate import Hardness, generated
from tests.optimize.decomposition.roots import rooted
from tests.optimize.decomposition.small import question


def test_an_hour_is_solved_exactly() -> None:
    """Against every combination of nodes by hardware and role."""
    structure = structure_of(question(1))
    model = HourModel(structure, aggregated(structure, 100, up=True), DEFAULTS.bound)
    fleet = np.array([pool.maximum // 2 for pool in structure.pools])
    cost = FleetCost(model, None, DEFAULTS.heuristic)
    found = cost.use(fleet).cost
    held = np.zeros(structure.hardware)
    for pool, nodes in zip(structure.pools, fleet, strict=True):
        held[pool.hardware] += nodes
    most = 14
    tables = [[frontier.capacity[role].table for role in (0, 1)] for frontier in model.frontiers[0]]
    options = [
        [
            (max(0.0, a + b - held[hardware]), tables[hardware][0][a], tables[hardware][1][b])
            for a, b in product(range(most), range(most))
            if a + b <= model.frontiers[0][hardware].most
        ]
        for hardware in range(structure.hardware)
    ]
    rent = [hire.price[0] for hire in structure.hires]
    combined = np.zeros((1, 3))
    for hardware, choices in enumerate(options):
        table = np.array(choices) * np.array([rent[hardware], 1.0, 1.0])
        combined = (combined[:, None, :] + table[None, :, :]).reshape(-1, 3)
    for slot in range(model.aggregation.count):
        enough = (combined[:, 1:] >= model.aggregation.demand[:, slot] - 1e-6).all(axis=1)
        if enough.any():
            assert found[slot] == pytest.approx(combined[enough, 0].min(), abs=1e-9)


def test_one_kind_of_hardware_is_searched_to_the_end() -> None:
    instance = generated(Hardness(48, 1, 1))
    structure = structure_of(sets_of(instance, compute_rates(instance)))
    aggregation = aggregated(structure, 48)
    cost = FleetCost(HourModel(structure, aggregation, DEFAULTS.bound), None, DEFAULTS.heuristic)
    nodes = range(structure.pools[0].minimum, structure.pools[0].maximum + 1)
    cheapest = min(cost(np.array([count], dtype=np.int64)) for count in nodes)
    root = rooted(structure, 48)
    assert root is not None
    tree = Tree(structure, root, DEFAULTS.bound.override(groups=48))
    while not tree.done:
        tree.step()
    assert tree.bound == pytest.approx(cheapest, rel=1e-4)
