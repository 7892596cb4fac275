"""Rules on the proof: status, cost, bound, the gap between them and the gap that was asked for fit each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.verify.audit.rules_cost import HALF_A_CENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.verify.audit.broken import Broken
    from planner.verify.audit.facts import Facts

NOISE = 5e-9
"""Costs and bounds are sums of doubles: what they differ by as a share of them, and is smaller, is nothing."""
ALTERNATIVE = "alternative"
LIMITS = ("time", "memory", "interrupt", "crash", "precision", "availability")


def gap_of(cost: float, bound: float) -> float:
    """Distance of cost and bound as a share of the larger of them, 0 below noise; infinite without a bound."""
    if not (math.isfinite(cost) and math.isfinite(bound)):
        return math.inf
    largest = max(abs(cost), abs(bound))
    gap = max(0.0, cost - bound) / largest if largest > 0 else 0.0
    return gap if gap > NOISE else 0.0


def bound(facts: Facts) -> Iterator[Broken]:
    """No lower bound lies above the cost of a plan."""
    plan = facts.plan
    if plan.bound > plan.cost + HALF_A_CENT + NOISE * abs(plan.cost):
        yield "bound", f"{plan.bound:.2f} lies above the cost {plan.cost:.2f}", plan.bound - plan.cost


def status(facts: Facts) -> Iterator[Broken]:
    """A plan is optimal exactly where its gap is no wider than the one that was asked for (0 where it says none)."""
    plan, gap = facts.plan, gap_of(facts.plan.cost, facts.plan.bound)
    if plan.status not in ("optimal", "feasible"):
        yield "status", f"the plan states that it is {plan.status}", 1.0
        return
    asked = 0.0 if plan.gap_asked is None else plan.gap_asked
    if not 0.0 <= asked <= 1.0:
        yield "gap_asked", f"is {asked:g}, and must be between 0 and 1", 1.0
        return
    proof = f"a gap of {gap:.6%}, asked for {asked:.6%}"
    proven = gap <= asked
    if plan.status == "optimal" and not proven:
        yield "status", f"says optimal, and the proof leaves {proof}", gap - asked
    if plan.status == "feasible" and proven:
        yield "status", f"says that a limit came first, and the proof leaves {proof}", asked - gap
    if plan.status == "feasible" and plan.limit not in LIMITS and plan.method != ALTERNATIVE:
        yield (
            "limit",
            f"says feasible, and the limit is {plan.limit!r}, and must be one of {', '.join(LIMITS)}",
            1.0,
        )
    if plan.status == "optimal" and plan.limit not in (None, "interrupt"):
        yield "limit", f"says optimal, and stopped by the limit {plan.limit!r}", 1.0
    if plan.reasons:
        yield "reasons", "gives reasons why there is no plan", 1.0


proof_rules = (("bound", bound), ("status", status))
