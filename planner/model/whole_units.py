"""Least whole units of works that share them, counted before any engine rounds.

Of works W that only units U can do, all of it at once, with weights a[w] >= 0 and v[u,t] = busy_limit[u,t] times the
largest a[w] * rate[u,w]:

    sum_{u in U} v[u,t] * on[u,t] >= sum_{w in W} a[w] * demand[w,t]                            every plan keeps it
    sum_{u in U} steps[u] * on[u,t] >= ceil(grid / v * sum_{w in W} a[w] * demand[w,t])         steps[u] whole

steps[u] = grid * v[u,t] / v, and v the largest of them. The second is the rounding of Gomory (Bull. AMS 64, 1958)
and Chvatal (Discrete Mathematics 4, 1973). Engines keep rows to about a millionth: work that fills whole units, with a
trace of other work beside it, looks to them like the first alone. Here the sum is one of doubles, and a load that is
whole to their last digits counts as whole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.model.data import ModelData

# finest grid that is looked for: units of one speed have 1, of speeds 2 and 5 have 5
FINEST = 64
# unions of groups that are looked at: a dozen works that share units two by two have 66 of neighbours alone
MOST_UNIONS = 256
# relative errors that a few operations on doubles leave
ROUNDING = 8 * float(np.finfo(np.float64).eps)
# share of a unit's time below which work is a trace: rows on time alone are too coarse for it
TRACE = 1e-3
# share of a side by which an engine may fall short of it, with a reserve of ten
OVERLOOKED = 1e-5


@dataclass(frozen=True)
class LeastUnits:
    """sum steps * on >= least in a period, over `units`."""

    units: tuple[int, ...]
    steps: tuple[int, ...]
    period: int
    least: int


@dataclass(frozen=True, eq=False)
class UnitGroup:
    """Units, and the works that only they can do. `grid[period]` is 0 where their speeds have no common step."""

    units: tuple[int, ...]
    works: tuple[int, ...]
    speed: NDArray[np.float64] = field(repr=False)
    load: NDArray[np.float64] = field(repr=False)
    grid: NDArray[np.int64] = field(repr=False)

    def least(self) -> Iterator[LeastUnits]:
        """The sums that an engine could take for less than they are: just above a whole one, or with a trace."""
        load = self.load * self.grid
        total = load.sum(axis=0)
        seen = np.ceil(total * (1.0 - OVERLOOKED))
        trace = np.any((self.load > 0) & (self.load < TRACE), axis=0)
        near = (self.grid > 0) & (trace | (total >= seen * (1.0 - 4.0 * ROUNDING)))
        for period in np.flatnonzero(near).tolist():
            least = _whole(load[:, period])
            if trace[period] or least > seen[period]:
                steps = np.rint(self.speed[:, period] * self.grid[period]).astype(np.int64)
                yield LeastUnits(self.units, tuple(steps.tolist()), period, least)


@dataclass(frozen=True)
class UnitGroups:
    """The groups, and whether they are all that there are."""

    groups: tuple[UnitGroup, ...]
    complete: bool


def groups_of(data: ModelData, shared: tuple[int, ...]) -> UnitGroups:
    """Units of which some share their time (`shared`), with the works that are due at once and that only they can do.

    All that can do one work, and all that can do one of several: with units of one speed no other groups are needed
    (Hall, J. London Math. Soc. 10, 1935). Those whose speeds never have a common step are left out.
    """
    due, able = _due_at_once(data), data.rate > 0
    alone = dict.fromkeys(frozenset(np.flatnonzero(able[:, work]).tolist()) for work in due)
    groups = []
    found, complete = _unions([units for units in alone if not units.isdisjoint(shared)])
    for units in found:
        others = np.setdiff1d(np.arange(len(data.units)), list(units))
        works = tuple(work for work in due if not able[others, work].any())
        group = _group(data, tuple(sorted(units)), works)
        if group.grid.any():
            groups.append(group)
    return UnitGroups(tuple(groups), complete)


def _unions(groups: list[frozenset[int]]) -> tuple[list[frozenset[int]], bool]:
    """The groups and their unions, of few groups first, `MOST_UNIONS` at most; whether these are all.

    Units of works that share none need no union.
    """
    found, newest = dict.fromkeys(groups), list(groups)
    while newest:
        grown = dict.fromkeys(one | other for one in newest for other in groups if one & other)
        newest = [union for union in grown if union not in found]
        room = len(groups) + MOST_UNIONS - len(found)
        found |= dict.fromkeys(newest[:room])
        if len(newest) > room:
            return list(found), False
    return list(found), True


def _due_at_once(data: ModelData) -> list[int]:
    """Works that units must serve whole in the period in which they come."""
    sold = {workload for vendor in data.market.vendors for workload in vendor.takes}
    waits = data.deferral.most if data.deferral is not None else {}
    return [
        work
        for work in np.flatnonzero(~np.isfinite(data.shed_usd)).tolist()
        if work not in waits and data.market.workload_of[work] not in sold and data.rate[:, work].any()
    ]


def _group(data: ModelData, units: tuple[int, ...], works: tuple[int, ...]) -> UnitGroup:
    """The group with its speeds and loads, both as shares of the fastest unit."""
    rate = data.rate[np.ix_(units, works)]
    weight = 1.0 / rate.max(axis=0)
    value = (rate * weight).max(axis=1)[:, None] * data.busy_limit[list(units)]
    fastest = value.max(axis=0)
    there = fastest > 0
    speed = np.divide(value, fastest, out=np.zeros_like(value), where=there)
    load = data.demand[list(works)] * weight[:, None]
    load = np.divide(load, fastest, out=np.zeros_like(load), where=there)
    return UnitGroup(units, works, speed, load, np.where(there, _grid(speed), 0))


def _grid(speed: NDArray[np.float64]) -> NDArray[np.int64]:
    """The least number of equal steps in 1 of which all speeds of a period are whole multiples; 0 where none is."""
    steps = np.arange(1, FINEST + 1)[:, None]
    fits = np.ones((FINEST, speed.shape[1]), dtype=bool)
    for row in speed:
        scaled = steps * row
        fits &= np.abs(scaled - np.rint(scaled)) <= ROUNDING * scaled
        if not fits.any():
            break
    return np.where(fits.any(axis=0), np.argmax(fits, axis=0) + 1, 0)


def _whole(load: NDArray[np.float64]) -> int:
    """The least whole number that is no less than the sum of the loads."""
    near = np.rint(load)
    exact = np.abs(load - near) <= ROUNDING * load
    return int(near[exact].sum()) + math.ceil(math.fsum(load[~exact].tolist()) * (1.0 - ROUNDING))
