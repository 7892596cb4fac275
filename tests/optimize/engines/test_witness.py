"""CP-SAT works on whole numbers and looser rows: its plans are made exact, and what it leaves open is closed."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from engine_programs import INF, infeasible, knapsack, program, stubborn

import planner
from planner.core.solution import Status
from planner.optimize.engines import EngineOptions, EnginePool, registry, solve
from planner.optimize.engines.judge import Judge
from planner.optimize.engines.protocol import Claim
from planner.optimize.engines.registry import engine_names, is_exact
from planner.optimize.engines.run import wants_witness
from planner.optimize.engines.substitute import no_substitution
from tests.reference.compare import judge
from tests.reference.generate import instance_of
from tests.reference.reference import optimum

PROOFS = frozenset({Claim.OPTIMAL, Claim.INFEASIBLE})
TIGHT = EngineOptions(relative_gap=1e-9, time_limit_s=20)


def bought() -> Any:
    """Whole units of 10 at 1 each and spot at 3 for a demand of 31: three units and 1 of spot, 6."""
    return program([[10, 1]], [31], [INF], [1, 3], integer=[True, False], upper=[3, 50])


def endless() -> Any:
    """x - y <= 11 with x earning 1 and y costing 2: no column has a range of its own."""
    return program([[1, -1]], [-INF], [11], [-1, 2], integer=[False, True])


def test_an_engine_that_says_nothing_of_its_rows_may_loosen_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {name for name in engine_names() if not is_exact(name)} == {"cpsat"}
    monkeypatch.setattr(registry, "load_backend", lambda name: ModuleType(name))
    assert not is_exact("newcomer")


def test_a_plan_that_loose_rows_made_cheap_costs_what_it_must() -> None:
    short = np.array([3.0, 1.0 - 2e-6])
    loose = Judge(bought(), 0.0, {"cpsat": PROOFS}, frozenset({"cpsat"}))
    assert loose.offer(short, "cpsat")
    assert loose.cost == pytest.approx(6.0, abs=1e-9)
    exact = Judge(bought(), 0.0, {"highs": PROOFS}, frozenset({"cpsat"}))
    assert exact.offer(short, "highs")
    assert exact.cost == pytest.approx(6.0 - 6e-6, abs=1e-9)


def test_units_that_only_loose_rows_let_serve_are_no_plan() -> None:
    tight = program(
        [[10, 1], [0, 1]], [31, -INF], [INF, 1 - 5e-6], [1, 3], integer=[True, False], upper=[9, 50]
    )
    judge = Judge(tight, 0.0, {"cpsat": PROOFS}, frozenset({"cpsat"}))
    assert not judge.offer(np.array([3.0, 1.0 - 3e-6]), "cpsat")


def test_a_plan_that_there_was_no_time_to_mend_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = Judge(bought(), 0.0, {"cpsat": PROOFS}, frozenset({"cpsat"}))
    monkeypatch.setattr(judge, "_has_time", lambda: False)
    assert not judge.offer(np.array([3.0, 1.0 - 2e-6]), "cpsat")
    judge.settle()
    assert judge.cost == pytest.approx(6.0, abs=1e-9)


def test_highs_takes_what_cpsat_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.optimize.engines.engine_form.substitute_limited", no_substitution)
    monkeypatch.setattr("planner.optimize.engines.engine_form.tighten", lambda program: program)
    refused = solve(endless(), "cpsat", TIGHT)
    assert (refused.engine, refused.cost) == ("cpsat+highs", pytest.approx(-11.0))
    assert "finite bounds" in refused.remarks[0]


def test_highs_closes_what_cpsat_leaves_open_and_is_named() -> None:
    for solution in (solve(bought(), "cpsat", TIGHT), _pooled(bought())):
        assert (solution.status, solution.limit) == (Status.OPTIMAL, None)
        assert solution.cost == pytest.approx(6.0, abs=1e-9)
        assert solution.engine in ("cpsat", "cpsat+highs")


def _pooled(given: Any) -> Any:
    with EnginePool(workers=1) as pool:
        return pool.submit(given, "cpsat", TIGHT).result()


def test_an_engine_out_of_time_leaves_some_to_its_witness() -> None:
    solution = solve(stubborn(), "cpsat", EngineOptions(relative_gap=0.0, time_limit_s=4))
    assert (solution.status, solution.limit) == (Status.FEASIBLE, "time")
    assert solution.engine == "cpsat+highs"
    assert solution.seconds < 8


def test_what_cpsat_settles_needs_no_witness() -> None:
    assert solve(knapsack(), "cpsat", TIGHT).engine == "cpsat"
    nothing = solve(infeasible(), "cpsat", TIGHT)
    assert (nothing.status, nothing.engine) == (Status.INFEASIBLE, "cpsat")
    assert not wants_witness(knapsack(), ("cpsat", "highs"))
    assert not wants_witness(knapsack().relaxed(), ("cpsat",))


@pytest.mark.parametrize("seed", [4018, 4023, 4034])
def test_random_questions_are_answered_as_by_the_second_model(seed: int) -> None:
    """Of 4000..4059 36 ended with an open gap, 4023 below the optimum, 4018 refused, 4034 not served."""
    instance = instance_of(seed)
    options = planner.SolveOptions(solver="cpsat", method="direct", relative_gap=1e-9, time_limit_s=30)
    plan = planner.solve(planner.from_dict(instance), options)
    assert judge(plan, optimum(instance)).fault == ""
