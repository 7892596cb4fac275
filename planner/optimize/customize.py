"""Constraints of a user's own: what a function adds to the model before it is solved, and that it only adds.

Whatever is added makes fewer plans possible at the same costs, so that every plan found is one of the instance, and its
audit is the same. What else a function does to the model, such as another objective, is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.core.errors import PlannerError
from planner.core.solution import Status
from planner.optimize.engines import program_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.model import Model
    from planner.optimize.engines import IndexedProgram
    from planner.plan.plan import Plan

    Customize = Callable[[Model], None]

BOUNDS = "bounds of variables"
USE_FACTOR = 10
"""So many times what is of use in any period may be taken of units and nodes, since constraints may ask for it."""
MOST_NAMED = 5
SETTLED = ("busy", "use")
"""Variables of which the records of a plan spread the total anew."""


class NotOnlyAdded(PlannerError):
    """A function changed more of the model than may be; says what."""


@dataclass(frozen=True)
class Added:
    """Names of the constraints added, and variables among them that the records of a plan tell in another way."""

    names: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()


NOTHING = Added()


def customized(model: Model, customize: Customize) -> tuple[IndexedProgram, Added]:
    """The program of a model to which a function added linear constraints, perhaps variables of its own.

    Raises NotOnlyAdded where it changes the objective, the model's own constraints, or widens bounds.
    """
    before = program_of(model)
    if customize(model) is not None:  # type: ignore[func-returns-value]
        raise NotOnlyAdded("customize adds to the model that it is given and returns nothing")
    try:
        after = program_of(replace(model))
    except ValueError as cause:
        raise NotOnlyAdded(f"customize left a model that cannot be solved: {cause}") from None
    place = {key: column for column, key in enumerate(after.index.column_keys)}
    own = np.array([place.get(key, -1) for key in before.index.column_keys], dtype=np.int64)
    fault = _fault(before, after, own)
    if fault is not None:
        raise NotOnlyAdded(f"customize may only add constraints: {fault}")
    tighter = (after.lower[own] > before.lower).any() or (after.upper[own] < before.upper).any()
    whole = (after.integer[own] & ~before.integer).any()
    added = enumerate(after.row_names[before.row_count :], start=1)
    names = (*(name or f"number {place}" for place, name in added), *((BOUNDS,) if tighter or whole else ()))
    touched = abs(after.matrix[before.row_count :]).sum(axis=0) > 0
    settled = [one for one in SETTLED if one in after.index.columns]
    settled = [one for one in settled if touched[after.index.columns[one].number].any()]
    return after, Added(names, tuple(settled))


def _fault(before: IndexedProgram, after: IndexedProgram, own: NDArray[np.int64]) -> str | None:
    """What was done beside adding, in words; None where nothing was."""
    rows = before.row_count
    if after.row_count < rows or (own < 0).any() or after.row_names[:rows] != before.row_names:
        return "constraints of the model itself are gone"
    objective = np.zeros(after.column_count)
    objective[own] = before.objective
    if after.offset != before.offset or not np.array_equal(after.objective, objective):
        return "the objective is another"
    ours = after.matrix[:rows]
    same = (
        abs(ours[:, own] - before.matrix).sum() == 0 and ours.count_nonzero() == before.matrix.count_nonzero()
    )
    sides = np.array_equal(after.row_lower[:rows], before.row_lower)
    if not (same and sides and np.array_equal(after.row_upper[:rows], before.row_upper)):
        return "constraints of the model itself are others"
    if (after.lower[own] < before.lower).any() or (after.upper[own] > before.upper).any():
        return "variables may take more values than before"
    if (before.integer & ~after.integer[own]).any():
        return "variables need not be whole any more"
    return None


def stated_by(plan: Plan, added: Added) -> dict[str, Any]:
    """What a plan of a customized question says of itself beside what it decides."""
    warnings = [
        f"solved with {named(added.names)}; status and bound are of that question, the audit knows the instance alone"
    ]
    if added.settled:
        warnings.append(
            f"constraints on {' and '.join(added.settled)} hold for what the engine decided: the records of the plan"
            " spread time and use over what runs"
        )
    fields: dict[str, Any] = {"own_constraints": added.names, "warnings": (*plan.warnings, *warnings)}
    if plan.status is Status.INFEASIBLE:
        fields["reasons"] = (
            f"no plan keeps the instance and {named(added.names)}; `solve` without them says whether it has any",
        )
    return fields


def named(names: tuple[str, ...]) -> str:
    """The constraints added, in words: `3 constraints of its own: a, b, c`."""
    first = ", ".join(names[:MOST_NAMED]) + (", ..." if len(names) > MOST_NAMED else "")
    return f"{len(names)} constraint{'s' * (len(names) != 1)} of its own: {first}"
