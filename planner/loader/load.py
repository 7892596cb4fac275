"""Files and texts -> Instance: the only room that reads inputs."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from planner.errors import Fault, InstanceError
from planner.instance import Instance
from planner.loader.earlier import fill_earlier
from planner.loader.money import same_money, to_own_currency
from planner.loader.series import SeriesReader
from planner.loader.strict_yaml import Document, parse, scalar
from planner.loader.suggest import did_you_mean
from planner.loader.validate import findings

if TYPE_CHECKING:
    from collections.abc import Iterable


def load(path: str | Path, overrides: dict[str, Any] | None = None) -> Instance:
    """Read an instance file; series are read from CSV files in its folder.

    `overrides` maps dotted paths to values that replace or add to what the file says, for example
    `{"workloads.chat.demand.scale": 1.3}`. Raises InstanceError with every fault found.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not UTF-8 text"
        raise InstanceError([Fault(f"cannot read the file: {reason}", file=str(file))]) from None
    return _load(parse(text, str(file)), file.parent, overrides or {})


def loads(text: str, base: str | Path | None = None, overrides: dict[str, Any] | None = None) -> Instance:
    """Read an instance from a text; `base` is the folder of its CSV files. Raises InstanceError."""
    return _load(parse(text), Path(base) if base is not None else None, overrides or {})


def from_dict(data: dict[str, Any], overrides: dict[str, Any] | None = None) -> Instance:
    """Make an instance of plain data, `overrides` as in `load`. Raises InstanceError with every fault found."""
    return _load(Document(copy.deepcopy(data), "<data>"), None, overrides or {})


def _load(document: Document, folder: Path | None, overrides: dict[str, Any]) -> Instance:
    if not isinstance(document.data, dict):
        raise InstanceError([Fault("an instance is a mapping of keys to values", file=document.file)])
    faults = [fault for path, value in overrides.items() for fault in _override(document, path, value)]
    faults += to_own_currency(document, folder)
    reader = SeriesReader(document, folder)
    reader.fill()
    faults += reader.faults + fill_earlier(document, folder)
    try:
        instance = Instance.model_validate(document.data)
    except ValidationError as error:
        raise InstanceError(_in_order(faults + _schema_faults(document, error))) from None
    faults += [document.fault(path, message) for path, message in findings(instance)] if not faults else []
    if faults:
        raise InstanceError(_in_order(faults))
    return instance


def assignment(text: str) -> tuple[str, Any]:
    """Split `key=value`, the value read as YAML reads a scalar. Raises InstanceError."""
    path, separator, value = text.partition("=")
    if not separator or not path.strip():
        raise InstanceError([Fault(f"expected key=value, got '{text}'")])
    return path.strip(), scalar(value.strip())


def _override(document: Document, path: str, value: Any) -> list[Fault]:
    """Put a value at a dotted path of the document."""
    *parents, last = path.split(".")
    here: Any = document.data
    for key in parents:
        if isinstance(here, list) and key.isdigit() and int(key) < len(here):
            here = here[int(key)]
        elif isinstance(here, dict):
            here = here.setdefault(key, {})
        else:
            return [Fault(f"there is nothing at '{key}' to set", path)]
    if isinstance(here, list) and last.isdigit() and int(last) < len(here):
        here[int(last)] = value
    elif isinstance(here, dict):
        for other in same_money(last, here):
            del here[other]
        here[last] = value
    else:
        return [Fault(f"there is nothing at '{last}' to set", path)]
    return []


def _in_order(faults: list[Fault]) -> list[Fault]:
    return sorted(dict.fromkeys(faults), key=lambda fault: (fault.line or 0, fault.column or 0, fault.path))


_UNION_STEP = re.compile(r"^(function-|tuple\[|constrained-|list\[|dict\[|float$|int$|str$|[A-Z]\w*$)")


def _schema_faults(document: Document, error: ValidationError) -> list[Fault]:
    """Faults of the schema with the place in the file, one a path.

    Where a value could have been of several types, each type complains: what is said of the value weighs more
    than that it is of another type, and a collection with faulty items is not itself called a fault.
    """
    by_path: dict[tuple[str | int, ...], list[Any]] = {}
    for detail in error.errors(include_url=False, include_context=True, include_input=False):
        by_path.setdefault(tuple(_known_steps(document, detail["loc"])), []).append(detail)
    faults = []
    for path, details in by_path.items():
        only_shape = all(detail["type"].endswith(("_type", "too_short")) for detail in details)
        if only_shape and _faulty_inside(path, by_path):
            continue
        telling = [detail for detail in details if not detail["type"].endswith("_type")] or details
        message = " or ".join(dict.fromkeys(_message(detail, path) for detail in telling))
        faults.append(document.fault(path, message, at_key=telling[0]["type"] == "extra_forbidden"))
    return faults


def _faulty_inside(path: tuple[str | int, ...], paths: Iterable[tuple[str | int, ...]]) -> bool:
    return any(len(other) > len(path) and other[: len(path)] == path for other in paths)


def _known_steps(document: Document, location: tuple[str | int, ...]) -> list[str | int]:
    """The steps of a location that lead through the data; a last step that is missing there stays."""
    steps: list[str | int] = []
    here: Any = document.data
    for position, step in enumerate(location):
        if _leads_on(here, step):
            here = here[step]
        elif position < len(location) - 1 or _UNION_STEP.match(str(step)):
            continue
        steps.append(step)
    return steps


def _leads_on(here: Any, step: str | int) -> bool:
    if isinstance(here, list):
        return isinstance(step, int) and step < len(here)
    return isinstance(here, dict) and step in here


def _message(detail: Any, path: tuple[str | int, ...]) -> str:
    kind, message = detail["type"], str(detail["msg"])
    if kind == "extra_forbidden":
        return f"unknown key{did_you_mean(str(path[-1]), _keys_at(detail['loc']))}"
    if kind == "missing":
        return "is missing"
    if kind == "union_tag_invalid":
        return f"kind must be one of {detail['ctx']['expected_tags']}"
    if kind == "union_tag_not_found":
        return "kind is missing"
    return message.removeprefix("Value error, ")


def _keys_at(location: tuple[str | int, ...]) -> list[str]:
    """Keys that the schema allows beside an unknown one."""
    from planner.loader.schema import properties_at

    return properties_at(tuple(location[:-1]))
