"""What schedules are judged by, against the sums as they are written down, and moves against their definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from planner.model.prepare import sets_of
from planner.optimize.decomposition.bound.hours import HourModel
from planner.optimize.decomposition.bound.time_aggregation import aggregated
from planner.optimize.decomposition.heuristic.schedule import (
    ScheduleCosts,
    _moved_starts,
    improved,
    improved_within,
)
from planner.optimize.decomposition.heuristic.schedule_search import stage_of
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.structure import structure_of
from planner.optimize.decomposition.problem.unit_moves import moves_of
from planner.rates.compute import compute_rates
from tests.bench.generate import Hardness, generated

PERIODS = 9


@pytest.fixture(scope="module")
def stage() -> ScheduleCosts:
    instance = generated(Hardness(PERIODS, 2, 3, start_usd_per_node=3.0))
    sets = sets_of(instance, compute_rates(instance))
    structure = structure_of(sets)
    model = HourModel(structure, aggregated(structure, 100, up=True), DEFAULTS.bound)
    return stage_of(model, (structure.least + structure.most) // 2, sets.start_usd, DEFAULTS.heuristic)


def units(stage: ScheduleCosts, seed: int, count: int, most: int = 12) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, most, (count, len(stage.start_usd)))


def starts_usd(stage: ScheduleCosts, before: np.ndarray, after: np.ndarray, period: int) -> float:
    started = np.maximum(after - before, 0)
    return float((started * stage.start_usd).sum() * stage.structure.weight[period])


@settings(max_examples=30, deadline=None)
@given(seed=some.integers(0, 10**6), period=some.integers(0, PERIODS - 1))
def test_starts_are_what_goes_up(stage: ScheduleCosts, seed: int, period: int) -> None:
    before, after = units(stage, seed, 5), units(stage, seed + 1, 7)
    usd = stage.starts(before, after, period)
    assert usd == pytest.approx(np.array([[starts_usd(stage, b, a, period) for a in after] for b in before]))


@settings(max_examples=20, deadline=None)
@given(seed=some.integers(0, 10**6), period=some.integers(0, PERIODS - 1))
def test_moves_cost_what_the_units_they_lead_to_cost(stage: ScheduleCosts, seed: int, period: int) -> None:
    moves = moves_of(stage.structure)
    centres = units(stage, seed, 3, most=4)
    on = units(stage, seed + 1, PERIODS).T
    usd = stage.moved(centres, period, moves)
    starts = _moved_starts(stage, on, period, centres, moves)
    following = (period + 1) % PERIODS
    for place, centre in enumerate(centres):
        there = centre + moves.step
        able = (there >= 0).all(axis=1)
        expected = np.full(len(moves), np.inf)
        expected[able] = stage.running(there[able], np.full(able.sum(), period))
        assert usd[place] == pytest.approx(expected)
        for move in np.flatnonzero(able)[::17].tolist():
            into = starts_usd(stage, on[:, period - 1], there[move], period)
            out = starts_usd(stage, there[move], on[:, following], following)
            assert starts[place, move] == pytest.approx(into + out)


def test_moves_are_one_unit_or_an_exchange_within_a_role(stage: ScheduleCosts) -> None:
    structure = stage.structure
    moves = moves_of(structure)
    count = len(structure.unit_rate)
    inside = sum(n * (n - 1) for n in np.bincount(structure.unit_role).tolist())
    assert len(moves) == 1 + 2 * count + inside
    assert len(np.unique(moves.step, axis=0)) == len(moves)
    assert not moves.step[0].any()
    assert np.abs(moves.step).sum(axis=1).max() == 2
    assert (moves.nodes == moves.step @ structure.unit_nodes_by_hardware).all()


def test_improved_schedules_cost_less_and_keep_what_is_held(stage: ScheduleCosts) -> None:
    plenty = np.full((len(stage.start_usd), PERIODS), 0)
    best = [int(np.flatnonzero(stage.structure.unit_role == role)[-1]) for role in (0, 1)]
    for role, unit in enumerate(best):
        rate = stage.structure.unit_rate[unit]
        plenty[unit] = np.ceil(stage.structure.demand[role].max() / rate).astype(int)
    if not np.isfinite(stage.cost(plenty)):
        pytest.fail("the fleet of this test should serve its demand")
    moves = moves_of(stage.structure)
    better = improved(stage, plenty, moves, lambda: False)
    assert stage.cost(better) < stage.cost(plenty)
    run = stage.run(np.arange(2, 8))
    within = improved_within(run, plenty[:, 2:8], moves, (True, True), lambda: False)
    assert (within[:, [0, -1]] == plenty[:, [2, 7]]).all()
    assert run.cost(within) < run.cost(plenty[:, 2:8])
