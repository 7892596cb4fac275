"""Files that are given twice: by another name, or as a copy of the same bytes."""

from __future__ import annotations

import filecmp
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.loader.demand.fill import Fill
    from planner.loader.demand.head import Head
    from planner.loader.demand.request_format import RequestFormat


def refuse_same(files: Sequence[Path]) -> None:
    """Refuse a file that is named twice, by whatever name: what it holds would count twice. Raises InstanceError."""
    faults: list[Fault] = []
    there = [file for file in files if file.is_file()]
    for place, file in enumerate(there):
        if (before := next((one for one in there[:place] if file.samefile(one)), None)) is not None:
            faults.append(Fault(f"is {before}, which is read already: name it once", file=str(file)))
    if faults:
        raise InstanceError(faults)


def without_copies(
    logs: Sequence[tuple[Head, RequestFormat]], fill: Fill
) -> tuple[list[tuple[Head, RequestFormat]], list[str]]:
    """The logs but copies of others, and what was left out. Raises InstanceError where the fill treats none."""
    kept: list[tuple[Head, RequestFormat]] = []
    faults: list[Fault] = []
    for log in logs:
        file = log[0].path
        before = next((one.path for one, _ in kept if filecmp.cmp(one.path, file, shallow=False)), None)
        if before is None:
            kept.append(log)
        else:
            words = f"is a copy of {before}, byte by byte"
            faults.append(Fault(words, file=str(file)))
    if faults and fill.duplicates is None:
        advice = "leave it out, or --fill duplicates=first"
        raise InstanceError([Fault(f"{one.message}: {advice}", file=one.file) for one in faults])
    return kept, [f"{one.file} {one.message}: left out" for one in faults]
