"""Lengths that the plan is to split where that is cheapest: every reading is solved, and the cheapest plan taken.

The bound of the question is the least of the readings' bounds: no plan of any of them costs less.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.core.solution import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from planner.instance import Instance
    from planner.optimize.engines import CancelToken
    from planner.plan.plan import Plan


def cheapest_split(
    choices: Iterable[tuple[str, Instance]],
    solve_within: Callable[[Instance, float | None], Plan],
    time_limit_s: float | None,
    cancel: CancelToken | None,
) -> Plan:
    """The cheapest plan of some readings of an instance, with the least of their bounds.

    `solve_within` solves one in so many seconds; each has its part of the time that is left. Where none has a plan, the
    answer is that of the first which may have one, or of the first.
    """
    began, readings = time.monotonic(), list(choices)
    found: list[tuple[str, Plan]] = []
    for place, (said, instance) in enumerate(readings):
        if cancel is not None and cancel.cancelled and found:
            break
        left = None if time_limit_s is None else time_limit_s - (time.monotonic() - began)
        part = None if left is None else max(left, 0.0) / (len(readings) - place)
        found.append((said, solve_within(instance, part)))
    usable = [(said, plan) for said, plan in found if plan.usable]
    if not usable:
        return next((plan for _, plan in found if plan.status is not Status.INFEASIBLE), found[0][1])
    said, best = min(usable, key=lambda one: one[1].cost)
    tried = len(found) == len(readings)
    bounds = [plan.bound for _, plan in found if plan.status is not Status.INFEASIBLE]
    words = "; ".join(f"{name}: {_outcome(plan)}" for name, plan in found)
    return replace(
        best,
        bound=min(bounds) if tried else -math.inf,
        seconds=time.monotonic() - began,
        method_reason=f"{best.method_reason}; split by length, {said}, the cheapest of {len(readings)} ways ({words})",
    )


def _outcome(plan: Plan) -> str:
    """Cost and bound of a plan in a few words, or why there is none."""
    if not plan.usable:
        return str(plan.status)
    return f"{plan.cost:,.2f}, no less than {plan.bound:,.2f}"
