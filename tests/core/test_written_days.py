"""Days with the year last: read where nobody can mistake them, or in the order that is told."""

from __future__ import annotations

import pytest

from planner.core.written_days import DayOrder, as_iso, day_order, is_written

DAY, MONTH = DayOrder


@pytest.mark.parametrize(
    ("text", "order", "iso"),
    [
        ("01.06.2025", DAY, "2025-06-01"),
        ("1.6.2025 9:05", DAY, "2025-06-01T09:05"),
        ("01/06/2025, 13:00:30.5 +02:00", DAY, "2025-06-01T13:00:30.5+02:00"),
        ("6/1/2025 12:15 AM", MONTH, "2025-06-01T00:15"),
        ("6/1/2025 12:15:00 pm", MONTH, "2025-06-01T12:15:00"),
        ("06-13-2025T23:00Z", MONTH, "2025-06-13T23:00Z"),
        ("13/06/2025", MONTH, "13/06/2025"),
        ("1/2/2025 13:00 PM", DAY, "1/2/2025 13:00 PM"),
        ("2025-06-01", DAY, "2025-06-01"),
        ("1.155", DAY, "1.155"),
    ],
)
def test_as_iso_8601_has_it(text: str, order: DayOrder, iso: str) -> None:
    assert as_iso(text, order) == iso


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["01.02.2025"], DAY),
        (["01/02/2025", "13/02/2025"], DAY),
        (["01/02/2025", "01/13/2025 10:00"], MONTH),
        (["01/02/2025", "12-12-2025"], None),
        (["2025-01-13"], None),
    ],
)
def test_which_comes_first_is_told_by_numbers_that_no_month_has(
    texts: list[str], order: DayOrder | None
) -> None:
    assert day_order(texts) is order
    assert is_written(texts[0]) is not texts[0].startswith("2025")
