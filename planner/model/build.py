"""Build: the table of contents of the formulation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pulp

from planner.model.costs import priced_terms
from planner.model.families import applying, declared_variables, name_of, variables_of
from planner.model.find import found
from planner.model.index import Index, row_name
from planner.model.variables import Term, Variables, affine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.model.find import Where
    from planner.model.index import Position, RowKey
    from planner.model.sets import Sets


@dataclass(eq=False)
class Model:
    """The PuLP problem, with the sets it was built from, its variables, and what each of its rows stands for.

    `planner.solve(..., customize=...)` hands it out before it is solved, for linear constraints of the user's own:

    >>> def even(model):
    ...     first, *others = model.find("on", unit="prefill").values()
    ...     for running in others:
    ...         model.problem += running == first

    Units that others beat in every respect are not in a model; of what is, ten times what is of use may be taken.
    """

    problem: pulp.LpProblem
    sets: Sets
    variables: Variables
    row_keys: tuple[RowKey, ...]

    def find(self, variable: str, **where: Where) -> dict[Position, pulp.LpVariable]:
        """The variables of a name by position on their axes, where these are as given, in order.

        Axes are those of the formulation's chapter (`planner/model/README.md`); a position is a number from 0, or a
        name: of a unit, a work, a hardware, a channel (`hardware.channel`, also of its offers), a workload, a vendor.
        Raises PlannerError for what the model does not have, with what is near.

        >>> model.find("on", unit="decode", period=range(8))     # the first eight periods
        >>> model.find("acquire", offer="h800.reserve")
        """
        return found(self.sets, self.variables, variable, where)

    @cached_property
    def index(self) -> Index:
        """Where each row and column stands in the arrays of the problem; to be read when it is complete."""
        return self.index_of(self.problem.variables())

    def index_of(self, columns: Sequence[pulp.LpVariable]) -> Index:
        """The same where the variables of the problem, one a column, are at hand."""
        added = len(self.problem.constraints()) - len(self.row_keys)
        key_of = self.variables.keys_of()
        return Index((*self.row_keys, *[None] * added), [key_of.get(id(column)) for column in columns])


def build(sets: Sets, name: str = "plan") -> Model:
    """Write the integer program of `sets`: minimise the sum of all cost terms subject to every family."""
    problem = pulp.LpProblem(name, pulp.LpMinimize)
    variables = Variables(declared_variables().values())
    families = applying(sets)
    for family in families:
        for variable in variables_of(family):
            variables.create(problem, sets, variable)
    problem.setObjective(affine(_cost(sets, variables)))
    keys: list[RowKey] = []
    for family in families:
        of = name_of(family)
        for part, at, row in family.rows(sets, variables):
            problem.addConstraint(row, row_name(of, part, at))
            keys.append((of, part, at))
    return Model(problem=problem, sets=sets, variables=variables, row_keys=tuple(keys))


def _cost(sets: Sets, variables: Variables) -> Iterator[Term]:
    """Terms of the objective: every priced variable at its price."""
    for priced in priced_terms(sets).values():
        grid = variables[priced.variable]
        for position, usd in priced.entries():
            yield grid[position], usd
