"""The workbook for a buyer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.exports.format import SHEETS, Format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.format import Files


def _write(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.workbook import xlsx

    return xlsx(plan, instance, alternatives)


FORMAT = Format(_write, "Workbook for a buyer.", "plan.xlsx", SHEETS, ("xlsxwriter",))
