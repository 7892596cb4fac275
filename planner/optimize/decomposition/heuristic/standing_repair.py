"""Units are added where a plan keeps none of the choices by which a pool stands: the counts that add fewest nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.problem.standing_choices import standing_lost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets


def standing_kept(sets: Sets, on: NDArray[np.int64]) -> NDArray[np.int64]:
    """Units on[unit, period] with what they lack; the same where nothing is lacking or no counts would do."""
    if sets.standing is None:
        return on
    mended = on.copy()
    for point in standing_lost(sets, on):
        if not point.counts:
            continue
        units, counts = list(point.pool.units), np.array(point.counts)
        more = np.maximum(counts - mended[units, point.period], 0)
        best = int((more @ sets.nodes[units]).argmin())
        mended[units, point.period] += more[best]
    return mended
