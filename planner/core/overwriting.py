"""Files that are read are never written over: said at the door of every verb that reads files and writes others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def refuse_overwriting(read: Iterable[Path | None], written: Iterable[Path | None]) -> None:
    """Raise InstanceError with every file that is to be written and is read too, by whatever name; None is no file.

    To ask for it by force changes nothing: what was read would be lost.
    """
    sources = [file for file in read if file is not None and file.is_file()]
    faults = [
        Fault("is read, and would be written over: choose another name", file=str(file))
        for file in dict.fromkeys(one for one in written if one is not None)
        if any(_same(file, source) for source in sources)
    ]
    if faults:
        raise InstanceError(faults)


def _same(file: Path, source: Path) -> bool:
    """Whether two names are of one file, through links too."""
    try:
        return file.samefile(source)
    except (OSError, ValueError):
        return False  # one of them is not there: nothing can be lost
