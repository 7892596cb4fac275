"""Gaps filled from earlier days by the clock of a zone: days of 23 and 25 hours, hours that come twice or never."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from planner.core.errors import InstanceError
from planner.loader.demand.course import MEASURES, MINUTE_S, DemandCourse, of_all
from planner.loader.demand.gaps import treated

BERLIN = ZoneInfo("Europe/Berlin")


def filled(begin: str, days: int, gap: tuple[str, str], treatment: str) -> list[tuple[str, float]]:
    """What a gap of a course is filled with by quarter of an hour, each minute being worth its local hour and minute.

    Of an hour that comes twice the second is worth 100 more.
    """
    first = datetime.fromisoformat(begin)
    moments = [(first + timedelta(minutes=place)).astimezone(BERLIN) for place in range(days * 1_440)]
    worth = np.array([moment.hour + moment.minute / 100 + 100 * moment.fold for moment in moments])
    missing = np.array(
        [datetime.fromisoformat(gap[0]) <= moment < datetime.fromisoformat(gap[1]) for moment in moments]
    )
    course = DemandCourse(
        begin_s=first.timestamp(),
        sums=np.where(missing, 0.0, worth)[None] * np.array([[1.0], [0], [0], [0]]),
        missing=of_all(("requests",), missing),
        known=("requests",),
        resolution_s=MINUTE_S,
        first_s=first.timestamp(),
        end_s=first.timestamp() + days * 86_400,
    )
    found, _ = treated(course, treatment, BERLIN)
    requests = found.sums[MEASURES.index("requests")]
    places = np.flatnonzero(missing)[::15].tolist()
    return [(f"{moments[place]:%H:%M}", round(float(requests[place]), 6)) for place in places]


@pytest.mark.parametrize("treatment", ["day-before", "week-before"])
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_a_morning_after_a_change_is_as_the_morning_before_it_by_the_clock(day: str, treatment: str) -> None:
    """24 hours before 9 h on the day of a change it was 8 h, or 10 h."""
    since = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=BERLIN) - timedelta(days=8)
    gap = tuple(
        datetime.fromisoformat(f"{day}T{hour}:00").replace(tzinfo=BERLIN).isoformat() for hour in ("09", "11")
    )
    found = filled(since.isoformat(), 10, gap, treatment)  # type: ignore[arg-type]
    assert len(found) == 8
    assert all(worth == pytest.approx(float(text.replace(":", "."))) for text, worth in found)


def test_hours_that_come_twice_are_as_the_one_before_and_the_one_after_them_as_the_mean_of_both() -> None:
    twice = filled(
        "2026-10-23T00:00+02:00", 5, ("2026-10-25T02:00+02:00", "2026-10-25T03:00+01:00"), "day-before"
    )
    assert twice == [(f"02:{minute:02}", 2 + minute / 100) for minute in (0, 15, 30, 45)] * 2
    after = filled(
        "2026-10-23T00:00+02:00", 5, ("2026-10-26T02:00+01:00", "2026-10-26T03:00+01:00"), "day-before"
    )
    assert after == [(f"02:{minute:02}", 52 + minute / 100) for minute in (0, 15, 30, 45)]


def test_an_hour_that_never_came_the_day_before_is_as_the_one_before_that() -> None:
    found = filled(
        "2026-03-27T00:00+01:00", 5, ("2026-03-30T02:00+02:00", "2026-03-30T03:00+02:00"), "day-before"
    )
    assert found == [(f"02:{minute:02}", 2 + minute / 100) for minute in (0, 15, 30, 45)]


def test_what_nobody_knows_of_the_day_before_is_refused() -> None:
    with pytest.raises(
        InstanceError, match=r"the gap at 2026-10-23T09:00\+02:00 cannot be filled from before"
    ):
        filled(
            "2026-10-23T00:00+02:00", 1, ("2026-10-23T09:00+02:00", "2026-10-23T10:00+02:00"), "day-before"
        )
