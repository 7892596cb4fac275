"""An warm start as the beginning: repeated where it serves, its fleet tried where it does not."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import pytest

from planner.core.solution import Status
from planner.model.decode import cost_terms_of
from planner.model.encode import WarmStart
from planner.model.prepare import sets_of
from planner.optimize.decomposition.heuristic.warm_start import warm_start_fleet, warm_start_values
from planner.optimize.decomposition.problem.structure import structure_of
from planner.optimize.decomposition.process.concurrent_solve import ConcurrentSolve
from planner.optimize.decomposition.solve import decompose
from planner.optimize.engines import EngineOptions
from planner.rates.compute import compute_rates
from tests.bench.generate import Hardness, generated
from tests.optimize.decomposition.small import question

QUICK = EngineOptions(time_limit_s=5, relative_gap=1e-6)


@pytest.mark.parametrize(("seed", "starts"), [(0, False), (3, True)])
def test_the_plan_itself_again_is_where_the_search_begins(seed: int, starts: bool) -> None:
    sets = question(seed, starts)
    first = decompose(sets, QUICK)
    assert first.values is not None
    warm_start = WarmStart(first.values.acquire, first.values.on)
    again = warm_start_values(sets, structure_of(sets), warm_start)
    assert again is not None
    assert sum(cost_terms_of(sets, again).values()) == pytest.approx(first.solution.cost)
    events = []
    decompose(sets, replace(QUICK, time_limit_s=0.5), events.append, warm_start=warm_start)
    assert min(event.cost for event in events) <= first.solution.cost * (1 + 1e-9)


def test_units_that_no_longer_serve_are_left_and_the_fleet_fits_the_pools() -> None:
    sets = question(0)
    found = decompose(sets, QUICK)
    assert found.values is not None
    warm_start = WarmStart(found.values.acquire + 1000, found.values.on)
    more = replace(sets, demand=sets.demand * 1.5)
    structure = structure_of(more)
    assert warm_start_values(more, structure, warm_start) is None
    fleet = warm_start_fleet(structure, warm_start)
    assert all(
        pool.minimum <= nodes <= pool.maximum for pool, nodes in zip(structure.pools, fleet, strict=True)
    )


@pytest.mark.parametrize("seed", range(4, 8))
def test_small_questions_are_closed_by_an_engine_beside_the_bound(seed: int) -> None:
    found = decompose(question(seed, starts=True), EngineOptions(time_limit_s=30, relative_gap=1e-5))
    assert found.solution.status in (Status.OPTIMAL, Status.INFEASIBLE)


def test_the_concurrent_engine_ends_when_asked_and_not_at_its_limit() -> None:
    instance = generated(Hardness(periods=24, hardware=3, seed=4, start_usd_per_node=3.0))
    engine = ConcurrentSolve(
        sets_of(instance, compute_rates(instance)), EngineOptions(time_limit_s=120), None
    )
    began = time.monotonic()
    while engine.bound == -math.inf and time.monotonic() - began < 60:
        time.sleep(0.05)
    told = time.monotonic()
    engine.end()
    assert engine.finished
    assert time.monotonic() - told < 30
