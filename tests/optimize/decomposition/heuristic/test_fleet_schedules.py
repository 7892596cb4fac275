"""Fleets compared by their schedules: what is kept is the cheapest, and costs what the model says."""

from __future__ import annotations

import numpy as np
import pytest

from planner.model.decode import cost_terms_of
from planner.model.prepare import sets_of
from planner.optimize.decomposition.bound.hours import HourModel
from planner.optimize.decomposition.bound.time_aggregation import aggregated
from planner.optimize.decomposition.heuristic.fleet_schedules import FleetSchedules
from planner.optimize.decomposition.heuristic.fleet_search import FleetCost, FleetSearch, first_fleet
from planner.optimize.decomposition.heuristic.plan_values import values_for
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.structure import structure_of
from planner.rates.compute import compute_rates
from tests.bench.generate import Hardness, generated


@pytest.mark.parametrize("seed", range(3))
def test_the_best_of_several_fleets_is_kept_at_its_true_cost(seed: int) -> None:
    instance = generated(Hardness(12, 2, seed, start_usd_per_node=3.0))
    sets = sets_of(instance, compute_rates(instance))
    structure = structure_of(sets)
    cost = FleetCost(
        HourModel(structure, aggregated(structure, 100, up=True), DEFAULTS.bound), None, DEFAULTS.heuristic
    )
    start = first_fleet(cost, None)
    search = FleetSearch(cost, start, seed)
    steps = search.steps
    schedules = FleetSchedules(cost, sets.start_usd, seed, lambda: False, steps)
    assert schedules.consider(start)
    assert not schedules.consider(start)  # once is enough
    for step in steps:
        assert schedules.best is not None
        before = schedules.best.cost
        fleet = np.clip(start + step, search.low, search.high)
        assert schedules.consider(fleet) == (schedules.best.cost < before)
        assert schedules.best.cost <= before
    for _ in range(20):
        schedules.try_one()
    best = schedules.best
    assert best is not None
    values = values_for(sets, structure, best.fleet, best.on)
    assert values is not None
    assert sum(cost_terms_of(sets, values).values()) == pytest.approx(best.cost, rel=1e-9)


def test_a_search_that_meets_known_fleets_alone_is_exhausted() -> None:
    """With one pool the best of all fleets is found before that."""
    instance = generated(Hardness(6, 1, 0))
    sets = sets_of(instance, compute_rates(instance))
    structure = structure_of(sets)
    model = HourModel(structure, aggregated(structure, 100, up=True), DEFAULTS.bound)
    patient = DEFAULTS.override(heuristic__known_in_a_row=300).heuristic
    cost = FleetCost(model, None, patient)
    search = FleetSearch(cost, first_fleet(cost, None), 1)
    looks = 0
    while not search.exhausted:
        search.try_one()
        looks += 1
        assert looks < 100_000
    assert looks >= 300
    assert search.best_cost == min(
        cost(np.array([nodes])) for nodes in range(search.low[0], search.high[0] + 1)
    )


def test_a_fleet_that_serves_too_little_is_not_considered() -> None:
    instance = generated(Hardness(12, 2, 0, start_usd_per_node=3.0))
    sets = sets_of(instance, compute_rates(instance))
    structure = structure_of(sets)
    cost = FleetCost(
        HourModel(structure, aggregated(structure, 100, up=True), DEFAULTS.bound), None, DEFAULTS.heuristic
    )
    nothing = np.zeros(len(structure.pools), dtype=np.int64)
    hired = np.isfinite(cost(nothing))
    schedules = FleetSchedules(cost, sets.start_usd, 0, lambda: False, [])
    assert schedules.consider(nothing) == hired
