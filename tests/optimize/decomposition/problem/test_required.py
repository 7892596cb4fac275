"""Rows of promises in the hourly problem, by hand; plans that the search finds keep the rows of the whole program."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.model.standing import StandingSet
from planner.model.standing_point import StandingFloor, StandingLine, StandingPoint
from planner.optimize.decomposition.bound.hours import HourModel
from planner.optimize.decomposition.bound.time_aggregation import aggregated
from planner.optimize.decomposition.heuristic.fleet_search import FleetCost, first_fleet
from planner.optimize.decomposition.heuristic.incumbent_polisher import values_apart
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.required import required_of
from planner.optimize.decomposition.problem.row_check import broken
from planner.optimize.decomposition.problem.standing_choices import standing_lost
from planner.optimize.decomposition.problem.structure import structure_of
from planner.optimize.decomposition.process.whole_model import WholeModel
from planner.rates.standing import StandingPool
from tests.optimize.decomposition.promised import promised
from tests.optimize.decomposition.small import question

KEPT = 0.99


def with_point(counts: tuple[tuple[int, ...], ...], keeps: tuple[float, ...], level: float) -> StandingSet:
    """Prefill, the first work, at hour 0: of all its units; lines of one share each at a level."""
    sets = question(1)
    units = tuple(np.flatnonzero(sets.rate[:, 0]).tolist())
    lines = tuple(StandingLine(0, (keep,) * len(units), level) for keep in keeps)
    counts = tuple(count[:1] * len(units) for count in counts)
    point = StandingPoint(StandingPool((0,), units, 0, KEPT), 0, (0,), counts, lines=lines)
    return StandingSet((point,), np.zeros((len(sets.units), sets.periods), dtype=np.int64))


def test_the_only_line_takes_the_place_of_the_demand_row() -> None:
    sets = question(1)
    level = 1.1 * float(sets.demand[0, 0])
    promised_sets = replace(sets, standing=with_point((), (0.9,), level))
    for sufficient in (False, True):
        able, asked = required_of(promised_sets, 0, sufficient)
        assert able[:, 0] == pytest.approx(0.9 * sets.rate[:, 0])
        assert able[:, 1] == pytest.approx(sets.rate[:, 0])
        assert asked[0] == pytest.approx(level)
        assert asked[1] == pytest.approx(sets.demand[0, 1])


def test_a_line_below_the_demand_row_does_not_take_its_place_in_bounds() -> None:
    sets = question(1)
    level = 0.5 * float(sets.demand[0, 0])
    promised_sets = replace(sets, standing=with_point((), (0.9,), level))
    able, asked = required_of(promised_sets, 0)
    assert able[:, 0] == pytest.approx(sets.rate[:, 0])
    assert asked[0] == pytest.approx(sets.demand[0, 0])
    able, asked = required_of(promised_sets, 0, sufficient=True)
    assert asked[0] == pytest.approx(0.9 * sets.demand[0, 0])


def test_of_choices_a_bound_asks_for_the_least_that_any_has() -> None:
    sets = question(1)
    each = float(sets.rate[:, 0].sum())
    count = int(np.ceil(3 * sets.demand[0, 0] / each))
    level = 0.9 * 2.0 * float(sets.demand[0, 0])
    promised_sets = replace(sets, standing=with_point(((count,),), (0.9,), level))
    asked = required_of(promised_sets, 0)[1]
    assert asked[0] == pytest.approx(2.0 * sets.demand[0, 0])
    dearer = replace(sets, standing=with_point(((count,),), (0.9,), 10 * level))
    assert required_of(dearer, 0)[1][0] == pytest.approx(count * each)


def test_of_floors_a_bound_has_the_one_that_asks_for_most_nodes() -> None:
    sets = question(1)
    units, demand = tuple(np.flatnonzero(sets.rate[:, 0]).tolist()), float(sets.demand[0, 0])
    share = sets.rate[list(units), 0] / demand
    floors = (StandingFloor(tuple(share), 1.2), StandingFloor(tuple(share), 1.5))
    point = StandingPoint(StandingPool((0,), units, 0, KEPT), 0, (0,), (), exact=False, floors=floors)
    standing = StandingSet((point,), np.zeros((len(sets.units), sets.periods), dtype=np.int64))
    able, asked = required_of(replace(sets, standing=standing), 0)
    assert able[:, 0] == pytest.approx(sets.rate[:, 0])
    assert asked[0] == pytest.approx(1.5 * demand)


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_plans_keep_promises_and_the_rows_of_the_whole_program(seed: int) -> None:
    sets = promised(seed)
    structure = structure_of(sets)
    plans = structure.of_plans()
    cost = FleetCost(
        HourModel(plans, aggregated(plans, 100, up=True), DEFAULTS.bound), None, DEFAULTS.heuristic
    )
    values = values_apart(sets, cost, first_fleet(cost, None))
    assert structure.left_out == ()
    assert values is not None
    assert broken(sets, values) is None
    assert WholeModel(sets).accepts(values)
    if sets.standing is not None:
        assert standing_lost(sets, values.on * 0) == list(sets.standing.points)
