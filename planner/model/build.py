"""Build: the table of contents of the formulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pulp

from planner.model.costs import priced_terms
from planner.model.families import applying
from planner.model.variables import Term, Variables, affine, variables_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.model.sets import Sets


@dataclass(frozen=True)
class Model:
    """The PuLP problem, with the sets it was built from and its variables by name.

    Users may add constraints of their own to `problem` before it is solved.
    """

    problem: pulp.LpProblem
    sets: Sets
    variables: Variables


def build(sets: Sets, name: str = "plan") -> Model:
    """Write the integer program of `sets`: minimise the sum of all cost terms subject to every family."""
    problem = pulp.LpProblem(name, pulp.LpMinimize)
    variables = variables_of(problem, sets)
    problem.setObjective(affine(_cost(sets, variables)))
    for family in applying(sets):
        for row_name, row in family.rows(sets, variables):
            problem.addConstraint(row, row_name)
    return Model(problem=problem, sets=sets, variables=variables)


def _cost(sets: Sets, variables: Variables) -> Iterator[Term]:
    """Terms of the objective: every priced variable at its price."""
    for priced in priced_terms(sets).values():
        for position in zip(*np.nonzero(priced.usd), strict=True):
            yield variables.at(priced.variable, tuple(map(int, position))), float(priced.usd[position])
