"""What is wrong with the form of a plan's record: against its schema, and between its own parts.

The meaning of a well-formed plan is judged by the audit.
"""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault
from planner.plan.format import plan_schema
from planner.plan.records import names_and_lengths
from planner.plan.text import MOST_DEPTH, has_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema = dict[str, Any]
PlanFault = tuple[str, str]
MOST_FAULTS = 50
_SHOWN = 40

_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "a text"),
    "integer": ((int,), "a whole number"),
    "number": ((int, float), "a number"),
    "array": ((list, tuple), "a list"),
    "object": ((dict,), "a table of keys"),
    "boolean": ((bool,), "true or false"),
    "null": ((type(None),), "null"),
}


def plan_faults(record: Any) -> list[Fault]:
    """Every fault of the form of a record that `Plan.to_dict` may have written, at most 50, then a count."""
    found = list(form_of(record, plan_schema(), ""))
    if not found:
        found = list(names_and_lengths(record))
    faults = [Fault(message, path=path) for path, message in found[:MOST_FAULTS]]
    if len(found) > MOST_FAULTS:
        faults.append(Fault(f"and {len(found) - MOST_FAULTS} more faults"))
    return faults


def form_of(value: Any, schema: Schema, path: str) -> Iterator[PlanFault]:
    """Path and message of everything in which a value departs from a schema."""
    if "$ref" in schema:
        schema = plan_schema()["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in schema:
        yield from _one_of(value, schema["anyOf"], path)
    elif "const" in schema:
        if value != schema["const"] or isinstance(value, bool):
            yield path, f"is {shown(value)}, this program reads {schema['const']!r}"
    elif not _is_kind(value, schema["type"]):
        yield path, f"must be {_KINDS[schema['type']][1]}, not {shown(value)}"
    elif isinstance(value, dict):
        yield from _table(value, schema, path)
    elif isinstance(value, list | tuple):
        items = schema.get("items", {})
        yield from chain.from_iterable(form_of(item, items, f"{path}[{n}]") for n, item in enumerate(value))
    elif isinstance(value, str):
        yield from _text(value, schema, path)
    elif value is not None and not isinstance(value, bool):
        yield from _number(value, schema, path)


def shown(value: Any) -> str:
    """A value of a record as a message shows it: short, and without what a terminal would act on."""
    if isinstance(value, dict | list | tuple):
        return "a table of keys" if isinstance(value, dict) else "a list"
    text = "null" if value is None else ascii(value) if isinstance(value, str) else _digits(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _digits(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) >= 10**_SHOWN:
        return "a whole number of more digits than a plan can hold"
    return repr(value)


def _is_kind(value: Any, kind: str) -> bool:
    return isinstance(value, _KINDS[kind][0]) and isinstance(value, bool) == (kind == "boolean")


def _one_of(value: Any, choices: list[Schema], path: str) -> Iterator[PlanFault]:
    fitting = [choice for choice in choices if "type" not in choice or _is_kind(value, choice["type"])]
    if not fitting:
        kinds = " or ".join(_KINDS[choice["type"]][1] for choice in choices)
        yield path, f"must be {kinds}, not {shown(value)}"
    else:
        yield from form_of(value, fitting[0], path)


def _table(value: dict[Any, Any], schema: Schema, path: str) -> Iterator[PlanFault]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name in schema.get("required", ()):
        if name not in value:
            yield _joined(path, name), "is missing"
    for name, inner in value.items():
        place = _joined(path, name)
        if not isinstance(name, str) or has_surrogates(name):
            yield place, "is no key: a key is a text that UTF-8 can hold"
        elif name in known:
            yield from form_of(inner, known[name], place)
        elif others is False:
            yield place, f"is no key of {'a plan' if not path else 'this record'}"
        elif others is True:
            yield from _anything(inner, place)
        else:
            yield from form_of(inner, others, place)


def _anything(value: Any, path: str) -> Iterator[PlanFault]:
    """What no schema describes must still be plain, finite, of bounded depth and of texts that UTF-8 can hold."""
    left = [(value, path, 0)]
    while left:
        inner, place, depth = left.pop()
        if depth > MOST_DEPTH:
            yield place, f"is nested deeper than {MOST_DEPTH} levels"
        elif isinstance(inner, dict):
            left += [(one, _joined(place, name), depth + 1) for name, one in inner.items()]
            bad = [name for name in inner if not isinstance(name, str) or has_surrogates(name)]
            yield from ((_joined(place, name), "is no key: UTF-8 cannot hold it") for name in bad)
        elif isinstance(inner, list | tuple):
            left += [(one, f"{place}[{n}]", depth + 1) for n, one in enumerate(inner)]
        elif isinstance(inner, str):
            yield from _text(inner, {}, place)
        elif isinstance(inner, int | float) and not isinstance(inner, bool):
            yield from _number(inner, {"minimum": -1e300, "maximum": 1e300}, place)
        elif inner is not None and not isinstance(inner, bool):
            yield place, f"is a {type(inner).__name__}, which JSON has not"


def _text(value: str, schema: Schema, path: str) -> Iterator[PlanFault]:
    if has_surrogates(value):
        yield path, "is a text that UTF-8 cannot hold (a lone surrogate)"
    elif "enum" in schema and value not in schema["enum"]:
        yield path, f"is {shown(value)}, and must be one of {', '.join(schema['enum'])}"


def _number(value: float, schema: Schema, path: str) -> Iterator[PlanFault]:
    if isinstance(value, float) and not math.isfinite(value):
        yield path, f"is {value}, and must be a finite number"
        return
    least, most = schema.get("minimum"), schema.get("maximum")
    beyond = schema.get("exclusiveMinimum")
    if beyond is not None and value <= beyond:
        yield path, f"is {shown(value)}, and must be more than {beyond:g}"
    elif least is not None and value < least:
        yield path, f"is {shown(value)}, and must be at least {least:g}"
    elif most is not None and value > most:
        yield path, f"is {shown(value)}, and must be at most {most:g}"


def _joined(path: str, name: Any) -> str:
    key = name if isinstance(name, str) and name.isascii() and name.isprintable() else ascii(name)
    key = key if len(key) <= _SHOWN else f"{key[:_SHOWN]}..."
    return f"{path}.{key}" if path else key
