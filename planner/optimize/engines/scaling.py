"""Scale a program before any engine sees it: engines work with absolute tolerances, questions have any unit.

Whole columns stay as they are. Continuous columns are measured in their natural size, rows are multiplied up
or down, and so is the objective, all by powers of two, so that no number changes its digits. Rows in small
whole numbers stay as they are: engines see structure in them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from planner.optimize.engines.raw import largest_side
from planner.optimize.engines.sizes import column_sizes, entry_rows, largest_by_row

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.optimize.engines.program import LinearProgram

# engines keep rows to 1e-6 or so: at this size that is a billionth of the row
_ROW_SIZE = 2.0**10
_LARGEST_WHOLE = 2.0**20
# engines take reduced costs below 1e-7 for none, and HiGHS seeks no plan that saves less than 1e-6: the least cost
# comes to 1,024..1,048,576 unless the largest forbids it, so that both are below the float noise of a cost
_LEAST_COSTS = (2.0**10, 2.0**20)
_LARGEST_COST = 2.0**40
# further from 1 than this, a scale would itself be a source of trouble
_FURTHEST = 2.0**100


@dataclass(frozen=True, eq=False)
class Scaling:
    """`program` is what an engine gets: rows and objective multiplied, columns divided, by powers of two."""

    program: LinearProgram
    rows: NDArray[np.float64]
    columns: NDArray[np.float64]
    objective: float

    def values(self, scaled: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of the columns as given, from those that an engine found."""
        return np.asarray(scaled * self.columns)

    def scaled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values for an engine, from those of the columns as given."""
        return np.asarray(values / self.columns)

    def bound(self, scaled: float) -> float:
        """A bound as given, from one that an engine proved."""
        return scaled / self.objective

    def row_duals(self, scaled: NDArray[np.float64]) -> NDArray[np.float64]:
        """Prices of the rows as given."""
        return np.asarray(scaled * self.rows / self.objective)

    def reduced_costs(self, scaled: NDArray[np.float64]) -> NDArray[np.float64]:
        """Reduced costs of the columns as given."""
        return np.asarray(scaled / (self.columns * self.objective))


def scale(program: LinearProgram) -> Scaling:
    """The program with its columns, rows and cost scaled to sizes that engines handle well."""
    columns = _power_of_two(column_sizes(program))
    columns[program.integer] = 1.0
    given, at = program.matrix, entry_rows(program)
    data = given.data * columns[given.indices]
    rows = _row_factors(program, data)
    objective = _objective_factor(program.objective * columns)
    return Scaling(
        program=replace(
            program,
            objective=program.objective * columns * objective,
            offset=program.offset * objective,
            lower=program.lower / columns,
            upper=program.upper / columns,
            matrix=csr_array((data * rows[at], given.indices, given.indptr), shape=given.shape),
            row_lower=program.row_lower * rows,
            row_upper=program.row_upper * rows,
        ),
        rows=rows,
        columns=columns,
        objective=objective,
    )


def _row_factors(program: LinearProgram, data: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 for rows in small whole numbers; else what brings the largest number of the row to 512..1024."""
    sides = largest_side(program.row_lower, program.row_upper)
    largest = np.maximum(largest_by_row(program, np.abs(data)), sides)
    odd = np.bincount(entry_rows(program), np.rint(data) != data, program.row_count) > 0
    odd |= (np.rint(sides) != sides) | (largest > _LARGEST_WHOLE)
    return np.where(odd & (largest > 0), _power_of_two(_ROW_SIZE / np.where(largest > 0, largest, 1.0)), 1.0)


def _objective_factor(costs: NDArray[np.float64]) -> float:
    given = np.abs(costs[costs != 0])
    if not len(given):
        return 1.0
    least, most = float(given.min()), float(given.max())
    factor = np.clip(least, *_LEAST_COSTS) / least
    return float(_power_of_two(np.array([min(factor, _LARGEST_COST / most)]))[0])


def _power_of_two(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest power of two that is not above each value, within 2^-100..2^100."""
    clipped = np.clip(values, 1.0 / _FURTHEST, _FURTHEST)
    return np.asarray(2.0 ** np.floor(np.log2(clipped)))
