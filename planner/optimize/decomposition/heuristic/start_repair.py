"""Units are kept on, or begin earlier, where a schedule breaks what a start binds to or lacks what it loses.

Only more units run than before, and only where something runs anyway: no hour serves less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.decode import starts_of, usable_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets


def starts_kept(sets: Sets, on: NDArray[np.int64]) -> NDArray[np.int64]:
    """Units on[unit, period] that begin in time to serve, as far as that takes no others, and stay on long enough."""
    while ((earlier := _earlier(sets, on)) > on).any():
        on = earlier
    return _stayed(sets, on)


def _earlier(sets: Sets, on: NDArray[np.int64]) -> NDArray[np.int64]:
    """Units that start where dedicated ones fall short of a demand begin a period earlier."""
    usable, rate = usable_of(sets, on), sets.rate.copy()
    rate[list(sets.shared_units)] = 0.0
    alone = np.asarray(~(sets.rate[list(sets.shared_units)] > 0).any(axis=0))
    short = alone[:, None] & (rate.T @ usable < sets.demand)
    late = ((rate > 0) @ short) & (starts_of(sets, on) > 0)
    unit, period = np.nonzero(late)
    before = sets.timeline.previous[period]
    unit, period, before = unit[before >= 0], period[before >= 0], before[before >= 0]
    raised = on.copy()
    np.maximum.at(raised, (unit, before), on[unit, period])
    return raised


def _stayed(sets: Sets, on: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each unit at least as many as were started within the minimum up time."""
    if sets.minimum_up <= 1:
        return on
    kept, previous = on.copy(), sets.timeline.previous.tolist()
    for _ in range(sets.minimum_up):  # the first period of a ring follows the last
        begun = kept.copy()
        for period, before in enumerate(previous):
            recent, at = np.zeros(len(kept), dtype=np.int64), before
            for _ in range(min(sets.minimum_up, sets.periods) - 1):
                if at < 0:
                    break
                earlier = kept[:, previous[at]] if previous[at] >= 0 else 0
                recent += np.maximum(kept[:, at] - earlier, 0)
                at = previous[at]
            kept[:, period] = np.maximum(kept[:, period], recent)
        if (kept == begun).all():
            break
    return kept
