"""Long schedules: runs cover time and share only what is held, results do not depend on processes, plans stay plans."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from planner.core.executors.local import LocalExecutor
from planner.model import Sets
from planner.model.decode import cost_terms_of
from planner.model.prepare import sets_of
from planner.optimize.decomposition.bound.hours import HourModel
from planner.optimize.decomposition.bound.time_aggregation import aggregated
from planner.optimize.decomposition.heuristic import windows
from planner.optimize.decomposition.heuristic.fleet_search import FleetCost, first_fleet
from planner.optimize.decomposition.heuristic.plan_values import values_for
from planner.optimize.decomposition.heuristic.schedule_search import ScheduleSearch
from planner.optimize.decomposition.heuristic.windows import Run, improved_by_runs, runs_of
from planner.optimize.decomposition.parameters import DEFAULTS, HeuristicParameters
from planner.optimize.decomposition.problem.structure import Structure, structure_of
from planner.optimize.decomposition.solve import decompose
from planner.optimize.engines import EngineOptions
from planner.rates.compute import compute_rates
from tests.bench.generate import Hardness, generated
from tests.optimize.decomposition.roots import rooted

HOURS = 96


def question(periods: int = HOURS) -> tuple[Sets, Structure]:
    instance = generated(Hardness(periods, 2, 4, start_usd_per_node=3.0))
    sets = sets_of(instance, compute_rates(instance))
    return sets, structure_of(sets)


def begun(
    sets: Sets, structure: Structure, parameters: HeuristicParameters = DEFAULTS.heuristic
) -> ScheduleSearch:
    cost = FleetCost(
        HourModel(structure, aggregated(structure, 1000, up=True), DEFAULTS.bound), None, parameters
    )
    root = rooted(structure, 500)
    assert root is not None
    search = ScheduleSearch(cost, first_fleet(cost, root.prices), sets.start_usd, 0, lambda: False)
    assert search.begin(cost)
    return search


def whole(search: ScheduleSearch) -> Run:
    other = search.on.copy()
    other[:, 1:] = np.maximum(search.on[:, 1:], search.on[:, :-1])
    return Run(search.stage, search.on, (other,), search.moves, (False, False), seed=5, tries=3)


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize("ring", [True, False])
@pytest.mark.parametrize("periods", [24, 25, 49, 60, 96])
def test_runs_cover_time_and_share_only_held_ends(turn: int, ring: bool, periods: int) -> None:
    _, structure = question(periods)
    previous = np.arange(-1, periods - 1)
    previous[0] = periods - 1 if ring else -1
    structure = replace(structure, previous=previous)
    may_change = np.zeros(periods, dtype=int)
    covered = np.zeros(periods, dtype=int)
    for at, held in runs_of(structure, turn, run=24):
        assert (structure.previous[at[1:]] == at[:-1]).all()
        covered[at] = 1
        may_change[at[int(held[0]) : len(at) - int(held[1])]] += 1
    assert covered.all()
    assert may_change.max() == 1
    if not ring:
        assert may_change[0] == 1
        assert may_change[-1] == 1


def test_rounds_make_a_plan_cheaper_and_keep_it_a_plan() -> None:
    sets, structure = question()
    search = begun(sets, structure, DEFAULTS.heuristic.override(run_periods=24))
    before, on = search.cost, search.on
    for turn in (0, 1):
        now = improved_by_runs(replace(whole(search), on=on), turn, lambda: False)
        assert search.stage.cost(now) <= search.stage.cost(on) + 1e-9
        on = now
    assert search.take(on)
    assert search.cost < before
    values = values_for(sets, structure, search.fleet, search.on)
    assert values is not None
    assert sum(cost_terms_of(sets, values).values()) == pytest.approx(search.cost, rel=1e-9)


def test_processes_change_nothing() -> None:
    sets, structure = question(400)
    search = begun(sets, structure)
    alone = improved_by_runs(whole(search), 0, lambda: False)
    with LocalExecutor(2) as executor:
        beside = improved_by_runs(whole(search), 0, lambda: False, executor)
    assert (alone == beside).all()
    assert (alone != search.on).any()


def test_it_stops_when_asked_to() -> None:
    sets, structure = question()
    search = begun(sets, structure)
    assert (improved_by_runs(whole(search), 0, lambda: True) == search.on).all()
    with LocalExecutor(1) as executor:
        assert (improved_by_runs(whole(search), 0, lambda: True, executor) == search.on).all()


def lost(run: Run) -> np.ndarray:
    """In place of the search of a run: its process ends."""
    os._exit(1)


def test_a_lost_process_costs_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    sets, structure = question()
    search = begun(sets, structure)
    monkeypatch.setattr(windows, "improved_run", lost)
    with LocalExecutor(1) as executor:
        assert (improved_by_runs(whole(search), 0, lambda: False, executor) == search.on).all()


def test_a_whole_run_with_processes_ends_in_a_plan() -> None:
    sets, _ = question(600)
    found = decompose(sets, EngineOptions(time_limit_s=5, threads=3))
    assert found.values is not None
    assert found.solution.bound <= found.solution.cost
    assert sum(cost_terms_of(sets, found.values).values()) == pytest.approx(found.solution.cost)
