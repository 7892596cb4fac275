"""Reading the data files: every figure stands beside its source, or is null beside its reason.

Entries come with the package (`DATA`), or stand in folders of one's own that the environment variable `OWN` names,
one subfolder a kind as in `DATA`. A name means one thing: an entry of one's own may not have that of another.
"""

from __future__ import annotations

import difflib
import os
from functools import cache
from pathlib import Path
from typing import Any

from kernels.errors import KernelError

DATA = Path(__file__).parent / "data"
OWN = "PLANNER_CATALOG"
"""Environment variable: folders with entries of one's own, apart as in PATH."""
OWN_KINDS = ("accelerators", "architectures", "calibrations", "measured", "recipes")
"""Subfolders of folders of one's own; `calibrations` they alone have."""


def own_folders() -> tuple[Path, ...]:
    """Folders that `OWN` names. Raises KernelError where one of them is no folder."""
    folders = tuple(map(Path, filter(None, os.environ.get(OWN, "").split(os.pathsep))))
    for folder in folders:
        if not folder.is_dir():
            raise KernelError(f"{OWN} names {folder}, which is no folder")
    return folders


def entries(shipped: Path, own: str, suffix: str) -> dict[str, Path]:
    """File by name of the entries in a shipped folder and in the subfolder `own` of one's own, sorted.

    Raises KernelError where two entries have one name.
    """
    found: dict[str, Path] = {}
    for folder in (shipped, *(folder / own for folder in own_folders())):
        for path in sorted(folder.glob(f"*{suffix}")):
            first = found.setdefault(path.stem, path)
            if first is not path:
                raise KernelError(f"{path} has the name of {first}: give it one of its own")
    return dict(sorted(found.items()))


def names(folder: str) -> tuple[str, ...]:
    """Names of the entries of one kind, sorted. Raises KernelError where folders of one's own cannot be used."""
    return tuple(_files(folder))


def read(folder: str, name: str) -> dict[str, Any]:
    """The entry `name` of `folder` as a plain dictionary; treat it as read-only.

    Raises KernelError, with the nearest known name, when there is no such entry, or it cannot be read.
    """
    path = _files(folder).get(name)
    if path is None:
        close = difflib.get_close_matches(name, names(folder), n=1)
        hint = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(names(folder))}"
        raise KernelError(f"no entry {name!r} in {folder}{hint}")
    return _entry(path, path.stat().st_mtime_ns)


def _files(folder: str) -> dict[str, Path]:
    if folder not in OWN_KINDS or not os.environ.get(OWN):
        return _shipped(folder)
    return entries(DATA / folder, folder, ".yaml")


@cache
def _shipped(folder: str) -> dict[str, Path]:
    return {path.stem: path for path in sorted((DATA / folder).glob("*.yaml"))}


@cache
def _entry(path: Path, changed: int) -> dict[str, Any]:
    """Content of a file as it was when it was last changed."""
    import yaml

    try:
        entry = parse(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise KernelError(f"{path}{place}: not YAML: {error.problem}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise KernelError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    if not isinstance(entry, dict):
        raise KernelError(f"{path} is no mapping of keys to facts")
    if entry.get("name", path.stem) != path.stem:
        raise KernelError(f"{path} calls itself {entry['name']!r}: name and file must be the same")
    return entry


def parse(text: str) -> dict[str, Any]:
    """One YAML mapping, read by the safe loader (the C one where it is built in)."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: dict[str, Any] = yaml.load(text, Loader=loader)
    return loaded


def figure(entry: Any) -> float | None:
    """The number of a fact: `{value, source}` as the data files write it, or a bare number."""
    value = entry.get("value") if isinstance(entry, dict) else entry
    return None if value is None else float(value)
