"""The rows of a program as an LP file lists them, for tests to hold against equations written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.model import build
from planner.model.prepare import sets_of
from planner.optimize.engines import program_of
from planner.rates.compute import compute_rates
from tests.examples import small

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.optimize.engines import IndexedProgram, LinearProgram

Listing = dict[str, tuple[float, dict[str, float], float]]


def program_for(instance: Instance) -> IndexedProgram:
    """The program of an instance."""
    return program_of(build(sets_of(instance, compute_rates(instance))))


def rows_of(changes: dict[str, Any]) -> Listing:
    """Rows of the small instance with changes by name: lower side, coefficients by column, upper side."""
    return listing(program_for(small(changes)))


def listing(program: LinearProgram) -> Listing:
    """Rows of a program by name: lower side, coefficients by column, upper side."""
    rows = {}
    for row, name in enumerate(program.row_names):
        begin, end = program.matrix.indptr[row : row + 2]
        columns = [program.column_names[column] for column in program.matrix.indices[begin:end]]
        terms = dict(zip(columns, program.matrix.data[begin:end].tolist(), strict=True))
        rows[name] = float(program.row_lower[row]), terms, float(program.row_upper[row])
    return rows
