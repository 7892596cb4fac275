"""Rows of a sheet of an XLSX workbook from outside, read within bounds."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

from planner.core.errors import Fault, InstanceError
from planner.core.extras import need
from planner.core.input_file import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MOST_BYTES = 5_000_000
MOST_UNPACKED_BYTES = 50_000_000
MOST_ROWS = 20_000
MOST_FORMULAS = 20
SUFFIX = ".xlsx"


def is_workbook(file: Path) -> bool:
    """Whether a file is called as workbooks are."""
    return file.suffix.lower() == SUFFIX


def workbook_rows(
    file: Path, what: str, sheet: str | None, most_columns: int, computed: bool
) -> list[tuple[int, tuple[Any, ...]]]:
    """Number and values of each row of a sheet (None: the first one), from the top.

    `computed`: of formulas the value that was last worked out, else their text. Raises InstanceError where the file is
    no such workbook, `what` being what it should be: "a quote sheet", and of formulas whose value nobody saved.
    """
    need(f"{what} as a workbook", "openpyxl")
    import openpyxl

    content = read_bytes(file, MOST_BYTES)
    faults: list[Fault] = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED_BYTES:
                raise ValueError(f"larger than {MOST_UNPACKED_BYTES} bytes once it is unpacked")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=computed)
        if sheet is not None and sheet not in book.sheetnames:
            raise ValueError(f"has no sheet '{sheet}'")
        found = book[sheet or book.sheetnames[0]]
        rows = found.iter_rows(max_row=MOST_ROWS, max_col=most_columns, values_only=True)
        values = list(enumerate(rows, 1))
        if computed:
            texts = openpyxl.load_workbook(io.BytesIO(content), read_only=True)[found.title]
            faults = _without_values(file, values, texts.iter_rows(max_row=MOST_ROWS, max_col=most_columns))
    except Exception as error:  # a workbook from outside can break its reader in any way
        raise InstanceError([Fault(f"not {what}: {error}", file=str(file))]) from None
    if faults:
        raise InstanceError(faults)
    return values


def _without_values(
    file: Path, values: list[tuple[int, tuple[Any, ...]]], texts: Iterable[Iterable[Any]]
) -> list[Fault]:
    """Formulas beside which no value is saved, the first `MOST_FORMULAS` of them."""
    lacking = [
        (number, cell.coordinate)
        for (number, row), cells in zip(values, texts, strict=False)
        for value, cell in zip(row, cells, strict=False)
        if value is None and cell.data_type == "f"
    ]
    words = "is a formula without a saved value: save the workbook in a spreadsheet program, or paste values"
    return [
        Fault(f"{place} {words}", file=str(file), line=number) for number, place in lacking[:MOST_FORMULAS]
    ]
