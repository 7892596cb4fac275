"""Files that an option names: one by one, or by a pattern in quotes, which the shell leaves as it is."""

from __future__ import annotations

from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from collections.abc import Iterable


def named_files(paths: Iterable[Path] | None) -> list[Path]:
    """The files themselves, in order; of a pattern such as `run_*.json` all that fit, by name.

    A file that there is counts as its name says. Raises InstanceError with every pattern that nothing fits.
    """
    files: list[Path] = []
    faults: list[Fault] = []
    for path in paths or ():
        if not has_magic(str(path)) or path.exists():
            files.append(path)
            continue
        found = sorted(Path(name) for name in glob(str(path)))
        if not found:
            faults.append(Fault("no file fits this pattern", file=str(path)))
        files += found
    if faults:
        raise InstanceError(faults)
    return files
