"""A linear program as bare numpy arrays: what travels to an engine process (which never loads scipy)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def largest_side(lower: NDArray[np.float64], upper: NDArray[np.float64]) -> NDArray[np.float64]:
    """The larger of |lower| and |upper|, infinite ones left out."""
    sides = (np.where(np.isfinite(side), np.abs(side), 0.0) for side in (lower, upper))
    return np.maximum(*sides)


@dataclass(frozen=True, eq=False, kw_only=True)
class ProgramVectors:
    """All of a program but its matrix A and its names.

    min objective @ x + offset, row_lower <= A x <= row_upper, lower <= x <= upper, x[integer] whole. Shapes:
    n columns, m rows; missing bounds are infinite.
    """

    objective: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    integer: NDArray[np.bool_]
    row_lower: NDArray[np.float64]
    row_upper: NDArray[np.float64]
    offset: float = 0.0

    @property
    def column_count(self) -> int:
        """Number of columns n."""
        return len(self.objective)

    @property
    def row_count(self) -> int:
        """Number of rows m."""
        return len(self.row_lower)

    def cost_floor(self) -> float:
        """Lowest objective value the column bounds alone allow; -inf when they allow any."""
        best = np.where(self.objective > 0, self.lower, self.upper)
        used = self.objective != 0
        return float(self.objective[used] @ best[used]) + self.offset


@dataclass(frozen=True, eq=False, kw_only=True)
class RawProgram(ProgramVectors):
    """A program with its matrix by rows, as bare arrays.

    Row i holds `coefficients[starts[i]:starts[i + 1]]` at columns `columns[starts[i]:starts[i + 1]]`.
    """

    starts: NDArray[np.int32]
    columns: NDArray[np.int32]
    coefficients: NDArray[np.float64]

    @property
    def rows(self) -> NDArray[np.int64]:
        """Row index of every stored coefficient."""
        return np.repeat(np.arange(self.row_count), np.diff(self.starts))
