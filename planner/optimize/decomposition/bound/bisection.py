"""How far the ends of a range of fleets can be cut off, by bisection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.optimize.decomposition.problem.fleet_bounds import FleetBounds

if TYPE_CHECKING:
    from collections.abc import Callable


def first_open(
    fleets: FleetBounds, place: int, edge: int, middle: int, reaches: Callable[[FleetBounds], bool]
) -> int:
    """Bisect from an edge of one pool towards the middle for the first number of nodes that may pay.

    `reaches` says whether all fleets of a range reach the cutoff.
    """
    step = 1 if edge <= middle else -1
    while edge != middle:
        at = (edge + middle) // 2 if step > 0 else -(-(edge + middle) // 2)
        low, high = fleets.low.copy(), fleets.high.copy()
        (high if step > 0 else low)[place] = at
        if reaches(FleetBounds(low, high)):
            edge = at + step
        else:
            middle = at
    return edge
