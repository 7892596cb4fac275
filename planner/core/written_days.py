"""Days and times as spreadsheets and people write them, with the year last: 31.1.2026, 1/31/2026 2:00 PM.

With dots the day comes first, everywhere. With `/` or `-` day or month may: a number above 12 among several texts tells
which, and where none does nobody but their author knows.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WRITTEN = re.compile(
    r"(?P<one>\d\d?)(?P<between>[./-])(?P<other>\d\d?)(?P=between)(?P<year>\d{4})"
    r"(?:(?:T|,? )(?P<hour>\d\d?):(?P<rest>\d\d(?::\d\d(?:\.\d{1,9})?)?)(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?)?"
    r"(?P<offset> ?(?:Z|UTC|[+-]\d\d:?\d\d))?",
    re.ASCII,
)
_MONTHS = 12


class DayOrder(StrEnum):
    """Which of day and month a text has first."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


def is_written(text: str) -> bool:
    """Whether a text is a day with its year last, with or without a time."""
    return _WRITTEN.fullmatch(text) is not None


def day_order(texts: Iterable[str]) -> DayOrder | None:
    """What texts of one column tell of their order; None where all may be read either way."""
    for text in texts:
        found = _WRITTEN.fullmatch(text)
        if found is None:
            continue
        if found["between"] == "." or int(found["one"]) > _MONTHS:
            return DayOrder.DAY_FIRST
        if int(found["other"]) > _MONTHS:
            return DayOrder.MONTH_FIRST
    return None


def as_iso(text: str, order: DayOrder) -> str:
    """The text as ISO 8601 has it; as it is where it is no such day, or none in this order."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return text
    day, month = (
        (found["one"], found["other"]) if order is DayOrder.DAY_FIRST else (found["other"], found["one"])
    )
    if int(month) > _MONTHS:
        return text
    iso = f"{found['year']}-{month:0>2}-{day:0>2}"
    if found["hour"] is not None:
        hour = int(found["hour"])
        if found["half"] is not None:
            if not 1 <= hour <= _MONTHS:
                return text
            hour = hour % _MONTHS + _MONTHS * (found["half"] in "Pp")
        iso += f"T{hour:02}:{found['rest']}"
    return iso + (found["offset"] or "").strip()
