"""A linear program as arrays: what every engine solves, made from a PuLP problem or by hand."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.sparse import csr_array

from planner.optimize.engines.raw import ProgramVectors, RawProgram

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    from planner.model import Model
    from planner.model.index import Index

    Matrix = csr_array[np.float64, tuple[int, int]]

FEASIBILITY_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False, kw_only=True)
class LinearProgram(ProgramVectors):
    """A program with its matrix, m x n by rows, and the names of columns and rows.

    Raises ValueError when shapes disagree, a bound is crossed, or a number is not a number. Names are for
    messages and may be empty.
    """

    matrix: Matrix
    column_names: tuple[str, ...] = field(default=(), repr=False)
    row_names: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        for name, kind in _FIELD_KINDS.items():
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=kind))
        object.__setattr__(self, "matrix", _canonical(csr_array(self.matrix)))
        _refuse_faults(self)

    def cost(self, values: NDArray[np.float64]) -> float:
        """Objective at `values`[n], offset included."""
        return float(self.objective @ values) + self.offset

    def fixed(self, values: NDArray[np.float64]) -> Self:
        """The linear program left when every integer column is held at its (rounded) value in `values`[n]."""
        whole = np.round(values)
        return replace(
            self,
            lower=np.where(self.integer, whole, self.lower),
            upper=np.where(self.integer, whole, self.upper),
            integer=np.zeros_like(self.integer),
        )

    def relaxed(self) -> Self:
        """The same program with integrality dropped: its optimum is a lower bound of this one's."""
        return replace(self, integer=np.zeros_like(self.integer))

    def with_bounds(self, lower: ArrayLike | None = None, upper: ArrayLike | None = None) -> Self:
        """The same program with other column bounds, [n] each; those not given stay."""
        return replace(
            self,
            lower=self.lower if lower is None else np.asarray(lower, dtype=np.float64),
            upper=self.upper if upper is None else np.asarray(upper, dtype=np.float64),
        )

    def held(self, columns: NDArray[np.bool_], values: NDArray[np.float64]) -> Self:
        """The same program with the chosen columns fixed at their values, both [n]; integrality stays."""
        return self.with_bounds(np.where(columns, values, self.lower), np.where(columns, values, self.upper))

    def with_objective(self, objective: ArrayLike, offset: float = 0.0) -> Self:
        """The same feasible set under another objective, [n]."""
        return replace(self, objective=np.asarray(objective, dtype=np.float64), offset=offset)

    def raw(self) -> RawProgram:
        """The bare arrays, as sent to an engine process; nothing is copied that need not be."""
        return RawProgram(
            **{field.name: getattr(self, field.name) for field in fields(ProgramVectors)},
            starts=self.matrix.indptr.astype(np.int32, copy=False),
            columns=self.matrix.indices.astype(np.int32, copy=False),
            coefficients=self.matrix.data,
        )


@dataclass(frozen=True, eq=False)
class IndexedProgram(LinearProgram):
    """The program of a formulation, and what its rows and columns stand for; those added to it come last."""

    index: Index = field(kw_only=True, repr=False)


_FIELD_KINDS: dict[str, type[np.generic]] = {
    "objective": np.float64,
    "lower": np.float64,
    "upper": np.float64,
    "integer": np.bool_,
    "row_lower": np.float64,
    "row_upper": np.float64,
}


def _canonical(matrix: Matrix) -> Matrix:
    """Sorted, without repeated or zero entries; engines rely on it."""
    if matrix.dtype == np.float64 and matrix.has_canonical_format and bool((matrix.data != 0).all()):
        return matrix
    clean = matrix.astype(np.float64, copy=True)
    clean.sum_duplicates()
    clean.eliminate_zeros()
    return clean


def _refuse_faults(program: LinearProgram) -> None:
    rows, columns = len(program.row_lower), len(program.objective)
    if program.matrix.shape != (rows, columns) or len(program.row_upper) != rows:
        raise ValueError(f"matrix is {program.matrix.shape}, expected {(rows, columns)}")
    if not len(program.lower) == len(program.upper) == len(program.integer) == columns:
        raise ValueError("lower, upper and integer need one entry for each column")
    if program.groups is not None and len(program.groups.first) != columns:
        raise ValueError("groups need one entry for each column")
    if not (np.isfinite(program.objective).all() and np.isfinite(program.matrix.data).all()):
        raise ValueError("the objective and the matrix must hold finite numbers")
    if not np.isfinite(program.offset):
        raise ValueError("the objective's offset must be finite")
    if not bool((program.lower <= program.upper).all() and (program.row_lower <= program.row_upper).all()):
        raise ValueError("a lower bound lies above its upper bound, or is not a number")


def program_of(model: Model) -> IndexedProgram:
    """Arrays of a formulation, with its index."""
    from planner.optimize.engines.groups import groups_of  # loads the model: only when one is at hand anyway

    variables = model.problem.variables()
    index = model.index_of(variables)
    return IndexedProgram(
        **_arrays(model.problem, variables), index=index, groups=groups_of(model.sets, index)
    )


def from_pulp(problem: Any) -> LinearProgram:
    """Arrays of a `pulp.LpProblem`, columns sorted by name as PuLP sorts them.

    Raises ValueError for a problem that maximises, has special ordered sets, or two variables of one name.
    """
    return LinearProgram(**_arrays(problem, problem.variables()))


def _arrays(problem: Any, variables: list[Any]) -> dict[str, Any]:
    """The fields of the program of a problem with these variables, one a column."""
    import pulp  # loads highspy where installed: only when a PuLP problem is at hand anyway

    if problem.sense != pulp.LpMinimize:
        raise ValueError("the problem maximises; engines minimise: negate its objective")
    if problem.sos1 or problem.sos2:
        raise ValueError("special ordered sets are not supported")
    names = tuple(variable.name for variable in variables)
    if len(set(names)) != len(names):
        raise ValueError("two variables share one name")
    position = {id(variable): index for index, variable in enumerate(variables)}
    constraints = problem.constraints()
    objective = np.zeros(len(variables))
    for variable, coefficient in (problem.objective or {}).items():
        objective[position[id(variable)]] = coefficient
    sides = -np.array([constraint.constant for constraint in constraints], dtype=np.float64)
    senses = np.array([constraint.sense for constraint in constraints], dtype=np.int64)
    return {
        "objective": objective,
        "offset": float(problem.objective.constant) if problem.objective is not None else 0.0,
        "lower": _bounds((variable.lowBound for variable in variables), -np.inf, len(variables)),
        "upper": _bounds((variable.upBound for variable in variables), np.inf, len(variables)),
        "integer": np.array([variable.cat == pulp.LpInteger for variable in variables], dtype=bool),
        "matrix": _matrix(constraints, position),
        "row_lower": np.where(senses == pulp.LpConstraintLE, -np.inf, sides),
        "row_upper": np.where(senses == pulp.LpConstraintGE, np.inf, sides),
        "column_names": names,
        "row_names": tuple(constraint.name or "" for constraint in constraints),
    }


def _bounds(given: Iterable[float | None], missing: float, count: int) -> NDArray[np.float64]:
    return np.fromiter((missing if bound is None else bound for bound in given), np.float64, count)


def _matrix(constraints: list[Any], position: dict[int, int]) -> Matrix:
    lengths = np.fromiter((len(constraint) for constraint in constraints), np.int32, len(constraints))
    size = int(lengths.sum())
    columns = np.fromiter((position[id(v)] for c in constraints for v in c), np.int32, size)
    values = np.fromiter(chain.from_iterable(c.values() for c in constraints), np.float64, size)
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    return csr_array((values, columns, starts), shape=(len(constraints), len(position)))
