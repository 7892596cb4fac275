"""Whether "infeasible" is more than a safe form of availability says: pools of many kinds are kept standing by a bound.

Where the question has a plan once nothing fails, one that keeps availability exactly may exist, and nobody has
proven that there is none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.core.solution import Status
from planner.model import build
from planner.optimize.engines import EngineOptions, program_of, prover
from planner.optimize.engines import solve as run_engine

if TYPE_CHECKING:
    from planner.model import Sets
    from planner.plan.plan import Plan

SECONDS = 20.0
UNPROVEN = (
    "no plan keeps availability by the bound that is used with so many kinds of units, and without failures there is"
    " one: whether one keeps it exactly is not known; fewer deployments, or more units on offer, let it be found"
)


def not_proven(sets: Sets, plan: Plan, seed: int) -> Plan:
    """The plan that says that there is none, as `no_plan` where that is not proven."""
    if sets.standing is None or sets.standing.exact:
        return plan
    options = EngineOptions(time_limit_s=SECONDS, relative_gap=1.0, threads=1, seed=seed)
    found = run_engine(program_of(build(replace(sets, standing=None))), prover(), options)
    if found.status is Status.INFEASIBLE:
        return plan
    return replace(plan, status=Status.NO_PLAN, limit="precision", reasons=(*plan.reasons, UNPROVEN))
