"""The schema of plans: every plan we write fits it, also one that is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import planner

jsonschema = pytest.importorskip("jsonschema", reason="a validator of schemas, comes with nbformat")
INSTANCES = Path(__file__).parents[2] / "instances"
OPTIONS = planner.SolveOptions(solver="highs", threads=1)


@pytest.mark.parametrize("scale", [1.0, 99.0])
def test_plans_fit_their_schema(scale: float) -> None:
    tiny = planner.load(INSTANCES / "tiny.yaml").override({"workloads.chat.demand.scale": scale})
    record = json.loads(json.dumps(planner.solve(tiny, OPTIONS).to_dict(), allow_nan=False))
    jsonschema.Draft202012Validator(planner.plan_schema()).validate(record)
    assert planner.Plan.from_dict(record).to_dict() == planner.solve(tiny, OPTIONS).to_dict() | {
        "seconds": record["seconds"]
    }


@pytest.mark.parametrize(
    "fault", [{"status": "fine"}, {"schema_version": 0}, {"cost": "much"}, {"unknown": 1}]
)
def test_what_is_no_plan_does_not_fit(fault: dict[str, object]) -> None:
    record = planner.solve(planner.load(INSTANCES / "tiny.yaml"), OPTIONS).to_dict() | fault
    errors = jsonschema.Draft202012Validator(planner.plan_schema()).iter_errors(
        json.loads(json.dumps(record))
    )
    assert list(errors)


def test_the_schema_itself_is_sound() -> None:
    jsonschema.Draft202012Validator.check_schema(planner.plan_schema())
    jsonschema.Draft202012Validator.check_schema(planner.instance_schema())
