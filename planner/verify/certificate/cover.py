"""Whether ranges of fleets leave a fleet out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]


def left_out(low: Whole, high: Whole, lows: Whole, highs: Whole) -> tuple[int, ...] | None:
    """A fleet from low to high, [pool], in none of the boxes lows[box, pool] to highs[box, pool]; None: all are in one.

    A region inside a box is covered; else it is split where a box that meets it begins or ends, and both parts are
    looked at. A region that no box meets is left out.
    """
    regions = [(low, high)]
    while regions:
        low, high = regions.pop()
        meets = ((lows <= high) & (highs >= low)).all(axis=1)
        lows_here, highs_here = np.maximum(lows[meets], low), np.minimum(highs[meets], high)
        if not meets.any():
            return tuple(low.tolist())
        widest = int(np.argmax(np.log(highs_here - lows_here + 1.0).sum(axis=1)))
        begin, end = lows_here[widest], highs_here[widest]
        for pool in range(len(low)):
            if begin[pool] > low[pool]:
                below = high.copy()
                below[pool] = begin[pool] - 1
                regions.append((low, below))
                low = low.copy()
                low[pool] = begin[pool]
            if end[pool] < high[pool]:
                above = low.copy()
                above[pool] = end[pool] + 1
                regions.append((above, high))
                high = high.copy()
                high[pool] = end[pool]
    return None
