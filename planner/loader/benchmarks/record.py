"""Records of result files: nested plain data from which figures are taken, each fault with its place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from planner.core.csv_table import finite_number
from planner.core.errors import Fault, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Record:
    """One mapping of a file, at `line` or at a `path` in it; paths are keys joined by dots.

    Reading goes on after a fault, so that all are reported: figures that are missing are NaN, and `faults`, which the
    records of a file share, is not empty.
    """

    def __init__(
        self, data: Mapping[str, Any], file: str, faults: list[Fault], line: int | None = None, path: str = ""
    ) -> None:
        self.data, self.file, self.line, self.path, self.faults = data, file, line, path, faults

    def value(self, path: str) -> Any:
        """The value at a path, None where there is none."""
        here: Any = self.data
        for step in path.split("."):
            here = here.get(step) if isinstance(here, dict) else None
        return here

    def has(self, *paths: str) -> bool:
        """Whether there is a value at each of the paths."""
        return all(self.value(path) is not None for path in paths)

    def first(self, *paths: str) -> str:
        """The first of the paths that has a value, the first of all where none has."""
        return next((path for path in paths if self.has(path)), paths[0])

    def text(self, *paths: str) -> str | None:
        """The first text at one of the paths; of a list of texts its only one."""
        for path in paths:
            here = self.value(path)
            here = here[0] if isinstance(here, list) and len(here) == 1 else here
            if isinstance(here, str) and here.strip():
                return here.strip()
        return None

    def positive(self, path: str, scale: float = 1.0) -> float:
        """The number above zero at a path, times `scale`; a fault and NaN where there is none."""
        if not self.has(path):
            self.fault("is missing", path)
            return math.nan
        number = self._number(path)
        if number <= 0.0:
            self.fault(f"is {number:g}, and must be above 0", path)
        return number * scale if number > 0.0 else math.nan

    def count(self, path: str) -> float | None:
        """The number at a path, 0 or more; None where there is none."""
        if not self.has(path):
            return None
        number = self._number(path)
        if number < 0.0:
            self.fault(f"is {number:g}, and cannot be negative", path)
        return number

    def whole(self, path: str) -> int | None:
        """The whole number above zero at a path; None where there is none."""
        number = self.positive(path) if self.has(path) else math.nan
        if math.isfinite(number) and number != round(number):
            self.fault(f"is {number:g}, and must be a whole number", path)
        return round(number) if math.isfinite(number) else None

    def latencies(self, paths: Mapping[str, str], scale: float = 1.0) -> dict[str, float]:
        """Latency in ms by statistic, of those at the paths; tools write 0 where they measured none."""
        found = {name: self.count(path) for name, path in paths.items()}
        return {name: value * scale for name, value in found.items() if value}

    def latencies_by_unit(
        self, paths: Mapping[str, str], unit_path: str, ms_per: Mapping[str, float]
    ) -> dict[str, float]:
        """Latency in ms by statistic, in the unit that the file states; a fault where it is none of `ms_per`."""
        unit = self.text(unit_path) or ""
        if unit not in ms_per:
            self.fault(f"is {unit!r}, and must be one of {', '.join(ms_per)}", unit_path)
            return {}
        return self.latencies(paths, ms_per[unit])

    def inside(self, path: str) -> Iterator[Record]:
        """The mappings of the list at a path, as records."""
        here = self.value(path)
        for place, entry in enumerate(here if isinstance(here, list) else ()):
            where = ".".join(filter(None, (self.path, path, str(place))))
            if isinstance(entry, dict):
                yield Record(entry, self.file, self.faults, self.line, where)
            else:
                self.fault("is no mapping of keys to values", f"{path}.{place}")

    def fault(self, message: str, path: str = "") -> None:
        """Note a fault at a path of this record."""
        where = ".".join(filter(None, (self.path, path)))
        self.faults.append(Fault(message, where, self.file, self.line))

    def _number(self, path: str) -> float:
        here = self.value(path)
        number = finite_number(here.strip()) if isinstance(here, str) else here
        if isinstance(number, bool) or not isinstance(number, int | float):
            self.fault(f"is {shortened(repr(here))}, and must be a number", path)
            return math.nan
        try:
            number = float(number)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self.fault(f"is {number}: the run has no such figure; measure it again", path)
            return math.nan
        return number


def unbounded(rate: Any) -> bool:
    """Whether a configured request rate means as fast as the concurrency allows."""
    return rate is None or rate in ("inf", float("inf"))
