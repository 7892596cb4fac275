"""A sheet for each declared table of the plan that no other sheet shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from planner.plan.tables import TABLES, Kind
from planner.plan.tables.declared import MONEY, MONEY_PER_HOUR, SHARE
from planner.view.exports.workbook.sheet import DECIMAL, TEXT, WHOLE, Sheet, SheetColumn, moment_column
from planner.view.exports.workbook.sheet import MONEY as MONEY_FORM
from planner.view.exports.workbook.sheet import SHARE as SHARE_FORM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.workbook import Workbook

    from planner.plan.plan import Plan
    from planner.plan.tables import PlanTable, TableColumn

MOST_ROWS = 1_000_000
"""A sheet holds 1,048,576 rows; what is beyond is in the CSV export."""
_FORMS = {MONEY: MONEY_FORM, MONEY_PER_HOUR: MONEY_FORM, SHARE: SHARE_FORM}


def declared_sheets(workbook: Workbook, plan: Plan) -> None:
    """Write the sheets of the tables that have rows."""
    for table in TABLES.values():
        if table.in_workbook and len(frame := plan.frame(table.name)):
            _sheet(workbook, plan, table, frame)


def _sheet(workbook: Workbook, plan: Plan, table: PlanTable, frame: pd.DataFrame) -> None:
    sheet = Sheet(workbook, table.title)
    declared = {column.name: column for column in table.columns}
    columns = [_column(name, declared.get(name), frame[name], plan) for name in frame.columns]
    shown = frame.head(MOST_ROWS).astype(object)
    rows: Sequence[Sequence[object]] = list(
        shown.where(shown.notna(), None).itertuples(index=False, name=None)
    )
    sheet.table(columns, rows)
    if len(frame) > MOST_ROWS:
        sheet.put(sheet.row, 0, f"{len(frame) - MOST_ROWS:,} more rows are in the CSV export")


def _column(name: str, column: TableColumn | None, values: pd.Series, plan: Plan) -> SheetColumn:
    """The column of a sheet; `column` is None for those that a frame adds: names of blocks, rates by work."""
    if column is None:
        is_number = pd.api.types.is_numeric_dtype(values)
        return SheetColumn(name.replace("_", " "), DECIMAL if is_number else TEXT, 24)
    heading = column.heading(plan.currency)
    if column.kind is Kind.PERIOD:
        return moment_column(heading, plan.periods, 24)
    if column.kind is Kind.COUNT:
        return SheetColumn(heading, WHOLE, 16)
    if column.kind is Kind.NUMBER:
        return SheetColumn(heading, _FORMS.get(column.unit, DECIMAL), 18, total=column.unit == MONEY)
    return SheetColumn(heading, TEXT, 24)
