"""Restricted programs: some columns free, the others held at a plan's values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from planner.engines import LinearProgram

if TYPE_CHECKING:
    from numpy.typing import NDArray


def restricted(program: LinearProgram, values: NDArray[np.float64], free: NDArray[np.int64]) -> LinearProgram:
    """The program in the columns `free` alone, every other column held at `values`; its cost is of the whole plan."""
    held = values.copy()
    held[free] = 0.0
    columns = program.matrix.tocsc()[:, free]
    rows = np.unique(columns.indices)
    fixed = csr_array(program.matrix)[rows] @ held
    return replace(
        program,
        objective=program.objective[free],
        offset=program.offset + float(program.objective @ held),
        lower=program.lower[free],
        upper=program.upper[free],
        integer=program.integer[free],
        matrix=columns.tocsr()[rows],
        row_lower=program.row_lower[rows] - fixed,
        row_upper=program.row_upper[rows] - fixed,
        column_names=(),
        row_names=(),
    )
