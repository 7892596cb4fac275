"""Whole numbers for a program in floating point, rounded so that no plan is lost.

Each column becomes x = lower + step k with k = 0..levels (step 1 for integers; a fine grid for the rest,
with the rows loosened by half a step). Each row is multiplied up and its coefficients are rounded towards
feasible, the objective's towards cheap. So the result is a relaxation: its bound is valid for the original,
and when it has no plan, the original has none. The rounding is kept within a quarter of the feasibility
tolerance where 64 bits allow it, so that its plans pass the check in the host as a rule; that check decides.
Where they do not, the rounding is as fine as they allow: the bound is weaker and still valid, and the host
mends the continuous part of plans (`planner.optimize.engines.mend`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import SolverUnavailable
from planner.optimize.engines.raw import largest_side

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.engines.raw import RawProgram

_ROW_BUDGET = 0.25e-6
_OBJECTIVE_BUDGET = 1e-9
_COARSEST = 2.0**-20
_MOST_LEVELS = 2.0**40
_EXACT = 1e-12
# largest sum a row may reach: CP-SAT's own arithmetic is in 64 bits, its LP's in 53
_EASY_SUM = 2.0**50
_LARGEST_SUM = 2.0**58
_DECIMALS = 10.0 ** np.arange(7)
# the host scales by powers of two: these undo it where it divided
_WHOLE = np.concatenate([_DECIMALS, 2.0**10 * _DECIMALS, 2.0**20 * _DECIMALS])
_POWERS = 2.0 ** np.arange(0, 41, 2)


@dataclass(frozen=True, eq=False)
class Sides:
    """Rows lower <= coefficients @ k <= upper in whole numbers, each as its own arrays."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int64]
    coefficients: NDArray[np.int64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WholeProgram:
    """Minimise (objective @ k + offset) / scale over 0 <= k <= levels and `rows`; plan: lower + step k."""

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    step: NDArray[np.float64]
    levels: NDArray[np.int64]
    objective: NDArray[np.int64]
    offset: float
    scale: float
    rows: Sides

    def plan(self, k: NDArray[np.int64]) -> NDArray[np.float64]:
        """Column values of a whole-number point (the last step may be shorter)."""
        return np.minimum(self.lower + self.step * k, self.upper)

    def point(self, plan: NDArray[np.float64]) -> NDArray[np.int64]:
        """The whole-number point nearest to a plan (which must hold no NaN)."""
        nearest = np.rint((plan - self.lower) / self.step)
        return np.clip(nearest, 0, self.levels).astype(np.int64)


def to_whole(program: RawProgram, upper: NDArray[np.float64]) -> WholeProgram:
    """The whole-number relaxation of `program` with the finite upper bounds `upper`.

    Raises SolverUnavailable when a column has no finite range.
    """
    if not (np.isfinite(program.lower).all() and np.isfinite(upper).all()):
        count = int((~(np.isfinite(program.lower) & np.isfinite(upper))).sum())
        raise SolverUnavailable(
            f"this engine needs finite bounds, and {count} of {program.column_count} decisions have none that could"
            " be derived: use another engine, or race"
        )
    lower = np.where(program.integer, np.ceil(program.lower - 1e-9), program.lower)
    step = _steps(program, upper - lower)
    levels = np.maximum(np.ceil((upper - lower) / step - 1e-9), 0.0)
    objective, offset, scale = _objective(program, lower, step, levels)
    return WholeProgram(
        lower=lower,
        upper=upper,
        step=step,
        levels=levels.astype(np.int64),
        objective=objective,
        offset=offset,
        scale=scale,
        rows=_rows(program, lower, step, levels),
    )


def _row_sizes(program: RawProgram) -> NDArray[np.float64]:
    """What the rounding of a row is relative to: its side, or its largest coefficient where that is 0."""
    sides = largest_side(program.row_lower, program.row_upper)
    largest = np.zeros(program.row_count)
    np.maximum.at(largest, program.rows, np.abs(program.coefficients))
    return np.where(sides > 0, sides, np.where(largest > 0, largest, 1.0))


def _steps(program: RawProgram, span: NDArray[np.float64]) -> NDArray[np.float64]:
    """Grid of each continuous column: fine enough that all of a row's together stay within its budget."""
    loose = ~program.integer
    entries = np.flatnonzero(loose[program.columns])
    rows = program.rows[entries]
    crowd = np.bincount(rows, minlength=program.row_count)
    fine = _ROW_BUDGET * _row_sizes(program)[rows] / (crowd[rows] * np.abs(program.coefficients[entries]))
    step = np.where(span > 0, span, 1.0) * _COARSEST
    np.minimum.at(step, program.columns[entries], 2.0 * fine)
    # a step finer than the range can be given in whole numbers is coarsened; the rows loosen with it
    step = np.maximum(step, span / _MOST_LEVELS)
    return np.where(loose, 2.0 ** np.floor(np.log2(step)), 1.0)


def _objective(
    program: RawProgram, lower: NDArray[np.float64], step: NDArray[np.float64], levels: NDArray[np.float64]
) -> tuple[NDArray[np.int64], float, float]:
    costs = np.where(levels > 0, program.objective * step, 0.0)
    constant = program.offset + float(program.objective @ lower)
    constant -= float(np.abs(program.objective * step)[~program.integer].sum()) / 2.0
    most = float(np.abs(costs) @ levels)
    if most == 0.0:
        return np.zeros(len(costs), dtype=np.int64), constant, 1.0
    smallest = np.abs(costs[costs != 0]).min()
    for scale in (*_WHOLE, *(_POWERS / smallest)):
        scaled = costs * scale
        exact = np.abs(scaled - np.rint(scaled)) <= _EXACT * np.abs(scaled)
        whole = np.where(exact, np.rint(scaled), np.floor(scaled))
        error = float((scaled - whole)[~exact] @ levels[~exact]) / scale
        if error <= _OBJECTIVE_BUDGET * most and most * scale < _LARGEST_SUM:
            return whole.astype(np.int64), constant * scale, float(scale)
    # too wide for the budget: as fine as the largest sum allows, rounded towards cheap
    scale = float(2.0 ** np.floor(np.log2(_LARGEST_SUM / most)))
    return np.floor(costs * scale).astype(np.int64), constant * scale, scale


def _rows(
    program: RawProgram, lower: NDArray[np.float64], step: NDArray[np.float64], levels: NDArray[np.float64]
) -> Sides:
    rows, columns = program.rows, program.columns
    # a column without levels stands at its lower bound, whatever its coefficient
    given = program.coefficients * step[columns]
    terms = np.where(levels[columns] > 0, given, 0.0)
    shift = np.bincount(rows, program.coefficients * lower[columns], program.row_count)
    grid = np.where(program.integer[columns], 0.0, np.abs(given) / 2.0)
    loose = np.bincount(rows, grid, program.row_count)
    row_lower, row_upper = program.row_lower - shift - loose, program.row_upper - shift + loose
    scale, exact = _row_scales(program, terms, levels, row_lower, row_upper)
    scaled = terms * scale[rows]
    near = np.rint(scaled)
    up, down = np.where(exact[rows], near, np.ceil(scaled)), np.where(exact[rows], near, np.floor(scaled))
    # exact rows keep both sides together; the others need one copy for each side
    low_side, high_side = np.isfinite(row_lower), np.isfinite(row_upper)
    first = low_side | (exact & high_side)
    second = high_side & ~exact
    whole_lower = np.where(low_side, _round_side(row_lower * scale, np.ceil, -1.0), -np.inf)
    whole_upper = np.where(high_side, _round_side(row_upper * scale, np.floor, 1.0), np.inf)
    kept_first, kept_second = np.flatnonzero(first), np.flatnonzero(second)
    counts = np.diff(program.starts)
    return Sides(
        starts=np.concatenate([[0], np.cumsum(np.concatenate([counts[kept_first], counts[kept_second]]))]),
        columns=np.concatenate([columns[first[rows]], columns[second[rows]]]).astype(np.int64),
        coefficients=np.concatenate([up[first[rows]], down[second[rows]]]).astype(np.int64),
        lower=np.concatenate([whole_lower[kept_first], np.full(len(kept_second), -np.inf)]),
        upper=np.concatenate([np.where(exact, whole_upper, np.inf)[kept_first], whole_upper[kept_second]]),
    )


def _round_side(side: NDArray[np.float64], rounded: np.ufunc, outward: float) -> NDArray[np.float64]:
    # sums of whole numbers are whole, so a side may move inwards to the next one; rounding errors must not
    with np.errstate(invalid="ignore"):
        result: NDArray[np.float64] = rounded(side + outward * 1e-9 * np.maximum(1.0, np.abs(side)))
    return result


def _row_scales(
    program: RawProgram,
    terms: NDArray[np.float64],
    levels: NDArray[np.float64],
    row_lower: NDArray[np.float64],
    row_upper: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """For each row the first multiplier that makes it whole exactly, else within its budget, else the finest."""
    rows, count = program.rows, program.row_count
    reach = np.abs(terms) * levels[program.columns]
    most = np.maximum(np.bincount(rows, reach, count), largest_side(row_lower, row_upper))
    smallest = np.full(count, np.inf)
    np.minimum.at(smallest, rows, np.where(terms != 0, np.abs(terms), np.inf))
    smallest = np.where(np.isfinite(smallest), smallest, 1.0)
    budget = _ROW_BUDGET * _row_sizes(program)
    exact_scale, close_scale = np.full(count, np.nan), np.full(count, np.nan)
    for multiplier in (*_WHOLE[:, np.newaxis], *(_POWERS[:, np.newaxis] / smallest)):
        scale = np.broadcast_to(multiplier, (count,))
        scaled = terms * scale[rows]
        residue = np.abs(scaled - np.rint(scaled))
        exact = np.bincount(rows, residue > _EXACT * np.abs(scaled), count) == 0
        error = np.bincount(rows, levels[program.columns], count) / scale
        fits_exact = exact & (most * scale < _EASY_SUM) & np.isnan(exact_scale)
        fits_close = (error <= budget) & (most * scale < _LARGEST_SUM) & np.isnan(close_scale)
        exact_scale = np.where(fits_exact, scale, exact_scale)
        close_scale = np.where(fits_close, scale, close_scale)
    exact = ~np.isnan(exact_scale)
    finest = 2.0 ** np.floor(np.log2(_LARGEST_SUM / np.where(most > 0, most, _LARGEST_SUM)))
    scale = np.where(exact, exact_scale, np.where(np.isnan(close_scale), finest, close_scale))
    return scale, exact
