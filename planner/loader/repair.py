"""What else is wrong with an instance that does not fit the schema: all of it is reported at once.

The places that do not fit are taken out, or replaced by an example of what belongs there, and the checks across
sections look at what remains, checks of whole records among them, which did not come about before. Of what they find,
only what the replaced places cannot have caused is reported.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from planner.instance import Instance
from planner.loader.schema import alternatives, schemas_at
from planner.loader.schema_faults import schema_faults
from planner.loader.strict_yaml import Document
from planner.loader.validate import findings
from planner.loader.words import example

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from planner.core.errors import Fault
    from planner.loader.schema_faults import SchemaFault
    from planner.loader.strict_yaml import Path

MOST_ROUNDS = 4
UNKNOWN = "extra_forbidden"
OF_A_RECORD = "value_error"
MOST_KEYS = 16
_NOWHERE = object()


def findings_beside(
    document: Document, faults: Iterable[SchemaFault], told: Collection[Fault]
) -> list[Fault]:
    """Faults of whole records and across sections of a document whose schema faults are these.

    Those that follow from what was `told` before are left out.
    """
    touched: dict[Path, str] = {}
    later: list[SchemaFault] = []
    repaired = Document(copy.deepcopy(document.data), document.file)
    instance = _repaired(repaired, list(faults), touched, later)
    found = [one.placed(document) for one in later if not one.follows_from(told, document)]
    if instance is None:
        return found
    replaced = [path for path, kind in touched.items() if kind != UNKNOWN and path]
    return found + [
        document.fault(path, message)
        for path, message in findings(instance, replaced)
        if not _concerned(path, touched) and (_present(document.data, path) or not _beside(path, touched))
    ]


def _repaired(
    document: Document, faults: list[SchemaFault], touched: dict[Path, str], later: list[SchemaFault]
) -> Instance | None:
    """An instance of what fits; None where the replacements do not fit either.

    Places that were replaced, or taken out though something else may have been meant, are `touched`; faults that show
    once they are, and that they cannot have caused, come `later`.
    """
    for _ in range(MOST_ROUNDS):
        for fault in sorted(faults, key=lambda fault: len(fault.path), reverse=True):
            key = _odd_key(document, fault)
            if not _of_no_other_meaning(fault):
                touched[fault.path if key is None else (*fault.path, key)] = fault.kind
            if key is not None:
                del _at(document.data, fault.path)[key]
            elif not _mend(document.data, fault):
                return None
        try:
            return Instance.model_validate(document.data)
        except ValidationError as error:
            faults = schema_faults(document, error)
            later += [one for one in faults if not any(_related(one.path, place) for place in touched)]
    return None


def _of_no_other_meaning(fault: SchemaFault) -> bool:
    """Whether a key is unknown, and near none that is known: nothing lacks for it."""
    return fault.kind == UNKNOWN and "did you mean" not in fault.message


def _related(path: Path, place: Path) -> bool:
    """Whether one of two places lies in the other."""
    shorter = min(len(path), len(place))
    return path[:shorter] == place[:shorter]


def _odd_key(document: Document, fault: SchemaFault) -> str | None:
    """The one key without which a record fits that does not as a whole; None where there is none."""
    record = _at(document.data, fault.path)
    if fault.kind != OF_A_RECORD or not fault.path or not isinstance(record, dict):
        return None
    for key in list(record)[:MOST_KEYS]:
        value = record.pop(key)
        try:
            Instance.model_validate(document.data)
            left: list[SchemaFault] = []
        except ValidationError as error:
            left = schema_faults(document, error)
        record[key] = value
        if not any(one.path[: len(fault.path)] == fault.path for one in left):
            return str(key)
    return None


def _mend(data: dict[str, Any], fault: SchemaFault) -> bool:
    """Take out what does not fit, or put an example in its place; whether that could be done."""
    if not fault.path:
        return False
    here: Any = _at(data, fault.path[:-1])
    last = fault.path[-1]
    if isinstance(here, dict) and (fault.kind in (UNKNOWN, "[key]") or _optional(fault)):
        here.pop(last, None)
        return True
    schemas = [one for schema in schemas_at(fault.location) for one in alternatives(schema)]
    fitting = next((schema for schema in schemas if schema.get("type") != "null"), None)
    in_list = isinstance(here, list) and isinstance(last, int)
    if fitting is None or not (in_list or isinstance(here, dict)):
        return False
    here[last] = example(fitting)
    return True


def _optional(fault: SchemaFault) -> bool:
    """Whether the record of a place can do without it."""
    holders = [one for schema in schemas_at(fault.location[:-1]) for one in alternatives(schema)]
    holders = [one for one in holders if fault.path[-1] in one.get("properties", {})]
    return bool(holders) and not any(fault.path[-1] in one.get("required", ()) for one in holders)


def _concerned(path: Path, touched: Iterable[Path]) -> bool:
    """Whether a place was replaced, lies in what was, or is the record of it; deeper down lies another matter."""
    return any(path[: len(one)] == one or one[:-1] == path for one in touched)


def _beside(path: Path, touched: Iterable[Path]) -> bool:
    """Whether a key of the same record was replaced, or taken out: it may have been meant for this one."""
    return any(one[:-1] == path[:-1] for one in touched)


def _present(data: Any, path: Path) -> bool:
    """Whether the data has a value at a place."""
    return _at(data, path) is not _NOWHERE


def _at(data: Any, path: Path) -> Any:
    """The value at a place; `_NOWHERE` where there is no such place."""
    here = data
    for step in path:
        in_list = isinstance(here, list) and isinstance(step, int) and step < len(here)
        if not in_list and not (isinstance(here, dict) and step in here):
            return _NOWHERE
        here = here[step]
    return here
