"""The plan's charges as rows of FOCUS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.exports.format import CSV, Format, usable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.format import Files


def _write(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.focus import focus

    return focus(usable(plan), instance).encode()


FORMAT = Format(_write, "FOCUS 1.2 rows, as CSV.", "focus.csv", CSV)
