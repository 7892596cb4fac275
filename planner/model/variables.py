"""The variables of a program by name and position, and the sums of them that several families write.

Each is declared by the family that it belongs to (`DecisionVariable`), and exists where that family applies.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pulp

from planner.model.index import column_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.model.decision import DecisionVariable
    from planner.model.index import Position
    from planner.model.sets import Sets

Grid = dict[tuple[int, ...], pulp.LpVariable]
Term = tuple[pulp.LpVariable, float]
Row = tuple[str, tuple[int, ...], pulp.LpConstraint]
"""A row as a family gives it: the part of the family (empty for its main rows), the position on the axes of that
part, and the row itself.
"""


def minus(terms: Iterable[Term]) -> list[Term]:
    """The same terms with the opposite sign."""
    return [(variable, -coefficient) for variable, coefficient in terms]


def affine(terms: Iterable[Term]) -> pulp.LpAffineExpression:
    """Sum of coefficient times variable; a variable may come up more than once."""
    listed = list(terms)
    expression = pulp.LpAffineExpression(listed)
    if len(expression) == len(listed):
        return expression
    total = dict.fromkeys(expression, 0.0)
    for variable, coefficient in listed:
        total[variable] += coefficient
    return pulp.LpAffineExpression(total)


class Variables(dict[str, Grid]):
    """PuLP variables: `variables[name][position]`. A grid is empty where the data do not ask for its variable."""

    def __init__(self, declared: Iterable[DecisionVariable]) -> None:
        self.declared = {variable.name: variable for variable in declared}
        self._covering: dict[int, list[list[int]]] = {}
        super().__init__({name: {} for name in self.declared})

    def create(self, problem: pulp.LpProblem, sets: Sets, variable: DecisionVariable) -> None:
        """Create a declared variable wherever the data ask for it."""
        where, grid, name = variable.domain(sets), self[variable.name], variable.name
        some = np.full(len(where.at), variable.whole) if where.whole is None else where.whole
        bounds = zip(_bounds(where.lower, variable.whole), _bounds(where.upper, variable.whole), strict=True)
        for at, (low, high), whole in zip(map(tuple, where.at.tolist()), bounds, some.tolist(), strict=True):
            kind = pulp.LpInteger if whole else pulp.LpContinuous
            grid[at] = problem.add_variable(column_name(name, at), low, high, kind)

    def usable(self, sets: Sets, unit: int, period: int, factor: float = 1.0) -> list[Term]:
        """Terms of `factor * busy_limit * (on - start-up time lost)`: units' worth of time to serve in."""
        factor *= float(sets.busy_limit[unit, period])
        terms: list[Term] = [(self["on"][unit, period], factor)]
        before = period
        for lost in sets.lost_share:
            if before < 0:
                break
            terms.append((self["start"][unit, before], -factor * float(lost)))
            before = int(sets.timeline.previous[before])
        return terms

    def unserved(self, sets: Sets, work: int, period: int) -> list[Term]:
        """Terms of what is shed of a work, in multiples of demand_scale."""
        share = self["shed"].get((sets.market.workload_of[work], period))
        if share is None:
            return []
        return [(share, float(sets.demand[work, period] / sets.demand_scale[work, period]))]

    def held(self, sets: Sets, channel: int, period: int) -> list[Term]:
        """Terms of the nodes that a channel holds in a period."""
        increment, acquire = float(sets.channels[channel].increment_nodes), self["acquire"]
        if channel not in self._covering:
            self._covering[channel] = sets.covering(channel)
        return [(acquire[offer,], increment) for offer in self._covering[channel][period]]

    def serving(self, sets: Sets, channel: int, period: int) -> list[Term]:
        """Terms of the nodes of a channel that serve in a period, its expected interruptions taken off."""
        share = sets.channels[channel].available_share
        return [(variable, factor * share) for variable, factor in self.held(sets, channel, period)]

    def keys_of(self) -> dict[int, tuple[str, Position]]:
        """Name and position of every variable, by its identity."""
        return {id(variable): (name, at) for name, grid in self.items() for at, variable in grid.items()}


def _bounds(bounds: np.ndarray[tuple[int], np.dtype[np.float64]], whole: bool) -> list[float | None]:
    if np.isfinite(bounds).all():
        return [*(bounds.astype(np.int64) if whole else bounds).tolist()]
    return [None if math.isinf(bound) else int(bound) if whole else bound for bound in bounds.tolist()]
