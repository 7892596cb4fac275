"""Lists of prices as files, CSV or XLSX by their names: what `read_book` reads."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from planner.core.extras import need
from planner.core.workbook_rows import is_workbook
from planner.loader.catalog import book_text
from planner.loader.catalog.pricebook import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.loader.catalog import Price

SHEET = "Prices"


def price_list(file: Path, about: str, prices: Sequence[Price]) -> bytes:
    """The content of a file of that name, with `about` in the lines above."""
    if not is_workbook(file):
        return book_text(about, prices).encode()
    need("a list of prices as a workbook", "xlsxwriter")
    from planner.view.exports.workbook.book import new_workbook
    from planner.view.exports.workbook.sheet import DECIMAL, TEXT, WHOLE, Sheet, SheetColumn

    forms = {"gpus": WHOLE, "price": DECIMAL}
    stream = io.BytesIO()
    with new_workbook(stream) as workbook:
        sheet = Sheet(workbook, SHEET)
        for line in about.splitlines():
            sheet.put(sheet.row, 0, f"# {line}")
            sheet.row += 1
        columns = [SheetColumn(name, forms.get(name, TEXT), 16) for name in COLUMNS]
        sheet.table(columns, [list(price.as_row().values()) for price in prices])
    return stream.getvalue()
