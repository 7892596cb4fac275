"""How large rows and continuous columns naturally are: what tolerances and scaling are taken relative to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.engines.program import LinearProgram

# whole numbers are exact after rounding: their terms leave no more than rounding errors behind
_ROUNDING = 1e-3
_NOISE = 4.0 * float(np.finfo(float).eps)
"""A side smaller than this share of its row's largest coefficient is what rounding left of 0."""


def row_sides(program: LinearProgram) -> NDArray[np.float64]:
    """The smaller of |lower| and |upper| of each row among those finite and not 0; 0 where there is none.

    What rounding left of 0 counts as 0: a size taken from it would magnify the columns of its row out of reach.
    """
    sides = np.abs(np.stack([program.row_lower, program.row_upper]))
    noise = _NOISE * largest_by_row(program, np.abs(program.matrix.data))
    given = np.isfinite(sides) & (sides > noise)
    least = np.where(given, sides, np.inf).min(axis=0, initial=np.inf)
    return np.where(np.isfinite(least), least, 0.0)


def column_sizes(program: LinearProgram) -> NDArray[np.float64]:
    """Natural size of each column, shape [n]: 1 for whole ones.

    A continuous column is as large as its range, or as what moves one of its rows by the size of that row: its
    side, or one step of the largest whole column where the sides are 0.
    """
    count = program.column_count
    rows, columns, sizes = entry_rows(program), program.matrix.indices, np.abs(program.matrix.data)
    whole = program.integer[columns]
    steps = largest_by_row(program, np.where(whole, sizes, 0.0))
    loose = largest_by_row(program, sizes)
    row_size = row_sides(program)
    row_size = np.where(row_size > 0, row_size, np.where(steps > 0, steps, loose))
    reach = np.full(count, np.inf)
    np.minimum.at(reach, columns, row_size[rows] / sizes)
    span = program.upper - program.lower
    natural = np.minimum(reach, np.where(span > 0, span, np.inf))
    return np.where(program.integer | ~np.isfinite(natural) | (natural <= 0), 1.0, natural)


def violation(program: LinearProgram, values: NDArray[np.float64]) -> float:
    """Largest violation of a row or bound at `values`[n], 0 when none, inf when a value is no number.

    Each row and column is judged by its own size: a row in tokens per second and a row in nodes alike, and a row
    with the side 1 as strictly beside one with the side 1e9.
    """
    if np.isnan(values).any():
        return float("inf")
    rows, columns = row_excess(program, values), bound_excess(program, values)
    return max(float(rows.max(initial=0.0)), float(columns.max(initial=0.0)))


def row_excess(program: LinearProgram, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much each row is broken at `values`[n], relative to its size, shape [m]; 0 where it holds.

    The size of a row is its side, or its largest continuous term where that is more. Terms of whole columns
    are exact, so one that cancels another hides nothing: they count with a thousandth.
    """
    rows, columns, data = entry_rows(program), program.matrix.indices, program.matrix.data
    terms = data * values[columns]
    whole = program.integer[columns]
    moves = np.abs(data) * np.maximum(column_sizes(program), np.abs(values))[columns]
    size = np.maximum(row_sides(program), largest_by_row(program, np.where(whole, 0.0, moves)))
    size = np.maximum(size, _ROUNDING * largest_by_row(program, np.abs(terms)))
    activity = np.bincount(rows, terms, program.row_count).astype(np.float64)
    over = np.maximum(program.row_lower - activity, activity - program.row_upper)
    broken = over > 0
    return np.where(broken, over / np.where(broken, np.maximum(size, np.finfo(float).tiny), 1.0), 0.0)


def bound_excess(program: LinearProgram, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much each column lies beyond its bounds, relative to its size, shape [n]."""
    over = np.maximum(program.lower - values, values - program.upper)
    sides = np.where(values < program.lower, program.lower, program.upper)
    near = np.where(np.isfinite(sides), np.abs(sides), 0.0)
    size = np.where(program.integer, 1.0, np.maximum(column_sizes(program), near))
    return np.asarray(np.maximum(over, 0.0) / size)


def entry_rows(program: LinearProgram) -> NDArray[np.int64]:
    """Row of every stored coefficient."""
    return np.repeat(np.arange(program.row_count), np.diff(program.matrix.indptr))


def largest_by_row(program: LinearProgram, entries: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest of the entries of each row, 0 in an empty one."""
    largest = np.zeros(program.row_count)
    np.maximum.at(largest, entry_rows(program), entries)
    return largest
