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


@dataclass(frozen=True, eq=False)
class ColumnGroups:
    """What columns are about: the first and the last period of each, shape [n], and labels.

    `labels` has an array [n] for each axis on which columns can be told apart ("hardware", "role", "variable"): a
    number by position, -1 where the axis says nothing of a column.
    """

    first: NDArray[np.int32]
    last: NDArray[np.int32]
    labels: dict[str, NDArray[np.int32]]

    @classmethod
    def of_one_period(cls, count: int) -> ColumnGroups:
        """Groups of columns of which nothing is known."""
        return cls(np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32), {})

    def part(self, kept: NDArray[np.int64]) -> ColumnGroups:
        """Those of some columns."""
        labels = {axis: of[kept] for axis, of in self.labels.items()}
        return ColumnGroups(self.first[kept], self.last[kept], labels)


@dataclass(frozen=True, eq=False, kw_only=True)
class ProgramVectors:
    """All of a program but its matrix A and its names.

    min objective @ x + offset, row_lower <= A x <= row_upper, lower <= x <= upper, x[integer] whole. Shapes:
    n columns, m rows; missing bounds are infinite. `groups` says what columns are about, where that is known; no
    proof rests on it.
    """

    objective: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    integer: NDArray[np.bool_]
    row_lower: NDArray[np.float64]
    row_upper: NDArray[np.float64]
    offset: float = 0.0
    groups: ColumnGroups | None = None

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
