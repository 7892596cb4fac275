"""Cash: payments by month, what has been paid so far, and their present value."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from planner.view.exports.cash import cash_months
from planner.view.exports.workbook.sheet import MONEY, Sheet, SheetColumn

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

    from planner.instance import Instance
    from planner.plan.plan import Plan

SO_FAR = 6
"""Place of the column that adds up."""


def cash_sheet(workbook: Workbook, plan: Plan, instance: Instance) -> None:
    """One row a month in which money changes hands, with a chart of what has been paid so far."""
    sheet, money = Sheet(workbook, "Cash"), plan.currency
    columns = (
        SheetColumn("month (UTC)", "yyyy-mm"),
        SheetColumn("part", width=16),
        SheetColumn(f"paid at a start, {money}", MONEY, 22, total=True),
        SheetColumn(f"paid over time, {money}", MONEY, 22, total=True),
        SheetColumn(f"received, {money}", MONEY, 22, total=True),
        SheetColumn(f"total, {money}", MONEY, 22, total=True),
        SheetColumn(f"paid so far, {money}", MONEY, 22),
        SheetColumn(f"present value, {money}", MONEY, 22, total=True),
    )
    months = cash_months(plan, instance)
    so_far = itertools.accumulate(month.total for month in months)
    rows = [
        (
            month.begin,
            "after the plan" if month.after_plan else "plan",
            *(month.paid_at_start, month.paid_over_time, month.received, month.total),
            paid,
            month.present_value,
        )
        for month, paid in zip(months, so_far, strict=True)
    ]
    header = sheet.table(columns, rows)
    chart = workbook.add_chart({"type": "line"})
    chart.add_series(
        {
            "name": [sheet.name, header, SO_FAR],
            "categories": [sheet.name, header + 1, 0, header + len(rows), 0],
            "values": [sheet.name, header + 1, SO_FAR, header + len(rows), SO_FAR],
        }
    )
    sheet.worksheet.insert_chart(sheet.row + 1, 0, chart, {"x_scale": 1.4})
