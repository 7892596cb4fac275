"""Variables of a model by the names that the instance gives them, for constraints that a user adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.errors import PlannerError
from planner.core.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pulp

    from planner.model.axes import Axis
    from planner.model.index import Position
    from planner.model.sets import Sets
    from planner.model.variables import Variables

    Where = str | int | Iterable[str | int]


class Unknown(PlannerError):
    """A variable, an axis or a position on it that the model does not have."""


def found(
    sets: Sets, variables: Variables, variable: str, where: Mapping[str, Where]
) -> dict[Position, pulp.LpVariable]:
    """The variables of a name at some positions of its axes, by position, in order.

    `where` gives names or numbers by axis; an axis that is left out is taken whole. Raises Unknown.
    """
    if variable not in variables:
        raise Unknown(f"the model has no variable {variable!r}{did_you_mean(variable, variables)}")
    axes = {axis.name: place for place, axis in enumerate(variables.declared[variable].axes)}
    for name in where:
        if name not in axes:
            raise Unknown(f"{variable!r} has no axis {name!r}{did_you_mean(name, axes)}")
    declared = variables.declared[variable].axes
    wanted = {axes[name]: _positions(sets, declared[axes[name]], given) for name, given in where.items()}
    return {
        at: one
        for at, one in sorted(variables[variable].items())
        if all(at[place] in positions for place, positions in wanted.items())
    }


def _positions(sets: Sets, axis: Axis, where: Where) -> set[int]:
    """Positions on an axis by their names or numbers."""
    labels = () if axis.labels is None else axis.labels(sets)
    count, positions = axis.length(sets), set()
    for one in [where] if isinstance(where, str | int) else where:
        mine = (
            {place for place, label in enumerate(labels) if label == one} if isinstance(one, str) else {one}
        )
        if isinstance(one, str) and not mine:
            raise Unknown(f"the axis {axis.name!r} has no {one!r}{did_you_mean(one, labels)}")
        if not all(0 <= place < count for place in mine):
            raise Unknown(f"the axis {axis.name!r} has positions 0 to {count - 1}, not {one!r}")
        positions |= mine
    return positions
