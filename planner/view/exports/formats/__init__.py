"""Export formats, one a file of this folder; each is found by its file, whose name is that of its option.

A file has `FORMAT`: what writes it, one line of help, the usual name and media type of the file (none where it is a
folder), and optional modules. What writes is imported when it writes: the command line looks at every format for its
help.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.view.exports.format import Format


def formats() -> dict[str, Format]:
    """Every format by the name of its file, sorted. Raises AttributeError for a file without one."""
    names = sorted(found.name for found in iter_modules(__path__))
    return {name: import_module(f"{__name__}.{name}").FORMAT for name in names}
