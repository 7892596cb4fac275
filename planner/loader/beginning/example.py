"""A shipped instance with all that it reads, to begin from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault, InstanceError
from planner.core.suggest import did_you_mean
from planner.loader.shipped import example_file, example_names
from planner.loader.strict_yaml import read_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FILES = ("csv", "file")


def files_of_example(name: str) -> dict[str, bytes]:
    """Content by path of an example and the files that it names, relative to its folder.

    Raises InstanceError where there is no such example.
    """
    source = example_file(name)
    if source is None:
        raise InstanceError(
            [Fault(f"there is no example '{name}'{did_you_mean(name, example_names())}", "--example")]
        )
    data = read_document(source.read_text(encoding="utf-8"), str(source)).data
    named = [source.name, *dict.fromkeys(_named(data, source.parent))]
    return {one: (source.parent / one).read_bytes() for one in named}


def _named(data: Any, folder: Path) -> Iterator[str]:
    """Files that data name, of those there are."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        if key in _FILES and isinstance(value, str) and (folder / value).is_file():
            yield value
        else:
            yield from _named(value, folder)
