"""Series and data frames of pandas, and arrays of NumPy, in the data of an instance: their numbers, one a period.

They are taken in two steps. As the data is copied a Series or a column becomes `PeriodValues`: numbers beside the
times that its index, or a column of times, says they are of. Once the horizon is known these are compared with it
by the rules for CSV files (`series_times`), and lists of numbers stand in their place.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from planner.core.errors import Fault, InstanceError, shortened
from planner.instance.horizon import Horizon
from planner.loader.series_times import are_moments, read_times
from planner.loader.series_window import window_of
from planner.loader.time_names import names_time

if TYPE_CHECKING:
    import pandas as pd

    from planner.loader.strict_yaml import Document
    from planner.loader.strict_yaml import Path as Keys

INDEX = "time"
"""What an index without a name is called in messages."""


@dataclass(frozen=True)
class PeriodValues:
    """Values of consecutive periods, and by the name of each index or column of times what it says of them."""

    values: list[Any]
    times: dict[str, list[str]] = field(default_factory=dict)


def taken(value: Any) -> Any:
    """Values by period of a Series, by column of a DataFrame; a list of an array; anything else as it is."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return value
    if isinstance(value, pandas.Series):
        return PeriodValues(value.tolist(), _times_of_index(value.index))
    if isinstance(value, pandas.DataFrame):
        return _by_column(value)
    return value


def _by_column(frame: pd.DataFrame) -> dict[str, Any]:
    """Values by the name of their column, each with the times of the index and of every column of times."""
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        raise InstanceError([Fault("a DataFrame has two columns of the same name", "", "<data>", 1, 1)])
    times = _times_of_index(frame.index)
    of_time = [name for name in frame.columns if names_time(str(name)) or frame[name].dtype.kind == "M"]
    times |= {str(name): _texts(frame[name]) for name in of_time}
    return {
        str(name): PeriodValues(frame[name].tolist(), times) for name in frame.columns if name not in of_time
    }


def _times_of_index(index: pd.Index[Any]) -> dict[str, list[str]]:
    """The times that an index holds by its name or its values; one that only numbers the rows holds none."""
    if index.nlevels > 1:
        message = "a Series or DataFrame has an index of several levels; give one row per period"
        raise InstanceError([Fault(message, "", "<data>", 1, 1)])
    if hasattr(index, "to_timestamp"):
        index = index.to_timestamp()
    name, texts = str(index.name or INDEX), _texts(index)
    named = index.name is not None and names_time(str(index.name))
    return {name: texts} if named or index.dtype.kind == "M" or are_moments(texts) else {}


def _texts(cells: Any) -> list[str]:
    return [str(cell.isoformat() if hasattr(cell, "isoformat") else cell) for cell in cells]


class PeriodValuesReader:
    """Puts lists of numbers in the place of `PeriodValues`, and collects what is wrong with their times."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._compared: set[tuple[str, tuple[str, ...]]] = set()
        self.faults: list[Fault] = []
        self.assumed: list[str] = []

    def fill(self) -> None:
        """Replace all of them in the document, in place."""
        horizon = horizon_of(self._document)
        left: list[tuple[Any, Keys]] = [(self._document.data, ())]
        while left:
            here, path = left.pop()
            entries = here.items() if isinstance(here, dict) else enumerate(here)
            for key, value in list(entries):
                if isinstance(value, PeriodValues):
                    here[key] = self._numbers(value, (*path, key), horizon)
                elif isinstance(value, dict | list):
                    left.append((value, (*path, key)))

    def _numbers(self, given: PeriodValues, path: Keys, horizon: Horizon | None) -> list[Any]:
        if horizon is not None:
            given = self._of_horizon(given, path, horizon)
            for name, texts in given.times.items():
                self._compare(name, texts, path, horizon)
        missing = [place for place, value in enumerate(given.values) if _is_missing(value)]
        if missing:
            more = f", and {len(missing) - 1:,} more" if len(missing) > 1 else ""
            self._fault(path, f"has no value in period {missing[0]}{more}")
        return [0.0 if _is_missing(value) else value for value in given.values]

    def _of_horizon(self, given: PeriodValues, path: Keys, horizon: Horizon) -> PeriodValues:
        """Of more values than the horizon has periods those of the horizon, where their times tell which."""
        found = window_of(given.times, horizon)
        if found is None:
            return given
        rows, said = found
        self.assumed.append(f"{'.'.join(map(str, path))}: {said}")
        return PeriodValues(given.values[rows], {name: texts[rows] for name, texts in given.times.items()})

    def _compare(self, name: str, texts: list[str], path: Keys, horizon: Horizon) -> None:
        """Compare times with the periods of the horizon, once where several columns share them."""
        key = name, tuple(texts)
        if key in self._compared:
            return
        self._compared.add(key)
        reading = read_times(name, texts, horizon)
        if reading.row is not None:
            self._fault(path, f"'{shortened(name)}' {reading.message}")
        elif reading.assumed:
            self.assumed.append(f"{'.'.join(map(str, path))}: '{shortened(name)}' {reading.assumed}")

    def _fault(self, path: Keys, message: str) -> None:
        self.faults.append(self._document.fault(path, message))


def _is_missing(value: Any) -> bool:
    """Whether a value is None, NaN or what else pandas writes for none."""
    if isinstance(value, float):
        return value != value
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def horizon_of(document: Document) -> Horizon | None:
    """The horizon of a document, where it can be read; otherwise the validation says what is wrong with it."""
    try:
        return Horizon.model_validate(document.data.get("horizon"))
    except ValidationError:
        return None
