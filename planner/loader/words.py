"""What belongs at a place of an instance, in words and as an example, read off the schema.

Every fault of the schema is reported by what to write there, so no message depends on the words of the library
that found it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault, shortened
from planner.instance.base import MOST, MOST_COUNT
from planner.instance.name import MOST_NAME, NAME_PATTERN, name_fault
from planner.loader.schema import alternatives, schemas_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PATTERNS = {
    NAME_PATTERN: (
        "a name of letters, digits, emoji and _ . - that begins with a letter, digit or emoji",
        "name",
    ),
    r"^[A-Z]{3}$": ("a code of three capital letters, such as CNY", "CNY"),
    r"^\d{4}-\d{2}-\d{2}$": ("a day such as 2025-02-28", "2025-02-28"),
}
_MOMENT = "2026-01-31T00:00+00:00"
_LONGEST = 40
_DEEPEST = 6
_JSON_TYPES: tuple[tuple[type | tuple[type, ...], tuple[str, ...]], ...] = (
    (bool, ("boolean",)),
    (int, ("number", "integer")),
    (float, ("number", "integer")),
    (str, ("string",)),
    ((list, tuple), ("array",)),
    (dict, ("object",)),
)


def misfit(location: Sequence[str | int], value: Any, root: dict[str, Any] | None = None) -> str:
    """Why a value does not fit at a location, and what to write instead."""
    schemas = [one for one in _flat(schemas_at(tuple(location), root)) if one.get("type") != "null"]
    suited = [one for one in schemas if _json_type(one) in _types_of(value)] or schemas
    wanted = " or ".join(dict.fromkeys(filter(None, map(described, suited)))) or "what this key takes"
    if value is None:
        return f"is empty: write {wanted}, or leave the key out"
    if suited and all(_json_type(one) == "object" for one in suited) and not isinstance(value, dict):
        return f"{shown(value)} is no mapping: write {_with(example(suited[0]), value)}"
    if isinstance(value, list | tuple | dict) and suited and _json_type(suited[0]) in _types_of(value):
        return f"has {len(value)} entries: write {_sized(suited[0])}"
    return f"{shown(value)} does not fit: write {wanted}{_ceiling(suited, value)}"


def _ceiling(schemas: Sequence[dict[str, Any]], value: Any) -> str:
    """The bound of all figures, where a value is beyond it: the bound is named only then."""
    most = max((schema.get("maximum", MOST) for schema in schemas), default=MOST)
    return f"; {most:.0e} is the most" if is_number(value) and abs(value) > most else ""


def missing(location: Sequence[str | int], root: dict[str, Any] | None = None) -> str:
    """That a key is missing, and what it takes."""
    schemas = [one for one in _flat(schemas_at(tuple(location), root)) if one.get("type") != "null"]
    wanted = " or ".join(dict.fromkeys(filter(None, map(described, schemas))))
    return f"is missing: write {wanted}" if wanted else "is missing"


def bad_name(name: str) -> str:
    """Why a key cannot be a name."""
    if _fits(name):
        return f"the name {name_fault(name)}"
    return f"'{shortened(name)}' is not {_PATTERNS[NAME_PATTERN][0]}, {MOST_NAME} characters at most"


def name_faults(name: str, option: str) -> list[Fault]:
    """The fault of a name that is given by an option, where it can be none."""
    return [] if _fits(name) and not name_fault(name) else [Fault(bad_name(name), option)]


def _fits(name: str) -> bool:
    return len(name) <= MOST_NAME and re.fullmatch(NAME_PATTERN, name) is not None


def described(schema: dict[str, Any]) -> str:
    """One alternative in words."""
    if "const" in schema:
        return shown(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    kind = _json_type(schema)
    if kind in ("number", "integer"):
        return ("a whole number" if kind == "integer" else "a number") + _limits(schema)
    if kind == "string":
        if schema.get("format") == "date-time":
            return f"a date and time with its offset from UTC, such as {_MOMENT}"
        words = _PATTERNS.get(schema.get("pattern", ""), (schema.get("description", "a text"),))[0]
        return words + (f" of at most {schema['maxLength']:,} characters" if "maxLength" in schema else "")
    if kind == "boolean":
        return "true or false"
    if kind == "array":
        return _sized(schema)
    return flow(example(schema)) if kind == "object" else ""


def _sized(schema: dict[str, Any]) -> str:
    """A list or mapping in words, with how many entries it has."""
    least, most = (
        next((schema[key] for key in keys if key in schema), None)
        for keys in (("minItems", "minProperties"), ("maxItems", "maxProperties"))
    )
    if least is not None and least == most:
        count = f"{least} "
    else:
        ends = (f"at least {least}" if least else "", f"at most {most}" if most is not None else "")
        count = "".join(f"{end} " for end in (" and ".join(filter(None, ends)),) if end)
    entries = f"{count}{'entry' if least == 1 else 'entries'}"
    if _json_type(schema) == "object":
        return f"a mapping with {entries}, such as {flow(example(schema))}"
    items = " or ".join(filter(None, dict.fromkeys(map(described, _flat([_items(schema)])))))
    return f"a list of {entries}, each {items}" if items else f"a list of {entries}"


def _limits(schema: dict[str, Any]) -> str:
    least, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    most, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    most = None if most in (MOST, MOST_COUNT) else most
    least = None if least == -MOST else least
    low = f"{least:g} or more" if least is not None else f"above {above:g}" if above is not None else ""
    high = f"{most:g} or less" if most is not None else f"below {below:g}" if below is not None else ""
    return "".join(f", {part}" for part in (low, high) if part)


def example(schema: dict[str, Any], depth: int = 0) -> Any:
    """A value that fits a schema: its own example, or the least that is required."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "default" in schema and schema["default"] not in (None, {}, []):
        return schema["default"]
    options = [one for one in alternatives(schema) if one.get("type") != "null"]
    if not options or depth > _DEEPEST:
        return "..."
    if options[0] is not schema:
        return example(options[0], depth)
    return _made(schema, depth)


def _made(schema: dict[str, Any], depth: int) -> Any:
    kind = _json_type(schema)
    if kind in ("number", "integer"):
        low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        return (low + high) / 2 if high is not None and high <= 1 else max(1, low)
    if kind == "string":
        return _MOMENT if "format" in schema else _PATTERNS.get(schema.get("pattern", ""), ("", "text"))[1]
    if kind == "boolean":
        return True
    if kind == "array":
        return [example(_items(schema), depth + 1)] * schema.get("minItems", 1)
    properties = schema.get("properties", {})
    needed = schema.get("required") or list(properties)[:1]
    if needed:
        return {key: example(properties[key], depth + 1) for key in needed}
    named = schema.get("additionalProperties") or next(
        iter(schema.get("patternProperties", {}).values()), None
    )
    return {"name": example(named, depth + 1)} if isinstance(named, dict) else {}


def _items(schema: dict[str, Any]) -> dict[str, Any]:
    return dict(schema.get("items") or next(iter(schema.get("prefixItems", [])), {}))


def _with(made: Any, value: Any) -> str:
    """An example that takes over the number that was written, where it has room for one."""
    if isinstance(made, dict) and len(made) == 1 and is_number(value):
        return flow({key: value if is_number(inner) else inner for key, inner in made.items()})
    return flow(made)


def is_number(value: Any) -> bool:
    """Whether a value of an instance is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def flow(value: Any) -> str:
    """A value as YAML writes it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return shown(value, quoted=False)


def shown(value: Any, quoted: bool = True) -> str:
    """A value that was written, short enough for a message."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, str):
        return f"'{shortened(value)}'" if quoted else value
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"a mapping of {len(value)}"
    return shortened(re.sub(r"\s+", " ", str(value)), _LONGEST)


def _json_type(schema: dict[str, Any]) -> str:
    if "type" in schema:
        return str(schema["type"])
    known = schema.get("const", next(iter(schema.get("enum", [])), None))
    return next(iter(_types_of(known)), "object" if "properties" in schema else "")


def _types_of(value: Any) -> tuple[str, ...]:
    return next((names for types, names in _JSON_TYPES if isinstance(value, types)), ())


def _flat(schemas: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for schema in schemas for one in alternatives(schema)]
