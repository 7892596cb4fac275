"""Data from a program: copied once it is known to be bounded and plain."""

from __future__ import annotations

from typing import Any

from planner.core.errors import Fault, InstanceError
from planner.loader.period_values import PeriodValues, taken
from planner.loader.yaml_bounds import MAX_DEPTH, MAX_VALUES

_SINGLE = (int, float, str, type(None))


def plain_copy(data: Any) -> Any:
    """A copy of nested dicts, lists, tuples and arrays (as lists), values by period of pandas; else as it is.

    Raises InstanceError where it is nested too deeply, has too many values, or keys that are no texts.
    """
    return _Copier().copy(data, ())


class _Copier:
    def __init__(self) -> None:
        self._values = 0

    def copy(self, here: Any, path: tuple[str, ...]) -> Any:
        self._values += 1
        here = taken(here)
        if isinstance(here, PeriodValues):
            self._values += len(here.values)
        if len(path) > MAX_DEPTH:
            raise self._refused(path[:4], "nested too deeply")
        if self._values > MAX_VALUES * 10:
            raise self._refused((), f"more than {MAX_VALUES * 10} values")
        if isinstance(here, dict):
            strange = next((key for key in here if not isinstance(key, str)), None)
            if strange is not None:
                raise self._refused(path, f"the key {strange!r} is no text")
            return {key: self.copy(value, (*path, key)) for key, value in here.items()}
        if isinstance(here, list | tuple):
            if all(isinstance(value, _SINGLE) for value in here):
                self._values += len(here)
                return list(here)
            return [self.copy(value, (*path, str(place))) for place, value in enumerate(here)]
        return here

    def _refused(self, path: tuple[str, ...], message: str) -> InstanceError:
        return InstanceError([Fault(message, ".".join(path), "<data>", 1, 1)])
