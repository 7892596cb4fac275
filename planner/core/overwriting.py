"""Files that are read are never written over, by construction: who opens a file notes it, who writes one asks.

Everything is read through `planner.core.input_file` and written through `planner.core.atomic`, files that inputs name
among them, so that a verb which says nothing of it is held to it too. Verbs that take long ask before they begin.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_noted: set[Path] | None = None
"""Files that were read since the verb began; None: nobody asks, in libraries and services."""


@contextmanager
def noting_reads() -> Iterator[None]:
    """Within, files that are read are noted and never written over."""
    global _noted
    before, _noted = _noted, set()
    try:
        yield
    finally:
        _noted = before


def forget_reads() -> None:
    """Note nothing any more: of what runs on and on, as a service does."""
    global _noted
    _noted = None


def note_read(file: Path) -> None:
    """Say that a file is read."""
    if _noted is not None:
        _noted.add(Path(file).absolute())


def refuse_overwriting(written: Iterable[Path | None], read: Iterable[Path | None] = ()) -> None:
    """Raise InstanceError with every file that is to be written and is read too, by whatever name; None is no file.

    Read is what was noted, and what is named beside: to be read later. To ask for it by force changes nothing: what was
    read would be lost.
    """
    sources = [file for file in (*read, *(_noted or ())) if file is not None and file.is_file()]
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
