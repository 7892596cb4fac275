"""Every engine says the same about the same program, and it is right."""

from __future__ import annotations

import numpy as np
import pytest
from engine_programs import infeasible, knapsack, program, random_cover, served, unbounded

from planner.core.errors import EngineCrashed, PlannerError
from planner.core.solution import Status
from planner.optimize.engines import EngineOptions, EnginePool, LinearProgram, engine_names, solve
from planner.optimize.engines.sizes import violation

# 1e-5: on a grid for continuous columns CP-SAT cannot promise more
EXACT = EngineOptions(relative_gap=1e-5, threads=1, time_limit_s=20)


@pytest.fixture(scope="module")
def pool():
    with EnginePool(workers=2) as pool:
        yield pool


@pytest.mark.parametrize("engine", engine_names())
def test_hand_worked_optimum(pool, engine):
    solution = pool.submit(knapsack(), engine, EXACT).result()
    assert solution.status is Status.OPTIMAL
    assert solution.values.tolist() == [1, 2]
    assert solution.cost == pytest.approx(14.0)
    assert solution.bound == pytest.approx(14.0, abs=1e-6)
    assert solution.limit is None
    alone = engine not in ("alns", "cbc")  # these prove nothing by themselves
    assert solution.engine == (engine if alone else f"{engine}+highs")
    assert solution.engine_version


@pytest.mark.parametrize("engine", engine_names())
def test_continuous_columns(pool, engine):
    solution = pool.submit(served(), engine, EXACT).result()
    assert solution.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(30.0, abs=1e-4)
    assert solution.values[0] == 3
    assert violation(served(), solution.values) <= 1e-6


@pytest.mark.parametrize("engine", engine_names())
def test_infeasible_is_proven(pool, engine):
    solution = pool.submit(infeasible(), engine, EXACT).result()
    assert solution.status is Status.INFEASIBLE
    assert solution.values is None
    assert solution.limit is None


@pytest.mark.parametrize("engine", ["cbc", "highs"])
def test_unbounded_is_said(pool, engine):
    with pytest.raises(PlannerError, match="no lower limit") as caught:
        pool.submit(unbounded(), engine, EXACT).result()
    assert not isinstance(caught.value, EngineCrashed)


@pytest.mark.parametrize("mixed", [False, True])
def test_random_programs_agree(pool, mixed):
    programs = [random_cover(seed, mixed) for seed in range(4)]
    costs = [[s.cost for s in pool.map(programs, engine, EXACT)] for engine in engine_names()]
    assert np.ptp(costs, axis=0) == pytest.approx(np.zeros(len(programs)), abs=1e-3)


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("engine", engine_names())
def test_loose_gap_keeps_bounds_valid(pool, engine, mixed):
    programs = [random_cover(seed, mixed) for seed in range(10, 14)]
    best = [s.cost for s in pool.map(programs, "highs", EXACT)]
    loose = list(pool.map(programs, engine, EngineOptions(relative_gap=0.2, threads=1)))
    for solution, optimum in zip(loose, best, strict=True):
        assert solution.status is Status.OPTIMAL
        assert solution.bound <= optimum * (1 + 1e-6)
        assert solution.cost >= optimum * (1 - 1e-6)
        assert solution.gap <= 0.2 + 1e-6


def test_duals_are_prices():
    def cover(need: float) -> LinearProgram:
        return program([[4.0, 3.0]], [need], [np.inf], [5.0, 4.0], integer=[False, False])

    solution = solve(cover(10.0))
    assert solution.engine == "highs"
    assert solution.row_duals == pytest.approx([1.25])
    assert solution.reduced_costs == pytest.approx([0.0, 0.25])
    assert solve(cover(11.0)).cost - solution.cost == pytest.approx(1.25)


@pytest.mark.parametrize("engine", ["highs", "scip"])
def test_program_without_rows(pool, engine):
    solution = pool.submit(program([], [], [], [1.0, -2.0], upper=[3, 4]), engine, EXACT).result()
    assert solution.values.tolist() == [0, 4]
    assert solution.cost == -8
