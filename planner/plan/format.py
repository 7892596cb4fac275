"""The JSON Schema of a plan as `Plan.to_dict` writes it and `planner solve --json` prints it."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from planner.plan.contents import SCHEMA_VERSION, PlanContents

LARGEST_WHOLE = 2**31 - 1
LARGEST_NUMBER = 1e100

# infinite where there is no plan or no bound, and JSON has no infinity
_MISSING_WITHOUT_PLAN = ("cost", "bound", "gap")


@cache
def plan_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a plan; `schema_version` names the version of this format.

    Every key is required and no other is allowed, in the plan and in each of its records.
    """
    schema = TypeAdapter(PlanContents).json_schema(mode="serialization")
    added = {
        "schema_version": {"const": SCHEMA_VERSION},
        "gap": {"title": "Gap", "type": "number"},
        "fleet": {"type": "array", "items": {"type": "object"}},
        "hours": {"type": "array", "items": {"type": "object"}},
    }
    properties = schema["properties"] | added
    for name in _MISSING_WITHOUT_PLAN:
        properties[name] = {"anyOf": [properties[name], {"type": "null"}]}
    bounded = _bounded(
        {
            **schema,
            "$defs": {name: _closed(part) for name, part in schema["$defs"].items()},
            "title": "planner plan",
            "properties": properties,
        }
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_closed(bounded)}


def _closed(part: dict[str, Any]) -> dict[str, Any]:
    """An object with all of its keys and no others; anything else as it is."""
    if part.get("type") != "object":
        return part
    return {**part, "required": sorted(part["properties"]), "additionalProperties": False}


def _bounded(part: Any) -> Any:
    """Numbers within what sums and products of a plan can hold."""
    if isinstance(part, list):
        return [_bounded(one) for one in part]
    if not isinstance(part, dict):
        return part
    most = {"integer": LARGEST_WHOLE, "number": LARGEST_NUMBER}.get(str(part.get("type")))
    limits = {} if most is None else {"minimum": -most, "maximum": most}
    return {name: _bounded(value) for name, value in part.items()} | limits
