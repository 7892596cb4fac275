"""Scaling and tightening: the same plans and costs, in sizes that engines are at home in."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from engine_programs import INF, program, random_cover, served
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.core.solution import Status
from planner.optimize.engines import EngineOptions, EnginePool, LinearProgram
from planner.optimize.engines.scaling import scale
from planner.optimize.engines.sizes import violation
from planner.optimize.engines.tighten import tighten

few = settings(max_examples=25, deadline=None)
EXACT = EngineOptions(relative_gap=0.0, threads=1, time_limit_s=20)
ENGINES = ("highs", "scip", "cpsat", "cbc")


@pytest.fixture(scope="module")
def pool():
    with EnginePool(workers=1) as pool:
        yield pool


def powers_of_two(values):
    return (np.log2(values) == np.rint(np.log2(values))).all()


@few
@given(seed=st.integers(0, 500), costs=st.integers(-9, 9))
def test_what_an_engine_leaves_open_is_noise_of_the_least_cost(seed, costs):
    case = random_cover(seed, False)
    priced = scale(replace(case, objective=case.objective * 10.0**costs)).program.objective
    assert np.abs(priced[priced != 0]).min() >= 2.0**9  # HiGHS leaves 1e-6 open: 2e-9 of it


@few
@given(seed=st.integers(0, 500), mixed=st.booleans(), rows=st.integers(-9, 9), costs=st.integers(-9, 9))
def test_a_scaled_program_is_the_same_program(seed, mixed, rows, costs):
    case = random_cover(seed, mixed)
    case = LinearProgram(
        objective=case.objective * 10.0**costs,
        lower=case.lower,
        upper=case.upper,
        integer=case.integer,
        matrix=case.matrix * 10.0**rows,
        row_lower=case.row_lower * 10.0**rows,
        row_upper=case.row_upper,
        offset=3.0 * 10.0**costs,
    )
    scaling = scale(case)
    for factors in (scaling.rows, scaling.columns, np.array([scaling.objective])):
        assert powers_of_two(factors)
    assert (scaling.columns[case.integer] == 1).all()
    assert np.abs(scaling.program.matrix.data).max() <= 2.0**20
    random = np.random.default_rng(seed)
    plan = random.uniform(0, 5, case.column_count)
    inside = scaling.scaled(plan)
    assert scaling.values(inside) == pytest.approx(plan)
    assert scaling.bound(scaling.program.cost(inside)) == pytest.approx(case.cost(plan))
    assert violation(scaling.program, inside) == pytest.approx(violation(case, plan))


def test_rows_in_small_whole_numbers_stay():
    case = program([[3, 0, 5], [1, -1, 0]], [7, -INF], [INF, 0], [1, 2, 3])
    assert scale(case).rows.tolist() == [1, 1]
    assert scale(case).objective == 2.0**10


def test_duals_come_back_in_the_units_of_the_rows(pool):
    case = program([[4e-5, 3e-5]], [1e-4], [INF], [5e6, 4e6], integer=[False, False])
    solution = pool.submit(case, "highs", EXACT).result()
    assert solution.cost == pytest.approx(12.5e6)
    assert solution.row_duals == pytest.approx([1.25e11])
    assert solution.reduced_costs == pytest.approx([0.0, 0.25e6])


def test_a_piece_counts_for_no_more_than_is_asked_for():
    case = program([[266400.0, 2.0, 7.0], [5.0, -1.0, 0.0]], [3.0, 1.0], [INF, INF], [1, 1, 1])
    case = LinearProgram(**{**vars(case), "integer": np.array([True, True, False])})
    assert tighten(case).matrix.toarray().tolist() == [[3, 2, 7], [5, -1, 0]]
    assert tighten(served()) is served() or tighten(served()).matrix.toarray().tolist() == (
        served().matrix.toarray().tolist()
    )


@few
@given(seed=st.integers(0, 500), mixed=st.booleans())
def test_tightening_keeps_every_whole_plan(seed, mixed):
    case = random_cover(seed, mixed)
    tight = tighten(case)
    random = np.random.default_rng(seed)
    for _ in range(20):
        plan = random.integers(0, 6, case.column_count).astype(float)
        assert (violation(case, plan) == 0) == (violation(tight, plan) == 0)


def wide(seed: int) -> tuple[LinearProgram, float]:
    """Pieces over eleven orders of magnitude cover demands of as many, and what that costs at the least."""
    random = np.random.default_rng(seed)
    pieces = np.round(10.0 ** random.uniform(-3, 8, (2, 3)), 6)
    most = [4, 4, 4]
    points = np.array(list(itertools.product(*(range(m + 1) for m in most))), dtype=float)
    need = (pieces @ points[random.integers(1, len(points))]) * random.choice([1.0, 1e-6, 0.3], 2)
    costs = np.round(random.uniform(1, 50, 3), 2) * 10.0 ** int(random.integers(-4, 5))
    serves = (points @ pieces.T >= need * (1 - 1e-12)).all(axis=1)
    best = float((points @ costs)[serves].min())
    return program(pieces, need, [INF, INF], costs, upper=most), best


@pytest.mark.parametrize("engine", ENGINES)
def test_wide_coefficients_have_one_value(pool, engine):
    for seed in range(12):
        case, best = wide(seed)
        solution = pool.submit(case, engine, EXACT).result()
        assert solution.status is Status.OPTIMAL, (seed, solution)
        assert solution.cost == pytest.approx(best, rel=1e-9), seed
        assert solution.bound <= solution.cost


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_the_unit_of_money_does_not_matter(pool, engine, factor):
    for seed in range(3):
        case = random_cover(seed, mixed=False)
        plain = pool.submit(case, engine, EXACT).result()
        priced = pool.submit(case.with_objective(case.objective * factor), engine, EXACT).result()
        assert priced.status is plain.status is Status.OPTIMAL
        assert priced.cost == pytest.approx(plain.cost * factor, rel=1e-9)
