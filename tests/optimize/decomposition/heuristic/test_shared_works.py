"""Works that share units, apart: the share served is that of a program by hand, and repaired hours serve each work."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from planner.optimize.decomposition.beside import BoundBeside
from planner.optimize.decomposition.bound.hours import HourModel
from planner.optimize.decomposition.bound.time_aggregation import aggregated
from planner.optimize.decomposition.heuristic.schedule import ScheduleCosts
from planner.optimize.decomposition.heuristic.schedule_search import stage_of
from planner.optimize.decomposition.heuristic.shared_repair import works_served
from planner.optimize.decomposition.heuristic.shared_time import MOST, merged_works, served_share
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.structure import structure_of
from planner.optimize.decomposition.problem.unit_moves import moves_of
from planner.optimize.engines import EngineOptions
from tests.optimize.decomposition.problem.test_work_weights import shared_question
from tests.optimize.decomposition.small import question


def served_by_hand(rate: np.ndarray, on: np.ndarray, demand: np.ndarray) -> float:
    """The largest share of demand[work] that units on[unit] at rate[unit, work] have time for."""
    units, works = rate.shape
    rows = np.zeros((works + units, units * works + 1))
    for work in range(works):
        rows[work, np.arange(units) * works + work] = -rate[:, work]
        rows[work, -1] = demand[work]
    for unit in range(units):
        rows[works + unit, unit * works : (unit + 1) * works] = 1.0
    cost = np.append(np.zeros(units * works), -1.0)
    return float(linprog(cost, A_ub=rows, b_ub=np.concatenate([np.zeros(works), on])).x[-1])


@pytest.mark.parametrize("seed", range(3))
def test_the_share_served_is_that_of_each_period_by_hand(seed: int) -> None:
    sets = shared_question(seed)
    structure = structure_of(sets).of_plans()
    on = np.random.default_rng(seed).integers(0, 4, (len(sets.units), sets.periods))
    found = served_share(sets, structure.unit_role, on, 2)
    works = merged_works(sets, structure.unit_role, 2)
    for role in (0, 1):
        mine, units = np.flatnonzero(works[role]), structure.unit_role == role
        for period in range(sets.periods):
            demand = sets.demand[mine, period]
            right = served_by_hand(sets.rate[np.ix_(units, mine)], on[units, period], demand)
            assert found.share[role, period] == pytest.approx(min(right, MOST), abs=1e-7)
            weight = found.weight[mine, period]
            most = (weight * sets.rate[np.ix_(units, mine)]).max(axis=1)
            if right < MOST * (
                1 - 1e-6
            ):  # the weights say so: all that the units can do of them is that share
                assert most @ on[units, period] == pytest.approx(right * (weight @ demand), rel=1e-6)


def test_a_work_alone_is_as_it_is_asked_for() -> None:
    sets = question(2)
    role = structure_of(sets).of_plans().unit_role
    found = served_share(sets, role, np.zeros((len(sets.units), sets.periods), dtype=np.int64), 2)
    assert (found.share == MOST).all()
    assert not found.weight.any()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("cheaper", [False, True])
def test_moves_from_nothing_serve_each_work(seed: int, cheaper: bool) -> None:
    sets = shared_question(seed)
    structure = structure_of(sets).of_plans()
    model = HourModel(structure, aggregated(structure, 100, up=True), DEFAULTS.bound)
    stage = stage_of(model, structure.most, np.zeros(len(sets.units)), DEFAULTS.heuristic)
    nothing = np.zeros((len(sets.units), sets.periods), dtype=np.int64)
    on = works_served(sets, stage, moves_of(structure), nothing, 30, cheaper)
    assert served_share(sets, structure.unit_role, on, 2).share.min() >= 1.0 - 1e-8
    fewer = works_served(sets, stage, moves_of(structure), on, 2, cheaper=True)
    assert served_share(sets, structure.unit_role, fewer, 2).share.min() >= 1.0 - 1e-8
    assert _usd(stage, fewer) <= _usd(stage, on) + 1e-6


def _usd(stage: ScheduleCosts, on: np.ndarray) -> float:
    """USD of nodes, whatever is served."""
    nodes = on.T @ stage.structure.unit_nodes_by_hardware
    lines = [table[stage.profile, nodes[:, place]] for place, table in enumerate(stage.node_usd)]
    return float(np.sum(lines, axis=0) @ stage.structure.weighted_hours)


def test_a_plan_to_begin_from_serves_each_work() -> None:
    sets = shared_question(1)
    with BoundBeside(sets, EngineOptions(time_limit_s=20.0, relative_gap=1e-2), DEFAULTS) as beside:
        begun = beside.begun()
    assert begun is not None
    found = served_share(sets, structure_of(sets).of_plans().unit_role, begun.on, 2)
    assert found.share.min() >= 1.0 - 1e-8
