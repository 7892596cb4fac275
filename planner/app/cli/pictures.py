"""Pictures in files, of the format that their names end in."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from planner.core.atomic import write_bytes
from planner.core.errors import Fault, InstanceError

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes


def save_picture(axes: Axes, file: Path) -> None:
    """Write the figure of some axes. Raises InstanceError where there is no such format, or no writing there."""
    drawn = io.BytesIO()
    try:
        axes.get_figure(root=True).savefig(drawn, format=file.suffix.removeprefix(".") or None)  # type: ignore[union-attr]
    except ValueError as error:
        raise InstanceError([Fault(f"cannot draw into it: {error}", file=str(file))]) from None
    write_bytes(file, drawn.getvalue())
