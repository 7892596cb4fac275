"""Linear programs that grow by columns, in HiGHS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PRIMAL_SIMPLEX = 4
"""HiGHS's number for it."""


def rows_only(lower: NDArray[np.float64], upper: NDArray[np.float64]) -> Any:
    """A program of rows without columns, for the primal simplex: new columns leave its basis feasible."""
    import highspy

    program = highspy.Highs()
    for name, value in {"output_flag": False, "threads": 1, "simplex_strategy": PRIMAL_SIMPLEX}.items():
        program.setOptionValue(name, value)
    nothing = np.zeros(0, dtype=np.int32)
    program.addRows(len(lower), lower, upper, 0, nothing, nothing, np.zeros(0))
    return program


def add_columns(
    program: Any,
    cost: NDArray[np.float64],
    upper: NDArray[np.float64],
    rows: list[NDArray[np.int64]],
    values: list[NDArray[np.float64]],
) -> NDArray[np.int64]:
    """Add nonnegative columns with entries values[column] in rows[column]; their positions."""
    first, count = program.getNumCol(), len(cost)
    if count:
        start = np.concatenate(([0], np.cumsum([len(row) for row in rows])))[:-1].astype(np.int32)
        at = np.concatenate(rows).astype(np.int32)
        program.addCols(count, cost, np.zeros(count), upper, len(at), start, at, np.concatenate(values))
    return np.arange(first, first + count)
