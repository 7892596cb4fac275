"""Export formats, one a file of this folder; each is found by its file, whose name is that of its option.

A file has `FORMAT`: what writes it, one line of help, the usual name and media type of the file (none where it is a
folder), and optional modules. What writes is imported when it writes: the command line looks at every format for its
help.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.shipped_modules import modules_of

if TYPE_CHECKING:
    from planner.view.exports.format import Format


def formats() -> dict[str, Format]:
    """Every format by the name of its file, sorted. Raises AttributeError for a file without one."""
    return {name: module.FORMAT for name, module in modules_of(__name__).items()}
