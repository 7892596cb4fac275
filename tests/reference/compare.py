"""The planner beside the second model: status, cost and bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import planner
from tests.reference.reference import Optimum

TOLERANCE = 1e-6


@dataclass(frozen=True)
class Verdict:
    """What the planner said of an instance, and what is wrong with that; empty where nothing is."""

    status: str
    cost: float
    bound: float
    fault: str


def judge(plan: planner.Plan, right: Optimum, proven: bool = True) -> Verdict:
    """Compare a plan with the optimum; unless `proven`, its cost may be above it as far as its gap says."""
    fault = _fault(plan, right, proven)
    return Verdict(str(plan.status), plan.cost, plan.bound, fault)


def _fault(plan: planner.Plan, right: Optimum, proven: bool) -> str:
    if right.status not in ("optimal", "infeasible"):
        return ""
    status = str(plan.status)
    if status == "refused":
        return f"refused by its audit at {plan.cost}: {plan.reasons[0]}"
    if right.status == "infeasible":
        honest = status == "infeasible" or (status == "no_plan" and not proven)
        return "" if honest else f"{status} at {plan.cost}, and there is no plan"
    if status == "infeasible":
        return f"infeasible, and a plan costs {right.objective}"
    slack = TOLERANCE * max(1.0, abs(right.objective))
    if plan.bound > right.objective + slack:
        return f"bound {plan.bound} above the optimum {right.objective}"
    if not plan.usable:
        return "" if not proven else f"{status}, and a plan costs {right.objective}"
    if plan.cost < right.objective - slack:
        return f"cost {plan.cost} below the optimum {right.objective}"
    if proven and (status != "optimal" or plan.cost > right.objective + slack):
        return f"{status} at {plan.cost}, the optimum is {right.objective}"
    return ""


def plan_of(instance: dict[str, Any], options: planner.SolveOptions, pool: Any = None) -> planner.Plan:
    """The planner's plan of plain data."""
    return planner.solve(planner.from_dict(instance), options, pool=pool)
