"""Fleet: nodes in use are nodes held.

    sum_{u on h} nodes[u] * on[u,t] + lent[h,t] <= sum_{c of h} serving[c,t]      hardware that is not metered
    sum_{u on h} nodes[u] * on[u,t] + lent[h,t] <= sum_{c of h} use[c,t]          metered hardware
    use[c,t] <= serving[c,t]                                                      all c of such hardware, t
    held[c,t] = increment[c] * sum_{o of c: first <= t <= last} acquire[o]
    serving[c,t] = available_share[c] * held[c,t]

nodes. Dual: USD per further node in that period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.families.lending import lent_of
from planner.model.treatment import Treatment, kept
from planner.model.variables import Term, Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pulp

    from planner.model.sets import Sets


def applies(sets: Sets) -> bool:
    """Always."""
    return True


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return kept("nodes in use are nodes held or hired, hour by hour")


def in_use(sets: Sets, variables: Variables, hardware: int, period: int) -> list[Term]:
    """Terms of the nodes that running units occupy."""
    units = np.flatnonzero(sets.hardware_of == hardware).tolist()
    return [(variables.on[unit][period], float(sets.nodes[unit])) for unit in units]


def rows(sets: Sets, variables: Variables) -> Iterator[tuple[str, pulp.LpConstraint]]:
    """One row per hardware and period, and one per metered channel and period."""
    metered = set(sets.metered_hardware)
    for hardware in range(len(sets.hardware)):
        channels = sets.channels_of(hardware)
        for period in range(sets.periods):
            terms = [*in_use(sets, variables, hardware, period), *lent_of(sets, variables, hardware, period)]
            for channel in channels:
                held = variables.serving(sets, channel, period)
                if hardware in metered:
                    use = variables.use[channel, period]
                    terms.append((use, -1.0))
                    row = affine([(use, 1.0), *((v, -k) for v, k in held)]) <= 0
                    yield f"fleet_use_{channel}_{period}", row
                else:
                    terms.extend((variable, -factor) for variable, factor in held)
            if terms:
                yield f"fleet_{hardware}_{period}", affine(terms) <= 0
