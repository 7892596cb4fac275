"""What the search knows of a program beside its numbers: periods of columns, and which columns follow others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_array, csr_array

from planner.optimize.engines.raw import ColumnGroups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.engines.raw import RawProgram

WHOLE = 1e-6
"""Distance from a whole number that counts for none: HiGHS's own tolerance."""


@dataclass(frozen=True, eq=False)
class ProgramStructure:
    """A program with its matrix both ways, and masks of its columns, shape [n] each."""

    program: RawProgram

    @cached_property
    def rows(self) -> csr_array:
        """The matrix by rows."""
        program = self.program
        shape = (program.row_count, program.column_count)
        return csr_array((program.coefficients, program.columns, program.starts), shape=shape)

    @cached_property
    def columns(self) -> csc_array:
        """The matrix by columns."""
        return csc_array(self.rows)

    @cached_property
    def groups(self) -> ColumnGroups:
        """What each column is about; where nobody said so, all are about one period."""
        return self.program.groups or ColumnGroups.of_one_period(self.program.column_count)

    @cached_property
    def periods(self) -> int:
        """Periods of the horizon."""
        return int(self.groups.last.max(initial=0)) + 1

    @cached_property
    def followers(self) -> NDArray[np.bool_]:
        """Integer columns that are whole by themselves at the best where all others are.

        Costs press such a column down and rows of whole numbers hold it up, in each with the coefficient 1 or -1, so
        that its least value is a whole number: the starts of units, nodes that are hired one by one. The search
        leaves them continuous, which halves the integers and strengthens every rounding.
        """
        program = self.program
        rows, columns, data = program.rows, program.columns, program.coefficients
        has_lower, has_upper = np.isfinite(program.row_lower), np.isfinite(program.row_upper)
        holding = np.where(data > 0, has_lower[rows], has_upper[rows])
        odd = (np.rint(data) != data) | ~program.integer[columns]
        odd_row = np.bincount(rows, odd, program.row_count) > 0
        for side, given in ((program.row_lower, has_lower), (program.row_upper, has_upper)):
            odd_row |= given & (np.rint(np.where(given, side, 0.0)) != np.where(given, side, 0.0))
        unfit = holding & (odd_row[rows] | (np.abs(data) != 1.0))
        count = program.column_count
        held = np.bincount(columns[holding], minlength=count) > 0
        return np.asarray(
            program.integer & (program.objective >= 0) & held & (np.bincount(columns, unfit, count) == 0)
        )

    @cached_property
    def leaders(self) -> NDArray[np.bool_]:
        """Integer columns that a search decides."""
        return self.program.integer & ~self.followers

    def long(self, periods: int) -> NDArray[np.bool_]:
        """Columns about more periods than so many: the fleet, commitments, totals."""
        return np.asarray(self.groups.last - self.groups.first + 1 > periods)

    def within(self, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Columns that begin or end in periods that are `inside`, shape [period]."""
        return np.asarray(inside[self.groups.first] | inside[self.groups.last])

    def tied(self, columns: NDArray[np.bool_]) -> bool:
        """Whether a row holds columns of different periods together, of those marked."""
        program, first, last = self.program, self.groups.first, self.groups.last
        mine = columns[program.columns]
        rows, at = program.rows[mine], program.columns[mine]
        least = np.full(program.row_count, self.periods)
        most = np.full(program.row_count, -1)
        np.minimum.at(least, rows, first[at])
        np.maximum.at(most, rows, last[at])
        return bool((most > least).any())

    def cost(self, values: NDArray[np.float64]) -> float:
        """Objective at values[n]."""
        return float(self.program.objective @ values) + self.program.offset

    def violation(self, values: NDArray[np.float64]) -> float:
        """Largest violation of a row, a bound or integrality at values[n], in the program's own scale."""
        program = self.program
        activity = self.rows @ values
        over = np.maximum(program.row_lower - activity, activity - program.row_upper).max(initial=0.0)
        beyond = np.maximum(program.lower - values, values - program.upper).max(initial=0.0)
        whole = np.abs(values - np.round(values))[program.integer].max(initial=0.0)
        return float(max(over, beyond, whole))
