"""Single pool: a work that may not be split goes to one kind of unit, throughout.

    rate[u,w] * busy[u,w,t] <= servable[w,t] * pick[u,w]            shared u, all t
    on[u,t] <= limit[u,t] * pick[u,w]                               dedicated u, all t
    sum_u pick[u,w] <= 1                                            all w that may not be split

tokens/s (requests/s), units. The right sides are the tightest that hold for every plan worth having.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.model.axes import UNIT, WORK
from planner.model.decision import DecisionVariable, Domain, domain
from planner.model.treatment import Treatment, dropped
from planner.model.variables import Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.sets import Sets
    from planner.model.variables import Row


def _pick(sets: Sets) -> Domain:
    at = [
        (unit, work)
        for work in sets.market.single_pool
        for unit in np.flatnonzero(sets.rate[:, work]).tolist()
    ]
    return domain(at, 2, upper=1)


VARIABLES = (
    DecisionVariable(
        "pick",
        (UNIT, WORK),
        _pick,
        "0 or 1",
        "whether a work that may not be split goes to a unit",
        whole=True,
    ),
)

AUDITED_BY = ("single pools",)


def applies(sets: Sets) -> bool:
    """Where some work may not be split."""
    return bool(sets.market.single_pool)


def decomposition(sets: Sets) -> Treatment:
    """What the decomposition may do with it."""
    return dropped("a constraint on units that run, no part of the cost")


def rows(sets: Sets, variables: Variables) -> Iterator[Row]:
    """One row per unit, work and period, and one per work."""
    shared = set(sets.shared_units)
    for work in sets.market.single_pool:
        units = np.flatnonzero(sets.rate[:, work]).tolist()
        for unit in units:
            pick = variables["pick"][unit, work]
            for period in range(sets.periods):
                if unit in shared:
                    most = float(sets.servable[work, period] / sets.rate[unit, work])
                    decision = variables["busy"][unit, work, period]
                else:
                    most = float(sets.on_limit[unit, period])
                    decision = variables["on"][unit, period]
                row = affine([(decision, 1.0), (pick, -most)]) <= 0
                yield "", (unit, work, period), row
        picks = [(variables["pick"][unit, work], 1.0) for unit in units]
        yield "pick", (work,), affine(picks) <= 1
