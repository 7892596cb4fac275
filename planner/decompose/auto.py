"""Which method suits a question, with the reason in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.decompose.hybrid import is_plain
from planner.decompose.structure import NotCovered, structure_of

if TYPE_CHECKING:
    from planner.model import Sets

DIRECT_CELLS = 150


def choose(sets: Sets) -> tuple[str, str]:
    """`("direct" | "decompose", reason)`.

    Small programs close directly; from a day of three kinds of hardware on, the packing of units hour by hour
    keeps an engine from proof (`tests/bench/decompose_bench.py`).
    """
    cells = int(np.count_nonzero(sets.on_limit))
    size = f"{cells} whole unit counts over {sets.periods} periods"
    try:
        structure_of(sets)
    except NotCovered as reason:
        return "direct", f"{reason}, which the hourly relaxation does not cover ({size})"
    if not is_plain(sets):
        return "direct", f"families beyond nodes, units and starts tie the periods together ({size})"
    if cells <= DIRECT_CELLS:
        return "direct", f"{size} are few enough to solve at once"
    return "decompose", f"{size} are too many to prove at once"
