"""Finite ranges for all columns: by what the rows allow, and by what some best plan needs at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.engines.raw import RawProgram

_ROUNDS_UP = 400
_ROUNDS_DOWN = 8
_SLACK = 1e-9
_CAP = 2.0**32


def upper_bounds(program: RawProgram) -> tuple[NDArray[np.float64], float]:
    """Upper bounds [n], and the cost below which they lose no best plan (inf when they lose none at all).

    Columns that cost nothing or more are held to what some best plan needs, and all columns to what the rows
    allow. Where that leaves a column with a positive cost unbounded it is capped: a plan beyond the cap costs
    at least the cost returned. Bounds still missing stay inf.
    """
    upper = _allowed(program, np.minimum(program.upper, _needed(program)))
    costly = np.isposinf(upper) & (program.objective > 0)
    floor = program.cost_floor()
    if not costly.any() or not np.isfinite(floor):
        return upper, np.inf
    escape = floor + float(((_CAP - program.lower[costly]) * program.objective[costly]).min())
    return _allowed(program, np.where(costly, _CAP, upper)), escape


def _needed(program: RawProgram) -> NDArray[np.float64]:
    """Upper bounds U to which every plan may be lowered, all columns at once, at no cost; inf where none.

    Only columns with cost >= 0 are lowered. U is a fixed point, found from below: each row that wants column
    j larger is content with x_j = U_j whatever the others do within their bounds. Lower a plan to min(x, U):
    a row where some wanted column was cut stands at such a U_j; in the other rows only unwanted ones fell.
    """
    thrifty = program.objective >= 0
    bounds = np.where(thrifty, program.lower, program.upper)
    for _ in range(_ROUNDS_UP):
        need = np.where(thrifty, _need_of_rows(program, bounds), np.inf)
        raised = np.maximum(bounds, np.minimum(program.upper, need))
        raised[raised > _CAP] = np.inf
        raised = np.where(thrifty, raised, bounds)
        if np.array_equal(raised, bounds):
            return np.where(thrifty, bounds, np.inf)
        bounds = raised
    return np.full(program.column_count, np.inf)


def _need_of_rows(program: RawProgram, upper: NDArray[np.float64]) -> NDArray[np.float64]:
    a, side = program.coefficients, _sides(program, wanting=True)
    used = np.flatnonzero(np.isfinite(side))
    need = (side[used] - _others(program, upper, a > 0)[used]) / a[used]
    largest = program.lower.copy()
    np.maximum.at(largest, program.columns[used], _loosened(need))
    whole = program.integer & np.isfinite(largest)
    # the slack that keeps rounding errors harmless must not lift a whole number to the next
    largest[whole] = np.ceil(largest[whole] - 2 * _SLACK * (1 + np.abs(largest[whole])))
    return largest


def _allowed(program: RawProgram, given: NDArray[np.float64]) -> NDArray[np.float64]:
    """Upper bounds that follow from the rows when all others use as little of them as they can."""
    upper = given
    for _ in range(_ROUNDS_DOWN):
        limit = upper.copy()
        np.minimum.at(limit, program.columns, _loosened(most_by_row(program, upper)))
        limit = np.where(program.integer, np.floor(_loosened(limit)), limit)
        # a range never shrinks to nothing here: infeasibility is the engine's to find
        limit = np.minimum(upper, np.maximum(limit, program.lower))
        if np.array_equal(limit, upper):
            break
        upper = limit
    return upper


def most_by_row(program: RawProgram, upper: NDArray[np.float64]) -> NDArray[np.float64]:
    """For every coefficient, the most that its row lets the column be whatever the others are; inf where none."""
    a, side = program.coefficients, _sides(program, wanting=False)
    with np.errstate(invalid="ignore"):
        most = (side - _others(program, upper, a > 0)) / a
    return np.where(np.isfinite(side), most, np.inf)


def _sides(program: RawProgram, wanting: bool) -> NDArray[np.float64]:
    """For every coefficient, the side of its row that wants the column larger, or the one that limits it."""
    return np.where(
        (program.coefficients > 0) == wanting,
        program.row_lower[program.rows],
        program.row_upper[program.rows],
    )


def _loosened(bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    return bounds + _SLACK * (1.0 + np.abs(bounds))


def _others(program: RawProgram, upper: NDArray[np.float64], least: NDArray[np.bool_]) -> NDArray[np.float64]:
    """For every coefficient, the least (else the most) that the rest of its row can come to."""
    a, low, high = program.coefficients, program.lower[program.columns], upper[program.columns]
    smallest = _sum_of_others(program, np.where(a > 0, a * low, a * high), -np.inf)
    largest = _sum_of_others(program, np.where(a > 0, a * high, a * low), np.inf)
    return np.where(least, smallest, largest)


def _sum_of_others(program: RawProgram, terms: NDArray[np.float64], unlimited: float) -> NDArray[np.float64]:
    rows, count = program.rows, program.row_count
    infinite = np.isinf(terms)
    finite = np.where(infinite, 0.0, terms)
    others = np.bincount(rows, finite, count)[rows] - finite
    missing = np.bincount(rows, infinite, count)[rows] - infinite
    return np.where(missing > 0, unlimited, others)
