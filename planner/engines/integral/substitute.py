"""Take out continuous columns that one row alone holds down: at the best they stand at that row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from planner.engines.raw import RawProgram


@dataclass(frozen=True, eq=False)
class Substitution:
    """`program` over the columns `kept`; the whole plan is `constant + expand @ plan`."""

    program: RawProgram
    kept: NDArray[np.int64]
    expand: csr_array[Any] | None = None
    constant: NDArray[np.float64] | None = None

    def whole(self, plan: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of all columns from the values of the kept ones."""
        if self.expand is None or self.constant is None:
            return plan
        values: NDArray[np.float64] = self.constant + self.expand @ plan
        return values


def substitute_limited(program: RawProgram) -> Substitution:
    """Replace each continuous column that only one row keeps from growing by what that row leaves for it.

    Column x with cost <= 0 and no upper bound, which every row but one likes larger, and that one row holds
    down: a x <= b - rest. Some best plan has x = (b - rest) / a, so x leaves and the row becomes
    (b - rest) / a >= lower: served tokens, say, become the capacity that is switched on. Costs no optimum,
    and any plan of the result expands to a plan of the whole.
    """
    column, row = _limited_columns(program)
    if not len(column):
        return Substitution(program, np.arange(program.column_count))
    from scipy.sparse import csr_array, eye_array, vstack

    shape = (program.row_count, program.column_count)
    matrix = csr_array((program.coefficients, program.columns, program.starts), shape=shape)
    kept = np.setdiff1d(np.arange(program.column_count), column)
    pivot = np.asarray(matrix[row, column]).ravel()
    side = np.where(pivot > 0, program.row_upper[row], program.row_lower[row])
    rest = matrix[row][:, kept]
    scale = csr_array((-1.0 / pivot, (np.arange(len(row)), np.arange(len(row)))))
    place = csr_array((np.ones(len(column)), (column, np.arange(len(column)))), shape=(shape[1], len(column)))
    keep = eye_array(shape[1], format="csr")[:, kept]
    expand = csr_array(keep + place @ (scale @ rest))
    constant = np.zeros(shape[1])
    constant[column] = side / pivot
    reduced = csr_array(matrix @ expand)
    moved = matrix @ constant
    row_lower, row_upper = program.row_lower - moved, program.row_upper - moved
    # the row that gave the substitution reads 0 <= 0 now; in its place stands x >= lower
    others = np.setdiff1d(np.arange(shape[0]), row)
    body = csr_array(vstack([reduced[others], scale @ rest]))
    body.eliminate_zeros()
    small = replace(
        program,
        objective=expand.T @ program.objective,
        offset=program.offset + float(program.objective @ constant),
        lower=program.lower[kept],
        upper=program.upper[kept],
        integer=program.integer[kept],
        starts=body.indptr.astype(np.int32),
        columns=body.indices.astype(np.int32),
        coefficients=body.data,
        row_lower=np.concatenate([row_lower[others], program.lower[column] - side / pivot]),
        row_upper=np.concatenate([row_upper[others], np.full(len(row), np.inf)]),
    )
    return Substitution(small, kept, expand, constant)


def _limited_columns(program: RawProgram) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Columns to take out and the row that holds each down; no row twice, and no column in another's row."""
    count, rows = program.column_count, program.rows
    columns, positive = program.columns, program.coefficients > 0
    has_lower, has_upper = np.isfinite(program.row_lower)[rows], np.isfinite(program.row_upper)[rows]
    holding = np.where(positive, has_upper, has_lower)
    one_sided = has_lower != has_upper
    holders = np.bincount(columns[holding], minlength=count)
    tangled = np.bincount(columns[holding & ~one_sided], minlength=count)
    free_to_grow = ~program.integer & (program.objective <= 0) & np.isinf(program.upper)
    fit = free_to_grow & np.isfinite(program.lower) & (holders == 1) & (tangled == 0)
    entries = np.flatnonzero(holding & fit[columns])
    # one column a row: were two taken out by one row, each would stand in the other's expression
    _, first = np.unique(rows[entries], return_index=True)
    chosen = entries[first]
    chosen_columns, chosen_rows = columns[chosen].astype(np.int64), rows[chosen]
    taken = np.zeros(count, dtype=bool)
    taken[chosen_columns] = True
    crowd = np.bincount(rows[taken[columns]], minlength=program.row_count)
    alone = crowd[chosen_rows] == 1
    return chosen_columns[alone], chosen_rows[alone]
