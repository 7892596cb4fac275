"""The program of an instance with the whole decisions of a plan held: what the plan does not record stays free."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.core.errors import Fault, InstanceError
from planner.model.decode import starts_of
from planner.model.encode import hint_of, warm_start_of
from planner.model.standing_near import counts_near, keeps_promises
from planner.model.values import Values, none_of_the_market

if TYPE_CHECKING:
    from planner.model.sets import Sets
    from planner.optimize.engines import IndexedProgram
    from planner.plan.plan import Plan


def held_plan(program: IndexedProgram, sets: Sets, plan: Plan) -> IndexedProgram:
    """The program with every whole decision that the plan records held at its value."""
    hint = hint_of(sets, plan, program.index)
    return program.held(program.integer & ~np.isnan(hint), hint)


def admitting(sets: Sets, plan: Plan) -> Sets:
    """Sets whose formulation has the plan, where availability stands in it in a form that asks for more than is needed.

    Pools then have the counts of the plan, and those near them that keep the promise, as their choices. Other sets, and
    plans that do not keep their promises, stay as they are.
    """
    if sets.standing is None or sets.standing.exact:
        return sets
    warm = warm_start_of(sets, plan)
    values = Values(
        acquire=warm.acquire,
        on=warm.on,
        start=starts_of(sets, warm.on),
        busy=np.zeros((len(sets.units), len(sets.works), sets.periods)),
        shed=np.zeros((len(sets.market.workloads), sets.periods)),
        use=np.zeros((len(sets.channels), sets.periods)),
        market=none_of_the_market(sets),
    )
    near = counts_near(sets, [values]) if keeps_promises(sets, values) else None
    return sets if near is None else replace(sets, standing=near.standing)


def plan_does_not_hold() -> InstanceError:
    """The fault of a plan whose held program has no solution."""
    message = "the plan does not hold for this instance; `planner check` names what it violates"
    return InstanceError([Fault(message)])
