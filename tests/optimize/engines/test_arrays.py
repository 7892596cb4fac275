"""From PuLP to arrays, to fewer columns, to whole numbers and to a file: nothing is lost on the way."""

from __future__ import annotations

import itertools
from dataclasses import replace

import highspy
import numpy as np
import pulp
import pytest
from engine_programs import INF, program, random_cover, served, stubborn
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_array

from planner.core.errors import SolverUnavailable
from planner.optimize.engines import LinearProgram, from_pulp
from planner.optimize.engines.integral.ranges import upper_bounds
from planner.optimize.engines.integral.scale import to_whole
from planner.optimize.engines.mps import write_mps
from planner.optimize.engines.sizes import violation
from planner.optimize.engines.substitute import substitute_limited

few = settings(max_examples=25, deadline=None)


def small_pulp() -> pulp.LpProblem:
    problem = pulp.LpProblem("small", pulp.LpMinimize)
    on = problem.add_variable("on", 0, 7, "Integer")
    serve = problem.add_variable("serve", 0, None)
    flag = problem.add_variable("flag", cat="Binary")
    free = problem.add_variable("free", None, None)
    problem += 3 * on + 2 * flag - 5
    problem += serve - 40 * on <= 0, "capacity"
    problem += serve + free >= 100, "demand"
    problem += free == 2 * flag - 1, "tie"
    return problem


def test_chosen_columns_are_held_and_the_others_keep_their_bounds():
    arrays = from_pulp(small_pulp())
    held = arrays.held(np.array([False, False, True, False]), np.array([9.0, 9.0, 3.0, np.nan]))
    assert held.lower.tolist() == [0, -INF, 3, 0]
    assert held.upper.tolist() == [1, INF, 3, INF]
    assert held.integer.tolist() == arrays.integer.tolist()


def test_from_pulp_keeps_every_number():
    arrays = from_pulp(small_pulp())
    assert arrays.column_names == ("flag", "free", "on", "serve")
    assert arrays.row_names == ("capacity", "demand", "tie")
    assert arrays.objective.tolist() == [2, 0, 3, 0]
    assert arrays.offset == -5
    assert arrays.integer.tolist() == [True, False, True, False]
    assert arrays.lower.tolist() == [0, -INF, 0, 0]
    assert arrays.upper.tolist() == [1, INF, 7, INF]
    assert arrays.matrix.toarray().tolist() == [[0, 0, -40, 1], [0, 1, 0, 1], [-2, 1, 0, 0]]
    assert arrays.row_lower.tolist() == [-INF, 100, -1]
    assert arrays.row_upper.tolist() == [0, INF, -1]


def test_from_pulp_refuses_to_maximise():
    with pytest.raises(ValueError, match="maximises"):
        from_pulp(pulp.LpProblem("most", pulp.LpMaximize))


def test_fixed_relaxed_and_bounds():
    case = served()
    fixed = case.fixed(np.array([2.9999999, 5.0, 0.0]))
    assert fixed.lower.tolist() == [3, 0, 0]
    assert fixed.upper.tolist() == [3, INF, INF]
    assert not fixed.integer.any()
    assert not case.relaxed().integer.any()
    assert case.with_bounds(upper=[1, 2, 3]).upper.tolist() == [1, 2, 3]
    assert case.with_objective([1, 1, 1], 4.0).cost(np.ones(3)) == 7
    with pytest.raises(ValueError, match="above its upper"):
        case.with_bounds(lower=[9, 9, 9], upper=[1, 1, 1])


def test_violation_is_relative_to_the_row():
    case = program([[1e6, 1], [1, 0]], [1e6, -INF], [INF, 4], [1, 1], upper=[5, 5])
    assert violation(case, np.array([1.0, 0.0])) == 0
    assert violation(case, np.array([1.0 - 1e-6, 0.0])) == pytest.approx(1e-6)
    assert violation(case, np.array([4.5, 0.0])) == pytest.approx(0.5 / 4.0)
    assert violation(case, np.array([1.0, -0.25])) == pytest.approx(0.25)
    assert violation(case, np.array([np.nan, 0.0])) == INF


def test_a_tiny_side_is_judged_as_strictly_as_a_large_one():
    tiny = program([[266400.0, 5.0]], [1], [INF], [1, 1])
    assert violation(tiny, np.zeros(2)) == pytest.approx(1.0)
    # a unit that is on but still starts: its terms cancel, and what is left is nothing
    starting = program([[1e6, -1e6]], [1], [INF], [1, 1])
    assert violation(starting, np.ones(2)) > 1e-4
    # a millionth of a unit's time is busy, and no unit is on
    shared = program([[-1, 1, 0], [0, 1e6, 1]], [-INF, 1], [0, INF], [1, 0, 1], integer=[True, False, False])
    assert violation(shared, np.array([0.0, 1e-6, 0.0])) > 1e-4
    assert violation(shared, np.array([1.0, 1e-6, 0.0])) == 0


@pytest.mark.parametrize("fields", [{"objective": [1]}, {"objective": [np.nan, 1]}, {"offset": INF}])
def test_faulty_arrays_are_refused(fields):
    good = program([[1, 1]], [1], [2], [1, 1])
    with pytest.raises(ValueError, match=r"matrix|finite"):
        LinearProgram(
            **{
                "objective": good.objective,
                "lower": good.lower,
                "upper": good.upper,
                "integer": good.integer,
                "matrix": good.matrix,
                "row_lower": good.row_lower,
                "row_upper": good.row_upper,
                **fields,
            }
        )


def test_zeros_and_repeats_are_cleaned():
    assert program([[1, 0], [0, 0]], [0, 0], [1, 1], [1, 1]).matrix.nnz == 1


def test_substitution_by_hand():
    small = substitute_limited(served())
    assert small.kept.tolist() == [0, 2]
    assert small.program.matrix.toarray().tolist() == [[40.5, 1], [40.5, 0]]
    assert small.program.row_lower.tolist() == [100, 0]
    assert small.whole(np.array([2.0, 19.0])).tolist() == [2, 81, 19]
    assert small.part(np.array([2.0, 81.0, 19.0])).tolist() == [2, 19]


def test_a_bound_that_the_row_implies_is_no_hindrance():
    """3 units of 40.5: the row holds the column down at 121.5, a bound below that would hold it down itself."""
    case = served()
    at = [column for column in range(case.column_count) if column not in substitute_limited(case).kept]
    for bound, left in ((121.5, 2), (121.4, 3), (200.0, 2)):
        upper = np.array([3.0, INF, INF])
        upper[at] = bound
        assert len(substitute_limited(replace(case, upper=upper)).kept) == left


def shared_unit() -> LinearProgram:
    """Two workloads on one unit with a start-up loss: on, start, serve a, serve b, shed a, shed b."""
    return program(
        [[-1, 0.2, 1 / 30, 1 / 50, 0, 0], [0, 0, 1, 0, 1, 0], [0, 0, 0, 1, 0, 1], [1, -1, 0, 0, 0, 0]],
        [-INF, 70, 45, -INF],
        [0, INF, INF, 1],
        [10, 3, 0, 0, 1, 1],
        integer=[True, True, False, False, False, False],
    )


@few
@given(on=st.integers(0, 5), start=st.integers(0, 5), other=st.floats(0, 100), shed=st.floats(0, 100))
def test_substitution_keeps_feasibility_and_cost(on, start, other, shed):
    case = shared_unit()
    small = substitute_limited(case)
    assert len(small.kept) == case.column_count - 1
    plan = np.array([on, start, 0.0, other, shed, shed])
    plan[2] = 30 * (on - 0.2 * start - other / 50)
    whole = small.whole(small.part(plan))
    assert whole == pytest.approx(plan)
    assert small.program.cost(small.part(plan)) == pytest.approx(case.cost(whole))
    assert (violation(small.program, small.part(plan)) <= 1e-9) == (violation(case, whole) <= 1e-9)


@few
@given(seed=st.integers(0, 500), mixed=st.booleans())
def test_whole_numbers_are_a_relaxation(seed, mixed):
    """Every feasible plan is feasible in whole numbers, at a cost that is not higher."""
    case = random_cover(seed, mixed)
    raw = case.raw()
    whole = to_whole(raw, case.upper)
    random = np.random.default_rng(seed)
    for _ in range(20):
        plan = random.integers(0, 6, case.column_count).astype(float)
        plan[~case.integer] *= random.random((~case.integer).sum())
        if violation(case, plan) > 0:
            continue
        k = whole.point(plan)
        assert rows_hold(whole, k)
        cost = (whole.objective @ k + whole.offset) / whole.scale
        assert cost <= case.cost(plan) + 1e-9
        assert cost == pytest.approx(case.cost(plan), rel=1e-5)


@few
@given(seed=st.integers(0, 500), mixed=st.booleans())
def test_whole_plans_pass_the_check(seed, mixed):
    case = random_cover(seed, mixed)
    whole = to_whole(case.raw(), case.upper)
    random = np.random.default_rng(seed)
    for _ in range(20):
        k = random.integers(0, whole.levels + 1)
        if rows_hold(whole, k):
            assert violation(case, whole.plan(k)) <= 1e-6


def rows_hold(whole, k):
    rows = whole.rows
    sums = [
        int(rows.coefficients[first:last].astype(object) @ k[rows.columns[first:last]].astype(object))
        for first, last in itertools.pairwise(rows.starts)
    ]
    return all(low <= total <= high for low, total, high in zip(rows.lower, sums, rows.upper, strict=True))


def test_ranges_by_hand():
    """A demand of 100 needs 3 units of 40.5, these 6 nodes; a unit may stay on where that saves a start."""
    case = program(
        [[40.5, 0, 0, 0, 0], [0, 40.5, 0, 0, 0], [2, 0, -1, 0, 0], [0, 2, -1, 0, 0], [-1, 1, 0, 1, 0]],
        [100, 30, -INF, -INF, 0],
        [INF, INF, 0, 0, INF],
        [0, 0, 5, 1, 1],
    )
    upper, escape = upper_bounds(case.raw())
    assert upper.tolist() == [3, 3, 6, 3, 0]
    assert escape == INF


def test_ranges_that_cannot_be_found_are_capped_or_refused():
    # x >= 2 y + 1 and y >= x: each wants the other larger, only their costs hold them down
    loop = program([[1, -2], [-1, 1]], [1, 0], [INF, INF], [1, 1])
    upper, escape = upper_bounds(loop.raw())
    assert np.isfinite(upper).all()
    assert np.isfinite(escape)
    endless = program([[1, -1]], [-INF], [11], [-1, 0])
    with pytest.raises(SolverUnavailable, match="finite bounds"):
        to_whole(endless.raw(), upper_bounds(endless.raw())[0])


def test_many_orders_of_magnitude_leave_a_relaxation():
    """Too wide for 64 bits at the tolerance: still nothing is lost, and the bound only weaker."""
    case = program([[1e-9, 1.23456789e9]], [1.0], [INF], [1, 1e-7], upper=[1e9, 1e9])
    whole = to_whole(case.raw(), case.upper)
    for plan in ([1e9, 0.0], [0.0, 1.0], [5.0, 2.0]):
        k = whole.point(np.array(plan))
        assert rows_hold(whole, k)
        assert (whole.objective @ k + whole.offset) / whole.scale <= case.cost(np.array(plan)) * (1 + 1e-12)


def test_mps_is_read_back_the_same(tmp_path):
    case = program(
        [[1.5, 2, 0], [0, 1, 1], [1, 0, -0.1], [1, 1, 1]],
        [-INF, 1, 2, -4.5],
        [7, INF, 2, 9.25],
        [1, 0, -1],
        lower=[-INF, -3, 0],
        upper=[INF, INF, 4],
        integer=[False, True, True],
    )
    write_mps(case.raw(), tmp_path / "case.mps")
    reader = highspy.Highs()
    reader.setOptionValue("output_flag", False)
    reader.readModel(str(tmp_path / "case.mps"))
    back = reader.getLp()
    assert list(back.col_cost_) == case.objective.tolist()
    assert list(back.col_lower_) == case.lower.tolist()
    assert list(back.col_upper_) == case.upper.tolist()
    assert list(back.row_lower_) == case.row_lower.tolist()
    assert list(back.row_upper_) == case.row_upper.tolist()
    assert [kind == highspy.HighsVarType.kInteger for kind in back.integrality_] == case.integer.tolist()
    entries = csc_array((back.a_matrix_.value_, back.a_matrix_.index_, back.a_matrix_.start_), shape=(4, 3))
    assert entries.toarray().tolist() == case.matrix.toarray().tolist()


def test_stubborn_is_taken_by_cpsat():
    raw = substitute_limited(stubborn()).program.raw()
    upper, escape = upper_bounds(raw)
    assert escape == INF
    assert len(to_whole(raw, upper).rows.lower) == raw.row_count
