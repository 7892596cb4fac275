"""A sheet with a table: frozen header, real numbers with formats, texts that are never formulas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from planner.core.visible import visible
from planner.plan.period_names import period_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

LONGEST_TEXT = 32_000
MONEY, WHOLE, DECIMAL, SHARE, MOMENT, TEXT = (
    "#,##0.00",
    "#,##0",
    "#,##0.0###",
    "0.0%",
    "yyyy-mm-dd hh:mm",
    "@",
)


@dataclass(frozen=True)
class SheetColumn:
    """A column: heading, number format, width in characters, and whether it is totalled."""

    heading: str
    form: str = TEXT
    width: float = 14
    total: bool = False


def moment_column(heading: str, labels: Sequence[str], width: float) -> SheetColumn:
    """A column of beginnings of periods, told at their offset from UTC, or row by row where the clock is changed."""
    first = period_name(labels[0]).start.isoformat()[19:] or "local"
    if len({label[-len(first) :] for label in labels}) > 1:
        return SheetColumn(heading, TEXT, width)
    return SheetColumn(f"{heading} ({first})", MOMENT, width)


class Sheet:
    """One worksheet of a workbook, written from the top."""

    def __init__(self, workbook: Workbook, name: str) -> None:
        self._workbook = workbook
        self._formats: dict[tuple[str, bool], Format] = {}
        self.worksheet: Worksheet = workbook.add_worksheet(name)
        self.name = name
        self.row = 0

    def form(self, form: str, bold: bool = False) -> Format:
        """A number format, made once."""
        if (form, bold) not in self._formats:
            self._formats[form, bold] = self._workbook.add_format({"num_format": form, "bold": bold})
        return self._formats[form, bold]

    def heading(self, text: str) -> None:
        """A bold line of its own."""
        self.put(self.row, 0, text, TEXT, bold=True)
        self.row += 1

    def pair(self, label: str, value: Any, form: str = TEXT) -> None:
        """A label and its value."""
        self.put(self.row, 0, label)
        self.put(self.row, 1, value, form)
        self.row += 1

    def table(
        self, columns: Sequence[SheetColumn], rows: Sequence[Sequence[Any]], freeze: bool = True
    ) -> int:
        """Write a table at the current row with live totals under it; returns the row of its header."""
        header = self.row
        for place, column in enumerate(columns):
            self.worksheet.set_column(place, place, column.width)
            self.put(header, place, column.heading, TEXT, bold=True)
        for offset, row in enumerate(rows, header + 1):
            for place, (column, value) in enumerate(zip(columns, row, strict=True)):
                self.put(offset, place, value, column.form)
        self.row = header + 1 + len(rows)
        if freeze:
            self.worksheet.freeze_panes(header + 1, 1)
        if rows and any(column.total for column in columns):
            self._totals(columns, rows, header)
        return header

    def _totals(self, columns: Sequence[SheetColumn], rows: Sequence[Sequence[Any]], header: int) -> None:
        from xlsxwriter.utility import xl_range

        self.put(self.row, 0, "total", TEXT, bold=True)
        for place, column in enumerate(columns):
            if column.total:
                value = sum(row[place] or 0.0 for row in rows)
                formula = f"=SUM({xl_range(header + 1, place, header + len(rows), place)})"
                self.worksheet.write_formula(
                    self.row, place, formula, self.form(column.form, bold=True), value
                )
        self.row += 1

    def put(self, row: int, place: int, value: Any, form: str = TEXT, bold: bool = False) -> None:
        """Write one cell by the type of its value; a text is never a formula, a link or a number.

        A moment in a column of texts keeps its offset from UTC.
        """
        if value is None:
            return
        if isinstance(value, datetime) and form == TEXT:
            value = value.isoformat(timespec="minutes")
        if isinstance(value, datetime):
            self.worksheet.write_datetime(row, place, value.replace(tzinfo=None), self.form(form, bold))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            number_form = DECIMAL if form == TEXT else form
            self.worksheet.write_number(row, place, value, self.form(number_form, bold))
        else:
            text = visible(str(value))
            text = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}..."
            self.worksheet.write_string(row, place, text, self.form(TEXT, bold))
