"""The JSON Schema of a plan as `Plan.to_dict` writes it and `planner solve --json` prints it."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from planner.plan import SCHEMA_VERSION, Plan

# infinite where there is no plan or no bound, and JSON has no infinity
_MISSING_WITHOUT_PLAN = ("cost", "bound", "gap")


@cache
def plan_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a plan; `schema_version` names the version of this format."""
    schema = TypeAdapter(Plan).json_schema(mode="serialization")
    added = {
        "schema_version": {"const": SCHEMA_VERSION},
        "gap": {"title": "Gap", "type": "number"},
        "fleet": {"type": "array", "items": {"type": "object"}},
        "hours": {"type": "array", "items": {"type": "object"}},
    }
    properties = schema["properties"] | added
    for name in _MISSING_WITHOUT_PLAN:
        properties[name] = {"anyOf": [properties[name], {"type": "null"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "planner plan",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }
