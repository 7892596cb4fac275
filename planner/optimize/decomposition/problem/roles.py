"""Works that share units are merged into one demand, a role, so that at most two are left.

Units that share their time keep sum_w serve[w,u] / rate[u,w] <= on[u]. With any weights a[w] >= 0 and
r[u] = max_w a[w] rate[u,w] they also keep sum_w a[w] serve[w,u] <= r[u] on[u]: merging demands with these
weights relaxes the question. A role of one work is exact (a = 1, r = rate).
Of the share of its time that a unit may be busy the largest of all periods counts, which relaxes it too.
Works that nobody ever asks for have no role, and neither have units that can do nothing else: leaving those off
serves as much and costs no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from planner.optimize.decomposition.problem.coverage import NotCovered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets

ROLES = 2
"""Roles that the hourly problem has."""
NO_ROLE = -1
"""Role of a unit that can do nothing that is asked for."""

Roles = tuple["NDArray[np.int64]", "NDArray[np.float64]", "NDArray[np.float64]"]


def roles_of(sets: Sets) -> Roles:
    """Role of every unit, NO_ROLE where it is of no use, demand[role, period], and rate[unit] in its role.

    Raises NotCovered where more than two roles are left, or none.
    """
    asked = np.flatnonzero(sets.demand.max(axis=1, initial=0.0) > 0)
    able = (sets.rate * sets.busy_limit.max(axis=1, initial=0.0)[:, None])[:, asked]
    can = able > 0
    together = csr_array(can.T.astype(np.int64) @ can.astype(np.int64))
    count, role_of_work = connected_components(together, directed=False) if len(asked) else (0, asked)
    if count == 0:
        raise NotCovered("nothing is asked for")
    if count > ROLES:
        raise NotCovered(
            f"there are {count} kinds of work that share no unit, and the relaxation takes {ROLES}"
        )
    demand = np.zeros((ROLES, sets.periods))
    rate = np.zeros(len(sets.units))
    role = np.where(can.any(axis=1), role_of_work[np.argmax(can, axis=1)], NO_ROLE).astype(np.int64)
    for place in range(count):
        works = np.flatnonzero(role_of_work == place)
        units = np.flatnonzero(role == place)
        weight = _weights(able[np.ix_(units, works)])
        demand[place] = weight @ sets.demand[asked[works]]
        rate[units] = (able[np.ix_(units, works)] * weight).max(axis=1, initial=0.0)
    return role, demand, rate


def _weights(rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights under which the works of a role take units alike, shape [work]."""
    if rate.shape[1] == 1:
        return np.ones(1)
    most = rate.max(axis=0, initial=0.0)
    return np.asarray(np.divide(most.max(), most, out=np.zeros_like(most), where=most > 0))
