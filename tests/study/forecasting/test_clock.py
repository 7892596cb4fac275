"""Seasons by the clock of a zone where clocks change, and errors laid on the hours of the week when they occurred."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from planner.study.backtesting.safeties import Past, usual_safeties
from planner.study.forecasting.clock import SeasonClock
from planner.study.forecasting.courses import courses_of
from planner.study.forecasting.forecast import forecast_of
from planner.study.forecasting.methods import ForecastMethod, median, seasonal_naive
from planner.study.forecasting.write import scenarios_in_words
from tests.app.cli.commands import run_here

BERLIN = ZoneInfo("Europe/Berlin")


def hours_shown(start: datetime, count: int) -> list[datetime]:
    """What the clock in Berlin shows as each of so many hours begins."""
    return [(start.astimezone(UTC) + timedelta(hours=hour)).astimezone(BERLIN) for hour in range(count)]


def office(shown: list[datetime]) -> np.ndarray:
    """Ten from 8 to 18 h on the clock, else one; a batch of five at 2 h, which is skipped in spring and comes twice."""
    return np.array([10.0 if 8 <= at.hour < 18 else 5.0 if at.hour == 2 else 1.0 for at in shown])


@pytest.mark.parametrize(
    "changed", [datetime(2026, 10, 25, tzinfo=BERLIN), datetime(2026, 3, 29, tzinfo=BERLIN)]
)
@pytest.mark.parametrize("days_after", [-7, 0, 3, 16])
def test_office_hours_stay_where_the_clock_has_them(changed: datetime, days_after: int) -> None:
    """Three weeks seen, the change in what is seen or in what is forecast."""
    begin, now = (changed + timedelta(days=days) for days in (days_after - 21, days_after))
    known = round((now.astimezone(UTC) - begin.astimezone(UTC)) / timedelta(hours=1))
    rates = office(hours_shown(begin, known + 169))
    clock = SeasonClock.of(begin.timestamp(), 1.0, known + 169, BERLIN)
    for season in (24, 168):
        for way in (seasonal_naive, median):
            made = clock.forecast(ForecastMethod("way", season, True, way), rates[:known], 169)
            assert made.tolist() == rates[known:].tolist()
    found = forecast_of({"requests": rates[:known]}, 1.0, 24, False, clock)
    assert found.test.error(found.chosen.name) == 0
    past = Past({"requests": rates[:known]}, 1.0, 169, found, clock)
    foreseen = usual_safeties((0.5,), (), scenarios=False)[1].foresee(past)
    assert foreseen is not None
    assert foreseen.rates["requests"].tolist() == rates[known:].tolist()
    plain = forecast_of({"requests": rates[:known]}, 1.0, 169, False)
    assert (plain.rates["requests"].tolist() == rates[known:].tolist()) == (days_after != 0)


def test_the_command_goes_by_the_clock_of_its_zone(tmp_path: Path) -> None:
    shown = hours_shown(datetime(2026, 10, 22, tzinfo=BERLIN), 3 * 24 + 49)
    rows = [
        f"{at.isoformat()},{rate * 3600:g}"
        for at, rate in zip(shown[:-49], office(shown[:-49]).tolist(), strict=True)
    ]
    history = tmp_path / "hours.csv"
    history.write_text("\n".join(["time,requests", *rows]) + "\n")
    done = run_here(
        *("forecast", str(history), "--timezone", "Europe/Berlin", "--periods", "49", "--naive", "--json")
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["times"] == [at.isoformat(timespec="minutes") for at in shown[-49:]]
    assert found["rates"]["requests_per_s"] == pytest.approx(office(shown[-49:]).tolist())


def test_periods_that_lie_over_two_slots_after_the_change_are_their_mean() -> None:
    """Periods of two hours: from the change on, one begins at 23, 1, 3 h ... by the clock, half of it in each slot."""
    begin = datetime(2026, 10, 23, tzinfo=BERLIN)
    day = np.arange(12.0)
    clock = SeasonClock.of(begin.timestamp(), 2.0, 24 + 14, BERLIN)
    made = clock.forecast(ForecastMethod("naive", 12, True, seasonal_naive), np.tile(day, 2), 14)
    halves = [(low + (low + 1) % 12) / 2 for low in range(12)]
    assert made.tolist() == pytest.approx([0, 1, *halves[1:], halves[0]])


def test_errors_are_laid_on_the_weekday_and_hour_in_which_they_occurred_and_named_by_the_demand_they_lead_to() -> (
    None
):
    """Six weeks by the clock, which changes in the fourth; the forecast begins on a Thursday at 5 h.

    The forecast is 100 on Wednesdays at 9 h, else 10. In week 3 a Friday at 20 h has 30, three times as much: 20 more.
    In week 4 the Wednesday has 150: 50 more. In week 5 Sunday at 7 h has 5: 5 less. Week 6 comes as forecast. Mean and
    mean of squares of the demand, 16.25 and 731.25 beside the forecast, are kept by three weeks: of -5, 20 and 50 with
    p = 1 - p2 - p3, 25 p2 + 55 p3 = 21.25, 375 p2 + 2475 p3 = 706.25.
    """
    begin = datetime(2026, 10, 1, 5, tzinfo=BERLIN)
    known = 6 * 168 + 1
    shown = hours_shown(begin, known + 168)
    usual = np.array([100.0 if (at.weekday(), at.hour) == (2, 9) else 10.0 for at in shown])
    came = usual.copy()
    odd = {"2026-10-16T20": 30.0, "2026-10-28T09": 150.0, "2026-11-01T07": 5.0}
    for text, rate in odd.items():
        came[[at.isoformat()[:13] for at in shown].index(text)] = rate

    def as_in_the_first(history: np.ndarray, season: int, ahead: int) -> np.ndarray:
        return history[(len(history) + np.arange(ahead)) % season]

    clock = SeasonClock.of(begin.timestamp(), 1.0, known + 168, BERLIN)
    way = ForecastMethod("first week", 168, False, as_in_the_first)
    low, middle, high = courses_of(came[:known], usual[known:], way, clock, 1.0)
    total = 167 * 10 + 100

    def odd_hours(factors: np.ndarray) -> dict[str, float]:
        return {f"{shown[known + at]:%a %H}": float(factors[at]) for at in np.flatnonzero(factors != 1)}

    assert odd_hours(low.factors) == {"Sun 07": 0.5}
    assert odd_hours(middle.factors) == {"Fri 20": 3.0}
    assert odd_hours(high.factors) == {"Wed 09": 1.5}
    assert [one.demand for one in (low, middle, high)] == pytest.approx(
        [1 - 5 / total, 1 + 20 / total, 1 + 50 / total]
    )
    probabilities = np.array([one.probability for one in (low, middle, high)])
    assert probabilities == pytest.approx([1 - 1 / 3 - 387.5 / 1650, 1 / 3, 387.5 / 1650])
    more = np.array([one.demand - 1 for one in (low, middle, high)]) * total
    assert [probabilities @ more, probabilities @ more**2] == pytest.approx([16.25, 731.25])
    assert all(one.seen.of_weekdays for one in (low, middle, high))


def test_where_few_weeks_are_known_scenarios_say_that_they_are_of_other_weekdays_or_that_there_are_none() -> (
    None
):
    history = np.tile(np.arange(1.0, 25.0), 12) * np.repeat(1.0 + np.arange(12) % 3, 24)
    days = forecast_of({"requests": history}, 1.0, 24, False)
    assert [one.seen.of_weekdays for one in days.courses] == [False] * 3
    assert "hours of other weekdays" in scenarios_in_words(days)[0]
    week = forecast_of({"requests": history}, 1.0, 168, False)
    assert week.courses == ()
    assert scenarios_in_words(week)[0].startswith("no scenarios: fewer than three")
