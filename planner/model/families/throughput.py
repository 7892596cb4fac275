"""Throughput: a unit that shares its time between works has only the time of its running units.

    sum_{w} busy[u,w,t] <= busy_limit[u,t] * (on[u,t] - lost[u,t])    all shared u, t

units. Dual: USD per further unit in that period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pulp

    from planner.model.sets import Sets


def applies(sets: Sets) -> bool:
    """Where some unit can do more than one kind of work."""
    return bool(sets.shared_units)


def rows(sets: Sets, variables: Variables) -> Iterator[tuple[str, pulp.LpConstraint]]:
    """One row per shared unit and period."""
    for unit in sets.shared_units:
        works = np.flatnonzero(sets.rate[unit]).tolist()
        for period in range(sets.periods):
            busy = [(variables.busy[unit, work, period], 1.0) for work in works]
            yield (
                f"throughput_{unit}_{period}",
                affine(busy + variables.usable(sets, unit, period, -1.0)) <= 0,
            )
