"""A linear program of the hourly problem under construction, for the duals of its rows: prices, which need no proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array

if TYPE_CHECKING:
    from numpy.typing import NDArray


class RowProgram:
    """Minimise cost x where matrix @ x >= side and 0 <= x <= upper; rows and columns are added in blocks."""

    def __init__(self) -> None:
        self.side: list[NDArray[np.float64]] = []
        self.cost: list[NDArray[np.float64]] = []
        self.upper: list[NDArray[np.float64]] = []
        self.entries: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
        self.row_count = self.column_count = 0

    def rows_at_least(self, side: NDArray[np.float64]) -> NDArray[np.int64]:
        """Positions of new rows."""
        self.side.append(side)
        self.row_count += len(side)
        return np.arange(self.row_count - len(side), self.row_count)

    def columns(self, cost: NDArray[np.float64], upper: NDArray[np.float64] | float) -> NDArray[np.int64]:
        """Positions of new columns; one that costs more than any amount is zero."""
        able = np.isfinite(cost)
        self.cost.append(np.where(able, cost, 0.0))
        self.upper.append(np.where(able, upper, 0.0))
        self.column_count += len(cost)
        return np.arange(self.column_count - len(cost), self.column_count)

    def put(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], value: NDArray[np.float64] | float
    ) -> None:
        """Add entries, one a row."""
        self.entries.append(
            (
                rows,
                np.broadcast_to(columns, rows.shape),
                np.broadcast_to(np.asarray(value, dtype=np.float64), rows.shape),
            )
        )

    def duals(self) -> NDArray[np.float64] | None:
        """Duals of the rows at the optimum, None where there is none."""
        from scipy.optimize import linprog

        at, columns, values = (np.concatenate(side) for side in zip(*self.entries, strict=True))
        largest = np.zeros(self.row_count)
        np.maximum.at(largest, at, np.abs(values))
        scale = 1.0 / np.where(largest > 0, largest, 1.0)
        shape = (self.row_count, self.column_count)
        matrix: Any = coo_array(
            (-values * scale[at], (at, columns)), shape=shape
        ).tocsr()  # the stub takes no sparse one
        found = linprog(
            np.concatenate(self.cost),
            A_ub=matrix,
            b_ub=-np.concatenate(self.side) * scale,
            bounds=[(0.0, most) for most in np.concatenate(self.upper).tolist()],
        )
        return -np.asarray(found.ineqlin.marginals) * scale if found.status == 0 else None
