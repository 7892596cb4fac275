"""Single pool: a work that may not be split goes to one kind of unit, throughout.

    rate[u,w] * busy[u,w,t] <= servable[w,t] * pick[u,w]            shared u, all t
    on[u,t] <= limit[u,t] * pick[u,w]                               dedicated u, all t
    sum_u pick[u,w] <= 1                                            all w that may not be split

tokens/s (requests/s), units. The right sides are the tightest that hold for every plan worth having.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.treatment import Treatment, dropped
from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pulp

    from planner.model.sets import Sets


def applies(sets: Sets) -> bool:
    """Where some work may not be split."""
    return bool(sets.market.single_pool)


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("a constraint on units that run, no part of the cost")


def rows(sets: Sets, variables: Variables) -> Iterator[tuple[str, pulp.LpConstraint]]:
    """One row per unit, work and period, and one per work."""
    shared = set(sets.shared_units)
    for work in sets.market.single_pool:
        units = np.flatnonzero(sets.rate[:, work]).tolist()
        for unit in units:
            pick = variables.market["pick"][unit, work]
            for period in range(sets.periods):
                if unit in shared:
                    most = float(sets.servable[work, period] / sets.rate[unit, work])
                    decision = variables.busy[unit, work, period]
                else:
                    most = float(sets.on_limit[unit, period])
                    decision = variables.on[unit][period]
                row = affine([(decision, 1.0), (pick, -most)]) <= 0
                yield f"single_pool_{unit}_{work}_{period}", row
        picks = [(variables.market["pick"][unit, work], 1.0) for unit in units]
        yield f"single_pool_{work}", affine(picks) <= 1
