"""What no arithmetic of an engine can tell from nothing, said in words of the instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from planner.model.sets import Sets

# engines keep rows to a millionth: less than this of a unit's time is lost in it
LOST_SHARE = 1e-6


def trace_remarks(sets: Sets) -> tuple[str, ...]:
    """One sentence for each work that in some period takes less than a millionth of a unit's shared time."""
    remarks = []
    safe = np.where(sets.rate > 0, sets.rate, np.inf)
    for work in np.flatnonzero(sets.traces.any(axis=(0, 2))).tolist():
        lost = sets.traces[:, work] & (sets.servable[work] / safe[:, work, None] < LOST_SHARE)
        periods = int(lost.any(axis=0).sum())
        if periods:
            unit = sets.units[int(np.flatnonzero(lost.any(axis=1))[0])].name
            remarks.append(
                f"{sets.works[work].name}: in {periods} period(s) its demand takes less than a millionth of the"
                f" time of one unit such as {unit}: a whole unit must be on for it, but beside other work its"
                " time cannot be told from none"
            )
    return tuple(remarks)
