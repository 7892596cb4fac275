"""Ends of boxes: how far they can be cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.optimize.decomposition.hours import Box

if TYPE_CHECKING:
    from collections.abc import Callable


def end_of(box: Box, place: int, edge: int, middle: int, reaches: Callable[[Box], bool]) -> int:
    """Bisect from an edge of one pool towards the middle for the first number of nodes that may pay.

    `reaches` says whether all fleets of a box reach the target.
    """
    step = 1 if edge <= middle else -1
    while edge != middle:
        at = (edge + middle) // 2 if step > 0 else -(-(edge + middle) // 2)
        low, high = box.low.copy(), box.high.copy()
        (high if step > 0 else low)[place] = at
        if reaches(Box(low, high)):
            edge = at + step
        else:
            middle = at
    return edge
