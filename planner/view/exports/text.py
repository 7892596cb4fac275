"""Texts that stay texts: cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from planner.core.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def inert(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would read it as a formula.

    The rule of the OWASP ASVS (1.2.10, against CWE-1236): a first character out of `= + - @`, tab, carriage
    return or NUL; their full-width forms too. NUL is dropped, as no spreadsheet can hold it, and a carriage
    return becomes a line feed, as it would end the row in some readers. Other control characters are shown.
    """
    dangerous = text.startswith(_DANGEROUS) or text.lstrip(" ").startswith(_DANGEROUS)
    clean = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return f"'{visible(clean)}" if dangerous else visible(clean)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """CSV with a header: texts inert, numbers as they are, moments to the minute as ISO 8601, None empty."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([inert(name) for name in header])
    writer.writerows(map(_cell, row) for row in rows)
    return stream.getvalue()


def _cell(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="minutes")
    return inert(cell) if isinstance(cell, str) else cell


def csv_of(frame: pd.DataFrame) -> str:
    """CSV of a frame: columns of texts inert, columns of numbers as they are."""
    plain = frame.astype(object).where(frame.notna(), None)
    return csv_text([str(name) for name in frame.columns], plain.itertuples(index=False, name=None))
