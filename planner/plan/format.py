"""The JSON Schema of a plan as `Plan.to_dict` writes it and `planner solve --json` prints it."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from planner.plan.contents import SCHEMA_VERSION, PlanContents
from planner.plan.ranges import RANGES
from planner.plan.tables import TABLES

# infinite where there is no plan or no bound, and JSON has no infinity
_MISSING_WITHOUT_PLAN = ("cost", "bound", "gap")


@cache
def plan_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a plan; `schema_version` names the version of this format.

    Every key is required and no other is allowed, in the plan and in each of its records; every number lies in its
    natural range (`planner.plan.ranges`).
    """
    schema = TypeAdapter(PlanContents).json_schema(mode="serialization")
    added = {
        "schema_version": {"const": SCHEMA_VERSION},
        "gap": {"title": "Gap", "type": "number"},
        "recommended": {"title": "Recommended", "type": "boolean"},
        **{table.name: table.schema() for table in TABLES.values() if table.in_file},
    }
    properties = _within("PlanContents", schema["properties"]) | _within("PlanContents", added)
    for name in _MISSING_WITHOUT_PLAN:
        properties[name] = {"anyOf": [properties[name], {"type": "null"}]}
    records = {name: _record(name, part) for name, part in schema["$defs"].items()}
    whole = {**schema, "$defs": records, "title": "planner plan", "properties": properties}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_closed(whole)}


def _record(name: str, part: dict[str, Any]) -> dict[str, Any]:
    """A record with its numbers in their ranges; what is no record, such as a status, as it is."""
    if "properties" not in part:
        return part
    return _closed({**part, "properties": _within(name, part["properties"])})


def _within(record: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Fields of a record, every number within its range."""
    return {name: _ranged(part, RANGES[record].get(name)) for name, part in properties.items()}


def _ranged(part: dict[str, Any], natural: dict[str, float] | None) -> dict[str, Any]:
    """A number, or what holds numbers, within a range. Raises KeyError for a number without one."""
    if part.get("type") in ("integer", "number"):
        if natural is None:
            raise KeyError(f"{part.get('title')}: a number of a plan without a range in planner.plan.ranges")
        return {**part, **natural}
    ranged = dict(part)
    for key in ("items", "additionalProperties"):
        if isinstance(part.get(key), dict):
            ranged[key] = _ranged(part[key], natural)
    if "anyOf" in part:
        ranged["anyOf"] = [_ranged(one, natural) for one in part["anyOf"]]
    return ranged


def _closed(part: dict[str, Any]) -> dict[str, Any]:
    """An object with all of its keys and no others; anything else as it is."""
    if part.get("type") != "object":
        return part
    return {**part, "required": sorted(part["properties"]), "additionalProperties": False}
