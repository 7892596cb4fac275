"""All sheets of a plan's workbook."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from planner.view.exports.workbook.assumed import alternatives_sheet, assumptions_sheet, rates_sheet
from planner.view.exports.workbook.cash import cash_sheet
from planner.view.exports.workbook.declared import declared_sheets
from planner.view.exports.workbook.hours import hours_sheet
from planner.view.exports.workbook.money import months_sheet, purchases_sheet, signatures_sheet
from planner.view.exports.workbook.summary import summary_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlsxwriter.workbook import Workbook

    from planner.instance import Instance
    from planner.plan.plan import Plan

OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}


def xlsx(plan: Plan, instance: Instance | None, alternatives: Mapping[str, Plan] | None = None) -> bytes:
    """The workbook as bytes, by XlsxWriter."""
    stream = io.BytesIO()
    with new_workbook(stream) as workbook:
        summary_sheet(workbook, plan, instance)
        if plan.usable and instance is not None:
            signatures_sheet(workbook, plan, instance)
        if plan.usable:
            purchases_sheet(workbook, plan, instance)
            hours_sheet(workbook, plan)
            months_sheet(workbook, plan, instance)
            if instance is not None:
                cash_sheet(workbook, plan, instance)
        if instance is not None:
            assumptions_sheet(workbook, instance)
            rates_sheet(workbook, plan, instance)
        alternatives_sheet(workbook, plan, alternatives or {})
        if plan.usable:
            declared_sheets(workbook, plan)
    return stream.getvalue()


def new_workbook(stream: io.BytesIO) -> Workbook:
    """An empty workbook that takes no text for a formula, a link or a number."""
    import xlsxwriter

    options: dict[str, Any] = OPTIONS
    return xlsxwriter.Workbook(stream, options)
