"""The reference of what an instance may say, from its JSON Schema: `python -m tests.project.regenerate`.

The text of `instances/FIELDS.md`; `tests/project/test_documents.py` fails while that is stale.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.loader import instance_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE = Path(__file__).parents[2] / "instances" / "FIELDS.md"
HEAD = """\
# Every key of an instance

<!-- Written by `python -m tests.project.regenerate` from the JSON Schema (`planner schema`): change the sources. -->

Keys in **bold** must be there; of others the value that holds without them stands behind `=`, or nothing where they
are left out altogether. `NAME: ...` is a mapping with names of your own, in any script. A number with `_usd` in its key
is in the currency of the instance; other units stand in the key too. `README.md` beside this file says how to begin.
"""
_WORDS = {
    "number": "number",
    "integer": "whole number",
    "string": "text",
    "boolean": "true or false",
    "object": "mapping",
}


def reference() -> str:
    """The whole text: the top of an instance, then every mapping within it in the order in which it is met."""
    schema = instance_schema()
    definitions = schema["$defs"]
    parts, waiting, done = [HEAD, *_section("An instance", schema)], list(_named(schema)), set[str]()
    while waiting:
        name = waiting.pop(0)
        if name in done:
            continue
        done.add(name)
        definition = definitions[name]
        if "properties" in definition:
            parts += _section(_words(name), definition)
            waiting += _named(definition)
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _section(title: str, definition: dict[str, Any]) -> Iterator[str]:
    yield f"## {title}"
    if definition.get("description"):
        yield _on_one_line(definition["description"])
    required = set(definition.get("required", ()))
    rows = [
        f"| {_key(key, key in required)} | {_value(one)} | {_on_one_line(one.get('description', ''))} |"
        for key, one in definition["properties"].items()
    ]
    yield "\n".join(["| key | value | meaning |", "|---|---|---|", *rows])


def _key(key: str, required: bool) -> str:
    return f"**`{key}`**" if required else f"`{key}`"


def _value(one: dict[str, Any]) -> str:
    """What a key holds, in words, and what holds without it."""
    words = " or ".join(dict.fromkeys(_types(one)))
    default = one.get("default")
    plain = isinstance(default, str | int | float) and not isinstance(default, bool) and default != ""
    return f"{words} = {default}" if plain or default is True else words


def _types(one: dict[str, Any]) -> Iterator[str]:
    for choice in one.get("anyOf") or one.get("oneOf") or [one]:
        if "$ref" in choice:
            name = choice["$ref"].rpartition("/")[2]
            yield f"[{_words(name)}](#{_words(name).lower().replace(' ', '-')})"
        elif "enum" in choice or "const" in choice:
            yield ", ".join(f"`{word}`" for word in choice.get("enum", [choice.get("const")]))
        elif choice.get("type") == "array":
            inner = choice.get("items")
            yield f"list of {' or '.join(_types(inner))}" if isinstance(inner, dict) else "list"
        elif (
            choice.get("type") == "object"
            or "patternProperties" in choice
            or "additionalProperties" in choice
        ):
            inside = [*choice.get("patternProperties", {}).values(), choice.get("additionalProperties")]
            held = next((entry for entry in inside if isinstance(entry, dict)), None)
            yield f"NAME: {' or '.join(_types(held))}" if held else "mapping"
        elif choice.get("type") != "null":
            yield (
                "moment"
                if choice.get("format") == "date-time"
                else _WORDS.get(choice.get("type", ""), "value")
            )


def _named(definition: Any) -> Iterator[str]:
    """Names of the definitions that one refers to, in order."""
    if isinstance(definition, dict):
        for key, entry in definition.items():
            if key == "$ref":
                yield entry.rpartition("/")[2]
            elif key != "$defs":
                yield from _named(entry)
    elif isinstance(definition, list):
        for entry in definition:
            yield from _named(entry)


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _on_one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
