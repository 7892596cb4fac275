"""Result files -> points, whatever tool wrote them; every fault of every file at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.loader.benchmarks.contents import records_of
from planner.loader.benchmarks.formats import formats

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.loader.benchmarks.formats import BenchmarkFormat
    from planner.loader.benchmarks.point import BenchmarkPoint
    from planner.loader.benchmarks.record import Record


def read_points(files: Sequence[Path]) -> list[BenchmarkPoint]:
    """Every point of the files, in their order.

    Raises InstanceError with every fault found, but of a file nothing after a record of no known format.
    """
    known = formats()
    points: list[BenchmarkPoint] = []
    faults: list[Fault] = []
    for file in files:
        try:
            records = records_of(file, faults)
        except InstanceError as error:
            faults += error.faults
            continue
        if not records:
            faults.append(Fault("holds no result", file=str(file), line=1))
        for record in records:
            reader = _reader(record, known)
            if reader is None:
                break
            points += reader.points(record)
    if faults:
        raise InstanceError(faults)
    return points


def _reader(record: Record, known: dict[str, BenchmarkFormat]) -> BenchmarkFormat | None:
    """The one format of a record; a fault where there is none, or more than one."""
    fitting = [format_ for format_ in known.values() if format_.recognises(record)]
    if len(fitting) == 1:
        return fitting[0]
    titles = [format_.TITLE for format_ in fitting or known.values()]
    what = "may be several formats" if fitting else "is of no known format; known"
    record.fault(f"{what}: {', '.join(titles)}")
    return None
