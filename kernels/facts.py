"""Reading the data files: every figure stands beside its source, or is null beside its reason."""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path
from typing import Any

from kernels.errors import KernelError

DATA = Path(__file__).parent / "data"


def names(folder: str) -> tuple[str, ...]:
    """Names of the entries in one data folder, sorted."""
    return tuple(sorted(path.stem for path in (DATA / folder).glob("*.yaml")))


@cache
def read(folder: str, name: str) -> dict[str, Any]:
    """The entry `name` of `folder` as a plain dictionary; treat it as read-only.

    Raises KernelError, with the nearest known name, when there is no such entry.
    """
    path = DATA / folder / f"{name}.yaml"
    if not path.is_file() or path.parent != DATA / folder:
        close = difflib.get_close_matches(name, names(folder), n=1)
        hint = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(names(folder))}"
        raise KernelError(f"no entry {name!r} in {folder}{hint}")
    return parse(path.read_text(encoding="utf-8"))


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
