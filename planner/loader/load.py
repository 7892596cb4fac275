"""Files and texts -> Instance: the only room that reads inputs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from planner.core.errors import Fault, InstanceError
from planner.core.input_file import read_text
from planner.instance import Instance
from planner.loader.assumed import assume
from planner.loader.by_length import split_by_length
from planner.loader.by_region import split_by_region
from planner.loader.earlier import fill_earlier
from planner.loader.growing import grow
from planner.loader.lengths import LengthsReader
from planner.loader.model_names import name_models
from planner.loader.money import to_own_currency
from planner.loader.overrides import Overrides, assignment, assignments
from planner.loader.period_values import PeriodValuesReader
from planner.loader.plain import plain_copy
from planner.loader.repair import findings_beside
from planner.loader.requests_as_tokens import RequestsAsTokens
from planner.loader.schema_faults import schema_faults
from planner.loader.series import SeriesReader
from planner.loader.strict_yaml import MAX_BYTES, Document, read_document
from planner.loader.validate import findings

__all__ = ["assignment", "assignments", "from_dict", "load", "loads"]

if TYPE_CHECKING:
    from collections.abc import Iterable


def load(path: str | Path, overrides: dict[str, Any] | None = None) -> Instance:
    """Read an instance file; series are read from CSV files in its folder.

    `overrides` maps dotted paths to values that replace or add to what the file says, for example
    `{"workloads.chat.demand.scale": 1.3}`. Raises InstanceError with every fault found.
    """
    file = Path(path)
    return _load(read_document(read_text(file, MAX_BYTES), str(file)), file.parent, overrides or {})


def loads(text: str, base: str | Path | None = None, overrides: dict[str, Any] | None = None) -> Instance:
    """Read an instance from a text; `base` is the folder of its CSV files. Raises InstanceError."""
    return _load(read_document(text), Path(base) if base is not None else None, overrides or {})


def from_dict(data: dict[str, Any], overrides: dict[str, Any] | None = None) -> Instance:
    """Make an instance of plain data, `overrides` as in `load`. Raises InstanceError with every fault found.

    Demand may be given as a DataFrame, its series and other values by period as Series or arrays: times in an
    index or a column are compared with the horizon.
    """
    return _load(Document(plain_copy(data), "<data>"), None, overrides or {})


def _load(document: Document, folder: Path | None, overrides: dict[str, Any]) -> Instance:
    if not isinstance(document.data, dict):
        wrong = "an instance is a mapping of keys to values"
        raise InstanceError([*document.faults, document.fault((), wrong)])
    faults = [*document.faults]
    given = Overrides(document)
    faults += [fault for path, value in overrides.items() for fault in given.put(path, plain_copy(value))]
    by_period = PeriodValuesReader(document)
    by_period.fill()
    faults += by_period.faults
    faults += to_own_currency(document, folder)
    reader = SeriesReader(document, folder)
    reader.fill()
    lengths = LengthsReader(document, folder)
    lengths.fill()
    tokens = RequestsAsTokens(document)
    tokens.fill()
    faults += reader.faults + lengths.faults + tokens.faults + grow(document) + fill_earlier(document, folder)
    faults += split_by_region(document) + split_by_length(document)
    models = name_models(document)
    assume(document.data, [*models, *by_period.assumed, *reader.assumed, *lengths.assumed, *tokens.assumed])
    try:
        instance = Instance.model_validate(document.data)
    except ValidationError as error:
        wrong_here = [one for one in schema_faults(document, error) if not one.follows_from(faults, document)]
        beside = findings_beside(document, wrong_here, faults)
        faults = [*faults, *_beside(faults, [one.placed(document) for one in wrong_here])]
        raise InstanceError(_in_order(given.hinted([*faults, *_beside(faults, beside)]))) from None
    found = [document.fault(path, message) for path, message in findings(instance)]
    faults += _beside(faults, found)
    if faults:
        raise InstanceError(_in_order(given.hinted(faults)))
    return instance


def _beside(faults: Iterable[Fault], more: Iterable[Fault]) -> list[Fault]:
    """Of further faults those at places of which nothing is said yet: one mistake is reported once."""
    known = {fault.path for fault in faults if fault.path}
    return [fault for fault in more if fault.path not in known]


def _in_order(faults: list[Fault]) -> list[Fault]:
    """Each fault once, file by file, from the first line on."""
    places = {fault: (fault.file, fault.line or 0, fault.column or 0, fault.path) for fault in faults}
    return sorted(places, key=places.__getitem__)
