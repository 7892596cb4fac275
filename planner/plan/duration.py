"""The time that a plan covers, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.core.units import HOURS_PER_YEAR

if TYPE_CHECKING:
    from planner.plan.contents import PlanContents


def duration(plan: PlanContents) -> str:
    """`a day`, `over 7 days`; scenarios cover the same time, a stage represents all of its own."""
    hours = round(plan.period_hours * sum(plan.period_weights), 6)
    if hours == 24:
        return "a day"
    if hours % HOURS_PER_YEAR == 0:
        return f"over {hours / HOURS_PER_YEAR:g} years" if hours > HOURS_PER_YEAR else "over a year"
    if hours % 24 == 0:
        return f"over {hours / 24:g} days"
    return f"over {hours:g} hours"
