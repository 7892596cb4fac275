"""Bounds and "infeasible" where availability is kept in a form that may ask for more than is needed."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import planner
from kernels.queueing import standing_share
from planner.model import build
from planner.model.prepare import sets_of
from planner.optimize import availability_bound, verdict
from planner.optimize.availability_bound import AvailabilityBound
from planner.optimize.decomposition.problem.required import leaves_out_plans, without_choices
from planner.optimize.engines import EngineOptions, program_of
from planner.optimize.floors_beside import FloorsBeside
from planner.rates.compute import compute_rates
from planner.rates.standing import losses_of
from tests.reference.compare import judge
from tests.reference.generate_standing import many_kinds_instance_of
from tests.reference.reference import optimum

RATES = (1.0, 1.1, 1.2, 1.3, 1.4)
QUICK = planner.SolveOptions(solver="highs", threads=1)


def one_node_of_each(availability: float, per_s: float = 3.0) -> planner.Instance:
    """Five kinds of units, too many for every mix to be listed, and one node of each on offer."""
    names = [f"h{place}" for place in range(len(RATES))]
    own = {"kind": "existing", "nodes": 1}
    return planner.from_dict(
        {
            "version": 1,
            "name": "one_of_each",
            "horizon": {"start": "2025-01-01T00:00+00:00", "periods": 1},
            "hardware": {
                name: {"gpus_per_node": 8, "failures_per_node_year": 20.0, "repair_hours": 24.0}
                for name in names
            },
            "workloads": {
                "chat": {"demand": {"requests_per_s": per_s}, "sla": {"availability": availability}}
            },
            "deployments": [
                {
                    "name": name,
                    "role": "request",
                    "hardware": name,
                    "nodes": 1,
                    "rate_requests_per_s": {"chat": rate},
                }
                for name, rate in zip(names, RATES, strict=True)
            ],
            "fleet": {name: {"own": own} for name in names},
        }
    )


def attained(instance: planner.Instance, per_s: float) -> float:
    rates = compute_rates(instance)
    laws = [losses_of(instance, rates, unit) for unit in range(len(RATES))]
    return standing_share([1] * len(RATES), laws, rates.rate, np.array([per_s]))


@pytest.mark.parametrize(
    ("more", "per_s", "status"),
    [(1e-4, 3.0, "no_plan"), (0.0, 7.0, "infeasible"), (-1e-4, 3.0, "optimal"), (-0.3, 3.0, "optimal")],
)
def test_infeasible_is_what_is_proven(more: float, per_s: float, status: str) -> None:
    most = attained(one_node_of_each(0.9, 3.0), 3.0)
    plan = planner.solve(one_node_of_each(most + more, per_s), QUICK)
    assert plan.status == status
    told: Any = " ".join((*plan.reasons, *plan.warnings))
    assert ("whether there is one is not known" in told) == (status == "no_plan")
    assert status != "no_plan" or plan.limit == "availability"


@pytest.mark.parametrize("method", ["direct", "decompose", "matheuristic"])
@pytest.mark.parametrize("seed", [3, 4])
def test_no_method_proves_more_than_the_question_has(seed: int, method: str) -> None:
    """The optimum is that of the second model, which looks at every mix of five or six kinds of units."""
    data = many_kinds_instance_of(seed)
    instance, right = planner.from_dict(data), optimum(data)
    assert leaves_out_plans(sets_of(instance, compute_rates(instance)))
    plan = planner.solve(instance, replace(QUICK, method=method, relative_gap=1e-9, time_limit_s=3.0))
    assert judge(plan, right, proven=False).fault == ""
    assert plan.cost >= right.objective * (1 - 1e-9)
    assert right.objective * 0.6 < plan.bound <= right.objective * (1 + 1e-9)


def test_a_cheaper_plan_of_the_proof_is_audited_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[float]()

    def counted(instance: Any, plan: planner.Plan, rates: Any) -> Any:
        asked.append(plan.cost)
        return planner.check(instance, plan, rates)

    monkeypatch.setattr(verdict, "check", counted)
    instance = planner.from_dict(many_kinds_instance_of(3))
    plan = planner.solve(instance, replace(QUICK, relative_gap=1e-9, time_limit_s=3.0))
    assert len(asked) == 1
    assert planner.check(instance, plan).passed
    assert plan.seconds > 0.0


def test_events_tell_no_bound_of_the_loose_program() -> None:
    data, told = many_kinds_instance_of(3), list[float]()
    right = optimum(data).objective
    planner.solve(planner.from_dict(data), QUICK, on_event=lambda event: told.append(event.bound))
    assert told
    assert max(told) <= right * (1 + 1e-9)


def test_floors_are_found_beside_the_search_as_far_as_there_is_time() -> None:
    instance = planner.from_dict(many_kinds_instance_of(3))
    sets = sets_of(instance, compute_rates(instance))
    found = []
    with FloorsBeside(sets) as beside:
        for until in (-math.inf, math.inf, math.inf):  # it goes on from what was got, and has an end
            beside.start()
            got = beside.get(until)
            found.append((sum(len(point.floors) for point in got.necessary.points), got.bound))
        assert beside.exhausted
    assert 0 < found[0][0] < found[1][0]
    assert found[0][1] < found[1][1]
    assert found[2] == found[1]


@pytest.mark.parametrize("small_columns", [0, 10_000])
def test_large_questions_have_the_bound_of_the_relaxation(
    small_columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No time is left for the proof: the relaxation of a large question is solved all the same."""
    monkeypatch.setattr(availability_bound, "SMALL_COLUMNS", small_columns)
    data = many_kinds_instance_of(3)
    instance, right = planner.from_dict(data), optimum(data)
    sets = sets_of(instance, compute_rates(instance))
    bounding = AvailabilityBound(sets, ("highs", "highs"), EngineOptions(), math.inf, None, None)
    bound = bounding.relaxed_bound(program_of(build(without_choices(sets, None))))
    assert bound <= right.objective * (1 + 1e-9)
    assert (bound > 0.5 * right.objective) == (small_columns == 0)
