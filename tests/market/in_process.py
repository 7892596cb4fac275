"""Solve small instances in this process with SciPy's own HiGHS, so that properties can try many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from planner.core.solution import Solution, Status
from planner.model import build
from planner.model.assemble import plan_of
from planner.model.decode import values_of
from planner.model.prepare import sets_of
from planner.optimize.engines import program_of
from planner.rates.compute import compute_rates
from planner.verify.audit import check

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan


def solve_here(instance: Instance) -> Plan:
    """The optimal plan, audited; fails the test where there is none or the audit refuses it."""
    rates = compute_rates(instance)
    sets = sets_of(instance, rates)
    program = program_of(build(sets))
    result = milp(
        program.objective,
        integrality=program.integer.astype(int),
        bounds=Bounds(program.lower, program.upper),
        constraints=LinearConstraint(program.matrix, program.row_lower, program.row_upper),
        options={"mip_rel_gap": 0.0},
    )
    assert result.x is not None, result.message
    values = values_of(sets, program.index, result.x)
    cost = float(result.fun) + program.offset
    solution = Solution(Status.OPTIMAL, np.asarray(result.x), cost, cost, None, 0.0, "scipy", "", 1, 0)
    plan = plan_of(instance, sets, solution, values, method="direct")
    audit = check(instance, plan, rates)
    assert audit.passed, audit.violations
    return plan


def nodes_held(plan: Plan, channel: str) -> float:
    """Node-periods held of a channel."""
    return sum(h.nodes * (h.last - h.first + 1) for h in plan.holdings if h.channel == channel)
