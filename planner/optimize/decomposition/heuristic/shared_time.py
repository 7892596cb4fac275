"""How much of the demand of works that share units a schedule serves: the hourly problem has them as one demand.

    maximise   share[r,t]
    where      sum_u rate[u,w] busy[u,w,t] >= share[r,t] demand[w,t]            works w of the role r
               sum_w busy[u,w,t] <= usable[u,t]                                 units u of the role

for every role and period. Where the share is below one the merged demand is too little to ask for there. The duals of
the first rows are weights a of works under which that shows: whatever serves all of them has

    sum_u on[u,t] usable share max_w(a[w] rate[u,w]) >= sum_w a[w] demand[w,t].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from planner.model.decode import usable_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets

MOST = 2.0
"""More than all of a demand is as good as so many times."""


@dataclass(frozen=True, eq=False)
class ServedShare:
    """Share of the demand of each role that is served, at most `MOST`, shape [role, period]; `MOST` where a role has
    one work alone. weight[work, period] are the weights of works that limit it, 0 where nothing does.
    """

    share: NDArray[np.float64]
    weight: NDArray[np.float64]


def merged_works(sets: Sets, role: NDArray[np.int64], roles: int) -> NDArray[np.bool_]:
    """Works that are asked for, of each role that has several of them, shape [role, work]; `role`[unit] may be < 0."""
    asked, able = (sets.demand > 0).any(axis=1), np.asarray(sets.rate > 0)
    found = np.array([able[role == place].any(axis=0) & asked for place in range(roles)])
    return np.asarray(found & (found.sum(axis=1) > 1)[:, None])


def served_share(sets: Sets, role: NDArray[np.int64], on: NDArray[np.int64], roles: int) -> ServedShare:
    """What units on[unit, period] serve of works that share them."""
    works, asked = merged_works(sets, role, roles), np.asarray(sets.demand > 0)
    share, weight = np.full((roles, sets.periods), MOST), np.zeros(sets.demand.shape)
    if not works.any():
        return ServedShare(share, weight)
    # columns: the share of each role and period, then time of units on works that are asked for
    usable = np.maximum(usable_of(sets, on), 0.0)
    mine: NDArray[np.bool_] = works[role]
    mine[role < 0] = False
    mine &= sets.rate > 0
    unit, work, period = np.nonzero(mine[:, :, None] & np.asarray(usable > 0)[:, None] & asked)
    served, at = np.nonzero(asked & np.asarray(works.any(axis=0))[:, None])
    row, time = np.zeros(asked.shape, dtype=np.int64), np.zeros(usable.shape, dtype=np.int64)
    row[served, at] = np.arange(len(served))
    time[usable > 0] = len(served) + np.arange(np.count_nonzero(usable > 0))
    shares, busy = roles * sets.periods, roles * sets.periods + np.arange(len(unit))
    entries = (
        (row[served, at], works[:, served].argmax(axis=0) * sets.periods + at, np.ones(len(served))),
        (row[work, period], busy, -sets.rate[unit, work] / sets.demand[work, period]),
        (time[unit, period], busy, np.ones(len(unit))),
    )
    rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
    side = np.concatenate([np.zeros(len(served)), usable[usable > 0]])
    matrix: Any = coo_array((values, (rows, columns)), shape=(len(side), shares + len(unit))).tocsr()
    gain = np.where(np.arange(shares + len(unit)) < shares, -1.0, 0.0)
    most = np.where(gain < 0, MOST, np.inf)
    found = linprog(gain, A_ub=matrix, b_ub=side, bounds=[(0.0, each) for each in most.tolist()])
    if found.x is not None:
        share = found.x[:shares].reshape(share.shape)
        weight[served, at] = (
            np.maximum(-found.ineqlin.marginals[: len(served)], 0.0) / sets.demand[served, at]
        )
    return ServedShare(share, weight)
