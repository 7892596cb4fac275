"""Every number of a plan has its natural range: a value out of it is named, whatever the field."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

import planner
from planner.plan.contents import RECORD_KINDS, PlanContents
from planner.plan.faults import plan_faults
from planner.plan.format import plan_schema
from planner.plan.ranges import ANY, COUNT, RANGES
from tests.verify.audit.mutants import instances

Steps = tuple[Any, ...]


@cache
def records() -> dict[str, dict[str, Any]]:
    """Plans that together have every record, as JSON."""
    options = planner.SolveOptions(solver="highs", threads=1)
    plans = {name: planner.solve(instance, options) for name, instance in instances().items()}
    assert all(plan.usable for plan in plans.values())
    return {name: json.loads(json.dumps(plan.to_dict())) for name, plan in plans.items()}


def numbers(record: dict[str, Any]) -> Iterator[tuple[str, str, Steps]]:
    """Record kind, field and place of one value of every numeric field of a plan that has it."""
    for field, kind in (("", PlanContents), *RECORD_KINDS.items()):
        for name in RANGES[kind.__name__]:
            place: Steps = (field, 0, name) if field else (name,)
            if field and not record[field]:
                continue
            value = record[field][0][name] if field else record[name]
            if isinstance(value, list | dict) and value:
                place, value = (*place, 0 if isinstance(value, list) else next(iter(value))), 0
            if isinstance(value, int | float):
                yield kind.__name__, name, place


def outside(record: str, field: str) -> Iterator[Any]:
    """Values that a field cannot have."""
    natural = RANGES[record][field]
    yield from (math.nan, math.inf, -math.inf, 10**400, "1", True, [1.0])
    yield math.nextafter(natural["maximum"], math.inf) if natural is not COUNT else 2**31
    if "exclusiveMinimum" in natural:
        yield from (0.0, -1.0)
    else:
        least = natural["minimum"]
        yield math.nextafter(least, -math.inf) if isinstance(least, float) else int(least) - 1
    if natural is not ANY:
        yield -1


def changed(record: dict[str, Any], steps: Steps, value: Any) -> dict[str, Any]:
    """The record with another value at a place."""
    made = copy.deepcopy(record)
    here: Any = made
    for step in steps[:-1]:
        here = here[step]
    here[steps[-1]] = value
    return made


def path_of(steps: Steps) -> str:
    """A place as faults name it."""
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


@pytest.mark.parametrize("name", instances())
def test_a_number_out_of_its_range_is_named_with_its_place(name: str) -> None:
    record = records()[name]
    assert plan_faults(record) == []
    for kind, field, steps in numbers(record):
        for value in outside(kind, field):
            faults = plan_faults(changed(record, steps, value))
            assert [fault.path for fault in faults] == [path_of(steps)], (kind, field, value)


def test_every_numeric_field_is_attacked() -> None:
    reached = {(kind, field) for record in records().values() for kind, field, _ in numbers(record)}
    # error bands are those of rates that the kernel estimates, and these plans have given ones
    missing = {(kind, field) for kind, fields in RANGES.items() for field in fields} - reached
    assert missing == {("UnitSchedule", "band_low"), ("UnitSchedule", "band_high")}


def test_ranges_name_fields_that_there_are() -> None:
    for kind in (PlanContents, *RECORD_KINDS.values()):
        fields = {field.name for field in dataclasses.fields(kind)} | (
            {"gap"} if kind is PlanContents else set()
        )
        assert set(RANGES[kind.__name__]) <= fields


def test_the_schema_says_the_same() -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="a validator of schemas, comes with nbformat")
    validator = jsonschema.Draft202012Validator(plan_schema())
    record = records()["plain"]
    assert not list(validator.iter_errors(record))
    for steps, value in ((("seconds",), -1), (("holdings", 0, "nodes"), -1), (("period_hours",), 0.0)):
        assert list(validator.iter_errors(changed(record, steps, value))), steps
