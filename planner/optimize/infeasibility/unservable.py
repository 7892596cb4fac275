"""Work without a unit: seen in the arrays, before anything is solved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.model.sets import Sets


def unservable(sets: Sets) -> tuple[int, ...]:
    """Works that no unit can do and no vendor takes, though they must be served."""
    return tuple(
        place
        for place in range(len(sets.works))
        if not (sets.rate[:, place] > 0).any()
        and sets.demand[place].any()
        and math.isinf(sets.shed_usd[place])
        if not any(sets.market.workload_of[place] in vendor.takes for vendor in sets.market.vendors)
    )
