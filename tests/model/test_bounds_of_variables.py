"""Bounds of variables: every one is finite, and none of them cuts off a cheapest plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

import planner
from planner.optimize.engines import IndexedProgram, LinearProgram
from planner.optimize.engines.integral.ranges import upper_bounds
from tests.examples import small
from tests.model.listing import program_for
from tests.project.golden import QUESTIONS
from tests.reference.generate import instance_of

MADE = ("use", "busy", "joining", "leaving", "fill", "loose", "tier", "commit", "premium", "excess", "tail")
"""Variables whose bound follows from what their rows let them be, or from what is of use."""
TIERED_AND_RISKY = {**QUESTIONS["outsource"], **QUESTIONS["risk"]}
UNLIMITED_COMMITMENT = {
    "fleet.h800.covered": {"kind": "spend_commitment", "plan": "p", "price_usd_per_node_hour": 12.0},
    "spend_commitments": {"p": {"hours": 2, "increment_usd_per_hour": 10.0}},
}
RANDOM_SEEDS = range(24)


def questions() -> dict[str, planner.Instance]:
    """An instance for each family, and some that several meet in."""
    changes: dict[str, dict[str, Any]] = {
        **QUESTIONS,
        "tiers and risk": TIERED_AND_RISKY,
        "unlimited commitment": UNLIMITED_COMMITMENT,
    }
    return {name: small(one) for name, one in changes.items()}


def unbounded(program: IndexedProgram) -> LinearProgram:
    """The program without the bounds that are made."""
    lower, upper = program.lower.copy(), program.upper.copy()
    for name, block in program.index.columns.items():
        if name in MADE:
            upper[block.number] = np.inf
        if name == "tail":
            lower[block.number] = -np.inf
    return replace(program, lower=lower, upper=upper)


def least_cost(program: LinearProgram) -> float | None:
    """The optimum of an engine that shares nothing with ours; None where there is no plan."""
    found = milp(
        program.objective,
        integrality=program.integer,
        bounds=Bounds(program.lower, program.upper),
        constraints=LinearConstraint(program.matrix, program.row_lower, program.row_upper),
        options={"mip_rel_gap": 1e-9},
    )
    return None if found.x is None else float(found.fun)


@pytest.mark.parametrize("name", questions())
def test_every_bound_is_finite_and_cuts_no_best_plan(name: str) -> None:
    judge_bounds(program_for(questions()[name]))


@pytest.mark.parametrize("seed", RANDOM_SEEDS)
def test_the_same_of_random_questions(seed: int) -> None:
    judge_bounds(program_for(planner.from_dict(instance_of(seed))))


def judge_bounds(program: IndexedProgram) -> None:
    """Finite, the same optimum without them, and nothing left for an engine that needs ranges to assume."""
    assert np.isfinite(program.lower).all()
    assert np.isfinite(program.upper).all()
    assert np.all(program.upper < 1e12)
    assert upper_bounds(program.raw())[1] == np.inf
    bounded, free = least_cost(program), least_cost(unbounded(program))
    assert (bounded is None) == (free is None)
    assert bounded is None or bounded == pytest.approx(free, rel=1e-7, abs=1e-7)


def test_an_engine_that_needs_ranges_takes_tiers_under_risk() -> None:
    """What a vendor's discount earns is bounded by its tiers, and so the tail of the costs from below."""
    options = {"method": "direct", "relative_gap": 1e-6, "time_limit_s": 30.0}
    plans = [
        planner.solve(small(TIERED_AND_RISKY), planner.SolveOptions(solver=engine, **options))
        for engine in ("cpsat", "highs")
    ]
    assert [str(plan.status) for plan in plans] == ["optimal", "optimal"]
    assert plans[0].cost == pytest.approx(plans[1].cost, rel=2e-6)
    assert (plans[0].solver, plans[0].warnings) == ("cpsat", ())
