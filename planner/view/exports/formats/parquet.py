"""Every table of the plan, one Parquet file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.exports.format import Format, usable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.format import Files


def _write(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.tables import parquet_files

    return parquet_files(usable(plan), instance)


FORMAT = Format(_write, "Every table as Parquet.", modules=("pyarrow",))
