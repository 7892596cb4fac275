"""Works that share units are merged into one demand, a role, so that at most two are left.

Units that share their time keep sum_w serve[w,u] / rate[u,w] <= on[u]. With any weights a[w] >= 0, others in every
period, and r[u] = max_w a[w] rate[u,w] they also keep sum_w a[w] serve[w,u] <= r[u] on[u]: merging demands with these
weights relaxes the question. Those of the linear relaxation lose nothing of it (`work_weights`). A role of one work is
exact (a = 1, r = rate).
What a work asks for in each period, with headroom and spare units, is that of `required`.
Works that nobody ever asks for have no role, and neither have units that can do nothing else: leaving those off
serves as much and costs no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from planner.optimize.decomposition.problem.both_roles import (
    BOTH,
    able_in_both,
    alone_in_both,
    row_of_both,
    tied_units,
)
from planner.optimize.decomposition.problem.coverage import NotCovered
from planner.optimize.decomposition.problem.required import required_of
from planner.optimize.decomposition.problem.work_weights import work_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.optimize.decomposition.parameters import ProblemParameters
    from planner.optimize.decomposition.problem.holdings import Holdings

ROLES = 2
"""Roles that the hourly problem has."""
NO_ROLE = -1
"""Role of a unit that can do nothing that is asked for."""


@dataclass(frozen=True, eq=False)
class Roles:
    """Role of every unit, NO_ROLE where it is of no use; able[unit, period] in its role and demand[role, period]
    as every plan meets them, and `sure` ones that keep what is asked of a plan, all in tokens/s. Units of the role BOTH
    do `able` of role 0 and `both` of role 1; plans are made without them.
    """

    role: NDArray[np.int64]
    able: NDArray[np.float64]
    demand: NDArray[np.float64]
    sure_able: NDArray[np.float64]
    sure_demand: NDArray[np.float64]
    both: NDArray[np.float64]


def roles_of(sets: Sets, holdings: Holdings, parameters: ProblemParameters) -> Roles:
    """Raises NotCovered where more than two roles are left, or none."""
    alone = alone_in_both(sets)
    if alone is not None:
        return _alone(sets, *alone)
    tied = tied_units(sets)
    if tied is not None:
        return _with_both(sets, *tied)
    asked = np.flatnonzero(sets.demand.max(axis=1, initial=0.0) > 0)
    can = (sets.rate * sets.busy_limit.max(axis=1, initial=0.0)[:, None])[:, asked] > 0
    together = csr_array(can.T.astype(np.int64) @ can.astype(np.int64))
    count, role_of_work = connected_components(together, directed=False) if len(asked) else (0, asked)
    if count == 0:
        raise NotCovered("nothing is asked for")
    if count > ROLES:
        raise NotCovered(
            f"there are {count} kinds of work that share no unit, and the relaxation takes {ROLES}"
        )
    role = np.where(can.any(axis=1), role_of_work[np.argmax(can, axis=1)], NO_ROLE).astype(np.int64)
    works = [asked[role_of_work == place] for place in range(count)]
    weights = _weights(sets, works, holdings, parameters.merged_columns)
    able, demand = _merged(sets, role, works, weights, sufficient=False)
    sure_able, sure_demand = _merged(sets, role, works, weights, sufficient=True)
    return Roles(role, able, demand, sure_able, sure_demand, np.zeros_like(able))


def _alone(sets: Sets, units: NDArray[np.int64], pair: tuple[int, int]) -> Roles:
    """One role of units that do both works, as no others do either."""
    role = np.full(len(sets.units), NO_ROLE, dtype=np.int64)
    role[units] = 0
    (able, demand), (sure_able, sure_demand) = (
        _spread(sets, units, *row_of_both(sets, units, pair, sufficient)) for sufficient in (False, True)
    )
    return Roles(role, able, demand, sure_able, sure_demand, np.zeros_like(able))


def _spread(
    sets: Sets, units: NDArray[np.int64], able: NDArray[np.float64], asked: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The same over all units and roles."""
    all_able, demand = np.zeros((len(sets.units), sets.periods)), np.zeros((ROLES, sets.periods))
    all_able[units], demand[0] = able, asked
    return all_able, demand


def _with_both(sets: Sets, units: NDArray[np.int64], pair: tuple[int, int]) -> Roles:
    """Two roles of one work each, and units that do both alike."""
    can = sets.rate[:, list(pair)] > 0
    role = np.where(can.any(axis=1), np.argmax(can, axis=1), NO_ROLE).astype(np.int64)
    role[units] = BOTH
    works = [np.array([work]) for work in pair]
    weights = [np.ones((1, sets.periods))] * 2
    able, demand = _merged(sets, role, works, weights, sufficient=False)
    sure_able, sure_demand = _merged(sets, role, works, weights, sufficient=True)
    both = np.zeros_like(able)
    able[units], both[units] = able_in_both(sets, units, pair)
    return Roles(role, able, demand, sure_able, sure_demand, both)


def _merged(
    sets: Sets,
    role: NDArray[np.int64],
    works: list[NDArray[np.int64]],
    weights: list[NDArray[np.float64]],
    sufficient: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows able[unit, period] and demand[role, period], works merged by weights[role][work, period]."""
    able, demand = np.zeros((len(sets.units), sets.periods)), np.zeros((ROLES, sets.periods))
    for place, (mine, weight) in enumerate(zip(works, weights, strict=True)):
        units = np.flatnonzero(role == place)
        rows = [required_of(sets, work, sufficient) for work in mine.tolist()]
        each = np.array([row[0][units] for row in rows])
        able[units] = (each * weight[:, None, :]).max(axis=0, initial=0.0)
        demand[place] = (weight * np.array([row[1] for row in rows])).sum(axis=0)
    return able, demand


def _weights(
    sets: Sets, works: list[NDArray[np.int64]], holdings: Holdings, most_columns: int
) -> list[NDArray[np.float64]]:
    """Weights of each role's works, shape [work, period]: what they are worth, where that is soon known, else those
    under which units take the works alike.
    """
    if all(len(mine) == 1 for mine in works):
        return [np.ones((1, sets.periods)) for _ in works]
    rows = {work: required_of(sets, work) for mine in works for work in mine.tolist()}
    worth = work_weights(sets, rows, holdings, most_columns)
    found = []
    for mine in works:
        most = np.array([rows[work][0].max(axis=0, initial=0.0) for work in mine.tolist()])
        alike = np.divide(most.max(axis=0), most, out=np.zeros_like(most), where=most > 0)
        weight = alike if worth is None else np.array([worth[work] for work in mine.tolist()])
        largest = (weight * most).max(
            axis=0
        )  # the best unit then does as much of the merged work as of its best
        known = largest > 0
        found.append(np.where(known, weight * most.max(axis=0) / np.where(known, largest, 1.0), alike))
    return found
