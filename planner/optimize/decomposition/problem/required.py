"""What the units that run in a period must do of each work, as one row of the hourly problem.

    sum_u able[u,t] on[u,t] >= asked[t],      able[u,t] = rate[u] busy_limit[u,t]

tokens/s (requests/s), where units that do the work do it all the time. A promise of availability asks for more, by
choices of which one must hold (`planner.model.standing`): a line on keep[u] able[u,t], or least counts of units.
A row is

* *necessary* where every plan of the sets keeps it: the line where it is the only way, else the demand row, raised to
  the least that any of the choices has of it. Where choices leave out plans that keep the promise, bounds are of sets
  with floors in their place (`without_choices`): the floor that asks for most nodes;
* *sufficient* where whoever keeps it keeps the choice too: a line. There is none for counts: plans are mended
  (`planner.optimize.decomposition.heuristic.standing_repair`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.lateness import late_after

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.model.sets import Sets
    from planner.model.standing_point import StandingFloor, StandingLine, StandingPoint

    Row = tuple[NDArray[np.float64], NDArray[np.float64]]


def required_of(sets: Sets, work: int, sufficient: bool = False) -> Row:
    """Rows able[unit, period] and asked[period] of a work, necessary ones or `sufficient` ones."""
    able = sets.rate[:, work, None] * sets.busy_limit
    asked = sets.demand[work].astype(np.float64)
    if sets.standing is None or sets.sites is not None:
        return able, asked
    points = [point for point in sets.standing.points if work in point.works]
    lines = [(point, _line(point, work, sufficient)) for point in points]
    if not sufficient:
        _by_choices(sets, work, able, asked, [point for point, line in lines if line is None])
        _by_floors(sets, able, asked, [point for point in points if point.floors and len(point.works) == 1])
    _by_lines(able, asked, [(point, line) for point, line in lines if line is not None], sufficient)
    return able, asked


def without_choices(sets: Sets, seconds: float | None) -> Sets:
    """The sets that a bound is about: floors, found in so many seconds, where choices leave out plans."""
    assert sets.standing is not None
    return replace(sets, standing=sets.standing.necessary(late_after(seconds)))


def hourly_floors(sets: Sets, point: StandingPoint) -> Iterator[StandingFloor]:
    """Floors that are rows of units in the hourly problem.

    Those on nodes are where units beside those of a plan could fill its nodes at no cost: such a plan keeps the row.
    So it is where all small units of the hardware are the pool's, and neither use nor starts cost.
    """
    pool = point.pool.units
    for floor in point.floors:
        filled = [unit for unit, fills in zip(pool, floor.filled, strict=False) if fills]
        hardware = set(sets.hardware_of[filled].tolist())
        small = [unit for one in hardware for unit in sets.units_of[one] if sets.nodes[unit] < 1.0]
        used = [channel for one in hardware for channel in sets.channels_of(one)]
        if set(small) == set(filled) and not sets.start_usd[small].any() and not sets.running_usd[used].any():
            yield floor


def leaves_out_plans(sets: Sets) -> bool:
    """Whether plans may keep a promise that keep none of the choices."""
    return sets.standing is not None and not sets.standing.exact


def _line(point: StandingPoint, work: int, sufficient: bool) -> StandingLine | None:
    """The line of a work that is the only way, or if that is enough the first of several."""
    lines = [line for line in point.lines if line.work == work]
    alone = len(lines) == 1 and not point.counts and not point.idle
    return lines[0] if alone or (sufficient and lines) else None


def _by_lines(
    able: NDArray[np.float64],
    asked: NDArray[np.float64],
    found: list[tuple[StandingPoint, StandingLine]],
    sufficient: bool,
) -> None:
    """Lines in the place of demand rows that follow from them; sufficient ones are raised until they do."""
    for units in dict.fromkeys(point.pool.units for point, _ in found):
        mine = [(point.period, line) for point, line in found if point.pool.units == units]
        periods = np.array([period for period, _ in mine])
        keep = np.array([line.keep for _, line in mine]).T
        level = np.array([line.level for _, line in mine])
        enough = keep.max(axis=0) * asked[periods]
        if sufficient:
            level = np.maximum(level, enough)
        stands_in = level >= enough
        periods, keep = periods[stands_in], keep[:, stands_in]
        able[np.ix_(units, periods)] *= keep
        asked[periods] = level[stands_in]


def _by_floors(
    sets: Sets, able: NDArray[np.float64], asked: NDArray[np.float64], points: list[StandingPoint]
) -> None:
    """The floor that asks for most nodes in the place of the demand row, where it asks for more."""
    for point in points:
        units = list(point.pool.units)
        rows = [(able[units, point.period], float(asked[point.period]))]
        rows += [
            (rows[0][1] * np.array(floor.weight), rows[0][1] * floor.level)
            for floor in hourly_floors(sets, point)
        ]
        nodes = [level / float((each / sets.nodes[units]).max()) for each, level in rows]
        each, level = rows[int(np.argmax(nodes))]
        able[units, point.period], asked[point.period] = each, level


def _by_choices(
    sets: Sets,
    work: int,
    able: NDArray[np.float64],
    asked: NDArray[np.float64],
    points: list[StandingPoint],
) -> None:
    """Raise what is asked to the least that a choice has; where time of units is divided, counts say nothing of it."""
    shared = set(sets.shared_units)
    for point in points:
        if point.idle or point.carried or point.floors or shared.intersection(point.pool.units):
            continue
        each = able[list(point.pool.units), point.period]
        least = [float(each @ count) for count in point.counts]
        least += [line.level / max(line.keep) for line in point.lines if line.work == work]
        asked[point.period] = max(asked[point.period], min(least, default=0.0))
