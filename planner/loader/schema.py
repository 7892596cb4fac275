"""The JSON Schema of an instance, and what it allows at a place."""

from __future__ import annotations

from functools import cache
from typing import Any

from planner.instance import Instance
from planner.instance.meanings import meanings, nouns


@cache
def structure() -> dict[str, Any]:
    """JSON Schema of the instance format without what its keys mean: what is allowed where."""
    return Instance.model_json_schema()


def instance_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the instance format, from the same types that validate it."""
    schema = described(structure(), Instance.__name__)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "planner instance"}


def described(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """The schema of the noun of that name, each key with what it means."""
    definitions = {key: described(one, key) for key, one in schema.get("$defs", {}).items()}
    text = meanings(nouns()[name]) if name in nouns() else {}
    keys = {
        key: dict(sorted({**one, "description": text[key]}.items())) if key in text else one
        for key, one in schema.get("properties", {}).items()
    }
    return schema | ({"$defs": definitions} if definitions else {}) | ({"properties": keys} if keys else {})


def properties_at(location: tuple[str | int, ...], root: dict[str, Any] | None = None) -> list[str]:
    """Keys allowed at a location as pydantic reports it (union tags and type names may be in it)."""
    found = [one for schema in schemas_at(location, root) for one in alternatives(schema)]
    return sorted({key for one in found for key in one.get("properties", {})})


def schemas_at(location: tuple[str | int, ...], root: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """What a schema (that of instances, or one without references) allows at a location.

    A step that it does not know is passed over.
    """
    schemas = [structure() if root is None else root]
    for step in location:
        narrowed = [deeper for schema in schemas for deeper in _step(alternatives(schema), step)]
        schemas = narrowed or schemas
    return schemas


def alternatives(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema with references followed and unions opened."""
    if "$ref" in schema:
        return alternatives(structure()["$defs"][schema["$ref"].rsplit("/", 1)[-1]])
    options = schema.get("anyOf") or schema.get("oneOf")
    if options is None:
        return [schema]
    return [one for option in options for one in alternatives(option)]


def _step(schemas: list[dict[str, Any]], step: str | int) -> list[dict[str, Any]]:
    found = []
    for schema in schemas:
        if isinstance(step, int):
            found += [schema["items"]] if "items" in schema else []
        elif step in schema.get("properties", {}):
            found.append(schema["properties"][step])
        elif schema.get("properties", {}).get("kind", {}).get("const") == step:
            found.append(schema)
        elif isinstance(schema.get("additionalProperties"), dict):
            found.append(schema["additionalProperties"])
        elif "patternProperties" in schema:
            found += list(schema["patternProperties"].values())
    return found


def inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema whose references are replaced by what they stand for; none may refer to itself."""
    definitions = schema.get("$defs", {})

    def resolved(here: Any) -> Any:
        if isinstance(here, list):
            return [resolved(one) for one in here]
        if not isinstance(here, dict):
            return here
        if "$ref" in here:
            return resolved(definitions[here["$ref"].rsplit("/", 1)[-1]])
        return {key: resolved(value) for key, value in here.items() if key != "$defs"}

    whole: dict[str, Any] = resolved(schema)
    return whole
