"""The engine of a worker on a heavy program: the same optimum as an engine alone, honest limits."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from scipy.sparse import csr_array

import planner
from planner.core.solution import Status
from planner.optimize.engines import EngineOptions, EnginePool, IndexedProgram
from planner.optimize.engines.sizes import violation
from planner.study.sweeps import case_engine
from planner.study.sweeps.case_engine import CaseEngine
from planner.study.sweeps.search import Search, counts_of
from tests.examples import INSTANCES, small
from tests.model.listing import program_for

GAP = EngineOptions(time_limit_s=30.0, relative_gap=0.01, threads=1)


@pytest.fixture(scope="module")
def engine() -> Iterator[CaseEngine]:
    with CaseEngine() as pool:
        yield pool


@pytest.fixture
def all_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_engine, "HEAVY_COUNTS", 0)


def test_groups_free_a_few_units_at_a_time_and_every_unit_once_a_round() -> None:
    counts = counts_of(program_for(planner.load(INSTANCES / "peak.yaml")).index)
    units = len(counts.column) // 24
    assert len(counts.column) == 24 * units > 360
    groups = counts.groups(seed=1)
    rounds = [next(groups) for _ in range(-(-units // 5))]
    assert all(int(free.sum()) == 5 * 24 for free in rounds[:-1])
    assert np.sum(rounds, axis=0).tolist() == [1] * len(counts.column)


@pytest.mark.usefixtures("all_heavy")
@pytest.mark.parametrize("name", ["tiny", "deepseek_day", "domestic_chips", "mixed"])
def test_turns_reach_the_optimum_of_an_engine_alone(name: str, engine: CaseEngine) -> None:
    program = program_for(planner.load(INSTANCES / f"{name}.yaml"))
    with EnginePool(1) as pool:
        alone = pool.submit(program, "highs", GAP).result()
    turns = engine.submit(program, "highs", GAP).result()
    assert turns.status is alone.status is Status.OPTIMAL
    assert violation(program, turns.values) <= 1e-6
    assert turns.bound <= alone.cost * (1 + 1e-9)
    assert alone.bound <= turns.cost * (1 + 1e-9)
    assert turns.gap <= 0.01 + 1e-6


@pytest.mark.usefixtures("all_heavy")
def test_a_program_without_a_plan_is_infeasible(engine: CaseEngine) -> None:
    none: dict[str, Any] = {"fleet.h800.rent.max_nodes": 1, "fleet.h800.reserve.max_nodes": 1}
    assert engine.submit(program_for(small(none)), "highs", GAP).result().status is Status.INFEASIBLE


def test_the_search_alone_finds_a_plan_close_to_its_bound(engine: CaseEngine) -> None:
    program = program_for(planner.load(INSTANCES / "peak.yaml"))
    search = Search(program, GAP, lambda part, how: EnginePool.submit(engine, part, "highs", how).result())
    search.begin(5.0)
    assert search.best is not None
    rounded = search.best.cost
    assert rounded <= 1.04 * search.bound
    search.improve(1.5)
    assert search.bound <= search.best.cost <= rounded
    assert search.best.values is not None
    assert violation(program, search.best.values) <= 1e-6


def test_where_two_ways_exclude_each_other_a_way_is_chosen_before_counts_are_rounded(
    engine: CaseEngine,
) -> None:
    # one way asks for 3 units of a kind of which there are 2, the other for 4 of another kind: the relaxation
    # takes two thirds of the first (2 units) and a third of the second (4/3), and next to that is no plan
    first, second, way_a, way_b = np.eye(4)
    program = IndexedProgram(
        objective=first + second,
        lower=np.zeros(4),
        upper=[2, 9, 1, 1],
        integer=np.ones(4, dtype=bool),
        matrix=csr_array([way_a + way_b, first - 3 * way_a, second - 4 * way_b]),
        row_lower=[1, 0, 0],
        row_upper=[1, np.inf, np.inf],
        index=cast("Any", SimpleNamespace(column_block=_two_counts)),
    )
    search = Search(program, GAP, lambda part, how: EnginePool.submit(engine, part, "highs", how).result())
    search.begin(5.0)
    assert search.best is not None
    assert search.best.values is not None
    np.testing.assert_allclose(search.best.values, [0, 4, 0, 1], atol=1e-9)
    assert search.closed
    assert search.bound == pytest.approx(4.0)


def _two_counts(_name: str, _axes: int) -> SimpleNamespace:
    return SimpleNamespace(number=np.arange(2), at=np.array([[0, 0], [1, 0]]))


def test_a_limit_that_comes_first_is_reported(engine: CaseEngine) -> None:
    program = program_for(planner.load(INSTANCES / "peak.yaml"))
    short = EngineOptions(time_limit_s=0.5, relative_gap=1e-9, threads=1)
    found = engine.submit(program, "highs", short).result()
    assert (found.status, found.limit) == (Status.FEASIBLE, "time")
    assert found.bound < found.cost
    assert found.seconds < 4.0
