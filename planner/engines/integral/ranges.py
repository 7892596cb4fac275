"""Finite ranges for all columns: by what the rows allow, and by what any best plan needs at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.engines.raw import RawProgram

_ROUNDS = 12
_SLACK = 1e-9


def upper_bounds(program: RawProgram) -> NDArray[np.float64]:
    """Upper bounds that keep at least one best plan (inf where none could be found), [n].

    Two rules, repeated: what a row leaves for a column when all others use as little of it as they can; and,
    for a column that costs nothing or more, the value at which every row that wants it larger is content
    whatever the others do: lowering it to there spoils nothing and costs nothing.
    """
    upper = program.upper.copy()
    for _ in range(_ROUNDS):
        tighter = np.minimum(upper, np.minimum(_allowed(program, upper), _needed(program, upper)))
        tighter = np.where(program.integer, np.floor(_loosened(tighter)), tighter)
        # a range never shrinks to less than its lower end here: infeasibility is the engine's to find
        tighter = np.maximum(tighter, program.lower)
        if np.array_equal(tighter, upper):
            break
        upper = tighter
    return upper


def _loosened(bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    # rounding in the sums must not cut anything off
    return bounds + _SLACK * (1.0 + np.abs(bounds))


def _allowed(program: RawProgram, upper: NDArray[np.float64]) -> NDArray[np.float64]:
    least, most = _other_activity(program, upper)
    a, rows = program.coefficients, program.rows
    side = np.where(a > 0, program.row_upper[rows], program.row_lower[rows])
    limiting = np.flatnonzero(np.isfinite(side))
    room = (side[limiting] - np.where(a > 0, least, most)[limiting]) / a[limiting]
    limit = np.full(program.column_count, np.inf)
    np.minimum.at(limit, program.columns[limiting], _loosened(room))
    return limit


def _needed(program: RawProgram, upper: NDArray[np.float64]) -> NDArray[np.float64]:
    least, most = _other_activity(program, upper)
    a, rows = program.coefficients, program.rows
    side = np.where(a > 0, program.row_lower[rows], program.row_upper[rows])
    wanting = np.flatnonzero(np.isfinite(side))
    need = (side[wanting] - np.where(a > 0, least, most)[wanting]) / a[wanting]
    limit = program.lower.copy()
    np.maximum.at(limit, program.columns[wanting], _loosened(need))
    whole = program.integer & np.isfinite(limit)
    limit[whole] = np.ceil(limit[whole] - 2 * _SLACK * (1 + np.abs(limit[whole])))
    return np.where(program.objective >= 0, limit, np.inf)


def _other_activity(
    program: RawProgram, upper: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For every coefficient, the least and the most the rest of its row can come to."""
    a, low, high = program.coefficients, program.lower[program.columns], upper[program.columns]
    return (
        _sum_of_others(program, np.where(a > 0, a * low, a * high)),
        _sum_of_others(program, np.where(a > 0, a * high, a * low)),
    )


def _sum_of_others(program: RawProgram, terms: NDArray[np.float64]) -> NDArray[np.float64]:
    rows, count = program.rows, program.row_count
    infinite = np.isinf(terms)
    finite = np.where(infinite, 0.0, terms)
    others = np.bincount(rows, finite, count)[rows] - finite
    unlimited = np.bincount(rows, infinite, count)[rows] - infinite
    # all infinite terms of one sum have one sign: least sums hold -inf, most sums +inf
    sign = np.where(terms[infinite].max(initial=-np.inf) > 0, np.inf, -np.inf)
    return np.where(unlimited > 0, sign, others)
