"""The planner beside the second model where availability is promised: every mix of units and every state of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

import planner
from planner.optimize.engines import EnginePool
from tests.reference.compare import judge
from tests.reference.generate_standing import promising_instance_of, sharing_instance_of
from tests.reference.reference import optimum

EXACT = planner.SolveOptions(method="direct", solver="highs", relative_gap=1e-9, time_limit_s=60.0, threads=1)
ONCE_WRONG = (99, 101, 115, 329)
"""Units that start for a part of a period; a trace of work that need not stand."""


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as engines:
        yield engines


@pytest.mark.parametrize("seed", [*range(25), *ONCE_WRONG])
def test_planner_agrees_with_the_second_model_on_availability(seed: int, pool: EnginePool) -> None:
    data = promising_instance_of(seed)
    plan = planner.solve(planner.from_dict(data), EXACT, pool=pool)
    assert judge(plan, optimum(data)).fault == ""


@pytest.mark.parametrize("seed", [12, 31])
def test_no_bound_is_above_the_optimum_where_units_share_nodes(seed: int, pool: EnginePool) -> None:
    """A node full of units is enough, or two pools lie on the same two nodes: fewer than wherever units lie."""
    data = sharing_instance_of(seed)
    plan = planner.solve(planner.from_dict(data), replace(EXACT, time_limit_s=3.0), pool=pool)
    assert judge(plan, optimum(data), proven=False).fault == ""


def test_promises_matter_in_these_questions() -> None:
    """Many cost more than without what they promise."""
    dearer = 0
    for seed in range(20):
        data = promising_instance_of(seed)
        right = optimum(data)
        for workload in data["workloads"].values():
            workload.pop("sla", None)
        dearer += right.objective > optimum(data).objective * (1 + 1e-6)
    assert dearer >= 4
