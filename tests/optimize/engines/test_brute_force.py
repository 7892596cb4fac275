"""Small whole-number programs by every engine, against all their points, and mixed ones against scipy."""

from __future__ import annotations

import contextlib
import itertools

import numpy as np
import pytest
from engine_programs import INF, program
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from planner.core.solution import Status
from planner.optimize.engines import EngineOptions, EnginePool, LinearProgram

EXACT = EngineOptions(relative_gap=0.0, threads=1, time_limit_s=20)
ENGINES = ("cbc", "cpsat", "highs", "scip")
few = settings(max_examples=12, deadline=None)


@pytest.fixture(scope="module")
def pools():
    """One process for each engine, so that none is replaced for the next."""
    with contextlib.ExitStack() as stack:
        yield {engine: stack.enter_context(EnginePool(workers=1)) for engine in ENGINES}


def random_program(seed: int, share_continuous: float) -> LinearProgram:
    """Rows with one side, with both or with one value; coefficients and costs of either sign, some columns loose."""
    random = np.random.default_rng(seed)
    rows, columns = int(random.integers(1, 4)), int(random.integers(2, 5))
    step = 10.0 ** -int(random.integers(0, 3))
    matrix = random.integers(-9, 10, (rows, columns)) * step
    inside = matrix @ random.integers(0, 5, columns)
    kind = random.integers(0, 4, rows)
    low = np.where(kind == 0, -INF, inside - step * random.integers(0, 4, rows) * (kind != 3))
    high = np.where(kind == 1, INF, inside + step * random.integers(0, 4, rows) * (kind != 3))
    if random.random() < 0.2:  # perhaps infeasible
        low, high = low + 0.5 * step, high + 0.5 * step
    return program(
        matrix,
        low,
        high,
        np.round(random.uniform(-5, 9, columns), 2) * 10.0 ** int(random.integers(-3, 4)),
        upper=random.integers(1, 5, columns).astype(float),
        integer=random.random(columns) >= share_continuous,
        offset=float(random.integers(-3, 4)),
    )


def best_point(case: LinearProgram) -> float:
    points = np.array(list(itertools.product(*(range(int(most) + 1) for most in case.upper))), dtype=float)
    sums = points @ case.matrix.toarray().T
    holds = (sums >= case.row_lower - 1e-9).all(axis=1) & (sums <= case.row_upper + 1e-9).all(axis=1)
    return float((points[holds] @ case.objective).min(initial=INF)) + case.offset


@few
@example(seed=22)  # no whole number lies between the sides of a row
@example(seed=59)
@given(seed=st.integers(0, 10**6))
def test_whole_programs_have_the_best_of_all_points(pools, seed):
    case = random_program(seed, 0.0)
    best = best_point(case)
    for engine in ENGINES:
        solution = pools[engine].submit(case, engine, EXACT).result()
        expected = Status.OPTIMAL if np.isfinite(best) else Status.INFEASIBLE
        assert solution.status is expected, (engine, solution)
        assert solution.remarks == ()
        if np.isfinite(best):
            assert solution.cost == pytest.approx(best, rel=1e-9, abs=1e-9)
            assert solution.bound <= solution.cost
            assert solution.gap == 0.0


@few
@example(seed=285)  # the sides of two rows are what rounding left of 0
@example(seed=625)
@given(seed=st.integers(0, 10**6))
def test_mixed_programs_agree_with_scipy(pools, seed):
    case = random_program(seed, 0.4)
    answer = milp(
        case.objective,
        constraints=LinearConstraint(case.matrix, case.row_lower, case.row_upper),
        bounds=Bounds(case.lower, case.upper),
        integrality=case.integer.astype(int),
        options={"mip_rel_gap": 0.0},
    )
    for engine in ENGINES if case.integer.any() else ("cbc", "highs", "scip"):
        # on a grid for continuous columns CP-SAT cannot promise more than a millionth
        options = EngineOptions(relative_gap=1e-5, threads=1, time_limit_s=20)
        solution = pools[engine].submit(case, engine, options).result()
        if answer.x is None:
            assert solution.status is Status.INFEASIBLE, (engine, solution)
            continue
        best = float(answer.fun) + case.offset
        size = float(np.abs(case.objective) @ np.abs(answer.x)) + abs(case.offset) + 1e-12
        assert solution.status is Status.OPTIMAL or engine == "cpsat", (engine, solution)
        assert abs(solution.cost - best) <= 3e-5 * size, engine
        assert solution.bound <= best + 1e-6 * size, engine
