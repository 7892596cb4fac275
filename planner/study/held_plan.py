"""The program of an instance with the whole decisions of a plan held: what the plan does not record stays free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.model.encode import hint_of

if TYPE_CHECKING:
    from planner.model.sets import Sets
    from planner.optimize.engines import IndexedProgram
    from planner.plan.plan import Plan


def held_plan(program: IndexedProgram, sets: Sets, plan: Plan) -> IndexedProgram:
    """The program with every whole decision that the plan records held at its value."""
    hint = hint_of(sets, plan, program.index)
    return program.held(program.integer & ~np.isnan(hint), hint)


def plan_does_not_hold() -> InstanceError:
    """The fault of a plan whose held program has no solution."""
    message = "the plan does not hold for this instance; `planner check` names what it violates"
    return InstanceError([Fault(message)])
