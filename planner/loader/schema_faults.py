"""Faults of the schema in words of the instance, each with its place in the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from planner.core.suggest import did_you_mean, nearest
from planner.loader.schema import properties_at
from planner.loader.words import bad_name, misfit, missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError

    from planner.core.errors import Fault
    from planner.loader.strict_yaml import Document, Path

_UNION_STEP = re.compile(r"^(function-|tuple\[|constrained-|list\[|dict\[|float$|int$|str$|[A-Z]\w*$)")
_KEY = "[key]"
MOST_DETAILS = 1_000


class SchemaFault(NamedTuple):
    """One fault: its path in the data, its place in the schema, its kind in the library's terms, its words."""

    path: Path
    location: Path
    kind: str
    message: str

    def placed(self, document: Document) -> Fault:
        """The fault with its line; a fault of a key is at the key."""
        return document.fault(self.path, self.message, at_key=self.kind in ("extra_forbidden", _KEY))

    def follows_from(self, faults: Iterable[Fault], document: Document) -> bool:
        """Whether a record as a whole is at fault of which a part could not be read: that is reported already."""
        inside = document.path_as_written(self.path) + "."
        return self.kind == "value_error" and any(fault.path.startswith(inside) for fault in faults)


def schema_faults(document: Document, error: ValidationError) -> list[SchemaFault]:
    """Every fault of the schema, one a path.

    Where a value could have been of several types, each type complains: what is said of the value weighs more
    than that it is of another type, and a collection with faulty items is not itself called a fault.
    """
    by_path: dict[Path, list[Any]] = {}
    details = error.errors(include_url=False, include_context=True, include_input=True)
    for detail in details[:MOST_DETAILS]:
        path = _known_steps(document, detail["loc"])
        written = {"input": document.amounts[path]} if path in document.amounts else {}
        by_path.setdefault(path, []).append({**detail, **written})
    faults = [
        _fault(path, found)
        for path, found in by_path.items()
        if not (_only_of_shape(found) and _faulty_inside(path, by_path))
    ]
    if len(details) > MOST_DETAILS:
        more = f"{len(details) - MOST_DETAILS:,} more places do not fit, and are not looked at one by one"
        faults.append(SchemaFault((), (), "more", more))
    return faults


def _only_of_shape(details: Iterable[Any]) -> bool:
    return all(detail["type"].endswith(("_type", "too_short")) for detail in details)


def _fault(path: Path, details: list[Any]) -> SchemaFault:
    specific = _specific(details)
    kind = _KEY if specific[0]["loc"][-1:] == (_KEY,) else specific[0]["type"]
    return SchemaFault(path, specific[0]["loc"], kind, words_of(details, path))


def words_of(details: list[Any], path: Path, root: dict[str, Any] | None = None) -> str:
    """All that is wrong at one place in words of what is read (`root`: its schema); of a value before its type."""
    return " or ".join(dict.fromkeys(message_of(detail, path, root) for detail in _specific(details)))


def _specific(details: list[Any]) -> list[Any]:
    return [detail for detail in details if not detail["type"].endswith("_type")] or details


def _faulty_inside(path: Path, paths: Iterable[Path]) -> bool:
    return any(len(other) > len(path) and other[: len(path)] == path for other in paths)


def _known_steps(document: Document, location: tuple[str | int, ...]) -> Path:
    """The steps of a location that lead through the data; a last step that is missing there stays."""
    steps: list[str | int] = []
    here: Any = document.data
    for position, step in enumerate(location):
        if step == _KEY:
            break
        if _leads_on(here, step):
            here = here[step]
        elif position < len(location) - 1 or _UNION_STEP.match(str(step)) or _is_kind(here, step):
            continue
        steps.append(step)
    return tuple(steps)


def _is_kind(here: Any, step: str | int) -> bool:
    """Whether a step only says which kind of record it is."""
    return isinstance(here, dict) and here.get("kind") == step


def _leads_on(here: Any, step: str | int) -> bool:
    if isinstance(here, list | tuple):
        return isinstance(step, int) and step < len(here)
    return isinstance(here, dict) and step in here


def message_of(detail: Any, path: Path, root: dict[str, Any] | None = None) -> str:
    """A fault in words of what is read (`root`: its schema): the library's own words are never shown."""
    kind, location = detail["type"], detail["loc"]
    if location[-1:] == (_KEY,):
        return bad_name(str(path[-1]))
    if kind == "extra_forbidden":
        return f"unknown key{did_you_mean(str(path[-1]), properties_at(location[:-1], root))}"
    if kind == "missing":
        return missing(location, root)
    if kind == "union_tag_invalid":
        known = detail["ctx"]["expected_tags"]
        near = nearest(str(detail["ctx"].get("tag", "")), (word.strip(" '") for word in known.split(",")))
        return f"kind must be one of {known}" + (f"; did you mean '{near}'?" if near is not None else "")
    if kind == "union_tag_not_found":
        return (
            "kind is missing"
            if isinstance(detail["input"], dict)
            else misfit(location, detail["input"], root)
        )
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    return misfit(location, detail["input"], root)
