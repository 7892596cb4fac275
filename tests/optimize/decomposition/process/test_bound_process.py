"""The process of the bound: killed, and cancelled."""

from __future__ import annotations

import pytest

from planner.core.solution import Status
from planner.optimize.decomposition.parameters import DEFAULTS
from planner.optimize.decomposition.problem.structure import structure_of
from planner.optimize.decomposition.solve import Decomposition, decompose
from planner.optimize.engines import CancelToken, EngineOptions
from tests.optimize.decomposition.small import question

pytestmark = pytest.mark.usefixtures("processes_started_anew")


def test_a_killed_bound_leaves_the_plan() -> None:
    sets = question(2)
    run = Decomposition(sets, structure_of(sets), EngineOptions(time_limit_s=1.5), DEFAULTS, None, None)
    run.bound_process.end()
    found = run.run()
    assert found.values is not None
    assert found.solution.status in (Status.FEASIBLE, Status.OPTIMAL)
    assert found.solution.limit in ("time", None)


def test_cancel_returns_the_plan() -> None:
    sets, token = question(4), CancelToken()
    found = decompose(
        sets, EngineOptions(time_limit_s=30, relative_gap=0.0), lambda event: token.cancel(), token
    )
    assert found.solution.seconds < 20
    assert found.solution.limit == "interrupt"
    assert found.solution.bound <= found.solution.cost
