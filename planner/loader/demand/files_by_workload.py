"""Files that tell something of a workload, named before them where there are several: `chat=tokens.json`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.core.errors import Fault, InstanceError
from planner.core.named_files import named_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.instance import Instance


def files_named(texts: Sequence[str], instance: Instance) -> list[tuple[Path, str]]:
    """Files with the workload named before them, "" where none is; patterns spread.

    Raises InstanceError where nothing fits a pattern, or a file is named twice.
    """
    found: list[tuple[Path, str]] = []
    for text in texts:
        name, mark, path = text.partition("=")
        named = bool(mark) and name in instance.workloads and not Path(text).exists()
        found += [(file, name if named else "") for file in named_files([Path(path if named else text)])]
    names = [file.resolve() for file, _ in found]
    twice = [file for place, (file, _) in enumerate(found) if names[place] in names[:place]]
    if twice:
        words = "is named twice: what it holds would count twice"
        raise InstanceError([Fault(words, file=str(one)) for one in twice])
    return found


def files_meant(texts: Sequence[str]) -> list[Path]:
    """Every file that the texts may name, before workloads are known."""
    return [Path(part) for text in texts for part in (text, text.partition("=")[2])]


def workload_of(file: Path, name: str, instance: Instance, option: str) -> str:
    """The workload that a file is of. Raises InstanceError where it must be named, by the option that gives files."""
    if name or len(instance.workloads) == 1:
        return name or next(iter(instance.workloads))
    there = ", ".join(instance.workloads)
    words = f"is of one workload: name it, {option} NAME={file.name}; there are {there}"
    raise InstanceError([Fault(words, file=str(file))])
