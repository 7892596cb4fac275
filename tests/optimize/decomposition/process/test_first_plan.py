"""A small question has some plan whatever limit comes, where it has one at all."""

from __future__ import annotations

import pytest

import planner
from planner.core.solution import Status
from planner.model.prepare import sets_of
from planner.optimize.decomposition.process.whole_model import WholeModel, cells_of
from planner.optimize.decomposition.solve import decompose
from planner.optimize.engines import EngineOptions
from planner.rates.compute import compute_rates
from tests.examples import small
from tests.reference.generate import instance_of
from tests.reference.reference import optimum

pytestmark = pytest.mark.usefixtures("processes_started_anew")
AT_ONCE = EngineOptions(time_limit_s=0.1, relative_gap=1e-9)


@pytest.mark.parametrize("seed", [2, 14, 34, 46, 51])
def test_there_is_a_plan_before_any_engine_has_started(seed: int) -> None:
    data = instance_of(seed)
    instance = planner.from_dict(data)
    found = decompose(sets_of(instance, compute_rates(instance)), AT_ONCE)
    assert found.solution.status in (Status.FEASIBLE, Status.OPTIMAL)
    assert found.values is not None
    right = optimum(data).objective
    assert found.solution.bound - 1e-6 <= right <= found.solution.cost + 1e-6


def test_a_question_without_a_plan_has_no_first_one() -> None:
    instance = small({"fleet.h800.rent.max_nodes": 1, "fleet.h800.reserve": None})
    sets = sets_of(instance, compute_rates(instance))
    assert cells_of(sets) > 0
    assert WholeModel(sets).first_plan(5.0) is None
