"""Every table of the plan, one CSV file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.exports.format import Format, usable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.format import Files


def _write(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.tables import csv_files

    return csv_files(usable(plan), instance)


FORMAT = Format(_write, "Every table as CSV.")
