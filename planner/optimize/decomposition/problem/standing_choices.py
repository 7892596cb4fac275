"""Which pools keep none of the choices by which they would stand, looked at on whole arrays.

For units that do one work, all the time; nothing of it goes elsewhere, and no unit starts in part of a period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.optimize.decomposition.tolerances import UNSERVED_SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.model.standing_point import StandingPoint


def standing_lost(sets: Sets, on: NDArray[np.int64]) -> list[StandingPoint]:
    """Pools and periods in which on[unit, period] keeps no choice."""
    points = () if sets.standing is None else sets.standing.points
    served = sets.rate.max(axis=1, initial=0.0)[:, None] * sets.busy_limit * on
    lost = []
    for units in dict.fromkeys(point.pool.units for point in points):
        mine = [point for point in points if point.pool.units == units]
        kept = _lines_kept(sets, served[list(units)], mine)
        lost += [
            point
            for point, by_line in zip(mine, kept, strict=True)
            if not by_line and not _counts_kept(on[list(units), point.period], point)
        ]
    return lost


def chosen(sets: Sets, on: NDArray[np.int64]) -> NDArray[np.float64]:
    """The variables `stand` that say which choice on[unit, period] keeps, shape [point, choice]."""
    points = () if sets.standing is None else sets.standing.points
    stand = np.zeros((len(points), max((point.choices for point in points), default=0)))
    for place, point in enumerate(points):
        if point.choices < 2:
            continue
        units = list(point.pool.units)
        kept = [
            k for k, count in enumerate(point.counts) if (on[units, point.period] >= np.array(count)).all()
        ]
        if kept:
            stand[place, kept[0]] = 1.0
            continue
        served = sets.rate[units] * (sets.busy_limit * on)[units, point.period][:, None]
        for work in point.works:
            for number, line in enumerate(point.lines):
                enough = line.level * (1 - 2 * UNSERVED_SHARE)
                if line.work == work and np.array(line.keep) @ served[:, work] >= enough:
                    stand[place, len(point.counts) + number] = 1.0
                    break
    return stand


def _lines_kept(sets: Sets, served: NDArray[np.float64], points: list[StandingPoint]) -> NDArray[np.bool_]:
    """Whether every work of a point has a line that served[unit of the pool, period] keeps, shape [point]."""
    periods = np.array([point.period for point in points])
    kept = np.ones(len(points), dtype=bool)
    for work in sorted({work for point in points for work in point.works}):
        able = (sets.rate[list(points[0].pool.units), work] > 0)[:, None]
        lines = [[line for line in point.lines if line.work == work] for point in points]
        mine = np.zeros(len(points), dtype=bool)
        for number in range(max(map(len, lines), default=0)):
            there = np.flatnonzero([len(found) > number for found in lines])
            keep = np.array([lines[at][number].keep for at in there.tolist()]).T
            level = np.array([lines[at][number].level for at in there.tolist()])
            sums = (keep * able * served[:, periods[there]]).sum(axis=0)
            mine[there] |= sums >= level * (1 - 2 * UNSERVED_SHARE)
        kept &= mine | np.array([work not in point.works for point in points])
    return kept


def _counts_kept(on: NDArray[np.int64], point: StandingPoint) -> bool:
    return any(bool((on >= np.array(count)).all()) for count in point.counts)
