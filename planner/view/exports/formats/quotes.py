"""The quote sheet, which `solve --quotes` reads filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.view.exports.format import SHEETS, Format, known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.instance import Instance
    from planner.plan.plan import Plan
    from planner.view.exports.format import Files


def _write(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.quotes import quote_sheet

    return quote_sheet(known(instance))


def _csv(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan]) -> Files:
    from planner.view.exports.quotes import quote_csv

    return quote_csv(known(instance))


FORMAT = Format(
    _write,
    "Quote sheet to fill in, XLSX or CSV; solve --quotes reads it.",
    "quotes.xlsx",
    SHEETS,
    ("xlsxwriter",),
    {".csv": _csv},
)
