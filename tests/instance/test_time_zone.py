"""Clocks that change: windows, tariffs, days and series follow the zone, as the clock on the wall shows them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import yaml

import planner
from planner.core.errors import InstanceError
from planner.instance import Horizon
from planner.instance.day_hours import mean_over_periods, share_in_window
from planner.instance.timeline import timeline_of
from planner.verify.audit.calendar import calendar_of

BERLIN = "Europe/Berlin"
CASES = [
    ("Europe/Berlin", "2026-03-28T00:00+01:00", 1.0, 48),
    ("Europe/Berlin", "2026-10-24T17:00+02:00", 1.0, 50),
    ("America/New_York", "2026-03-07T00:00-05:00", 24.0, 4),
    ("America/New_York", "2026-10-31T12:00-04:00", 4.0, 12),
    ("Australia/Lord_Howe", "2026-04-04T20:00+11:00", 1.0, 30),
    ("Europe/Berlin", "2026-03-23T00:00+01:00", 168.0, 2),
    ("Asia/Shanghai", "2026-03-28T00:00+08:00", 6.0, 8),
]


def question(zone: str | None, start: str, hours: float, periods: int, **more: Any) -> dict[str, Any]:
    horizon = {"start": start, "period_hours": hours, "periods": periods}
    return {
        "version": 1,
        "name": "clock",
        "horizon": {**horizon, "timezone": zone} if zone else horizon,
        "workloads": {"chat": {"demand": {"input_tokens_per_s": 0, "output_tokens_per_s": 100}}},
        "deployments": [
            {"name": "prefill", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 1000}},
            {"name": "decode", "role": "decode", "nodes": 1, "rate_tokens_per_s": {"chat": 200}},
        ],
        "fleet": {"h800": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1, "max_nodes": 10}}},
        **more,
    }


def walls(zone: str, start: str, hours: float, periods: int) -> list[list[datetime]]:
    """What the clock shows in the middle of each minute of each period."""
    begin, minutes = datetime.fromisoformat(start).astimezone(UTC), round(60 * hours)
    return [
        [
            (begin + timedelta(minutes=period * minutes + minute, seconds=30)).astimezone(ZoneInfo(zone))
            for minute in range(minutes)
        ]
        for period in range(periods)
    ]


@pytest.mark.parametrize(("zone", "start", "hours", "periods"), CASES)
def test_windows_and_tariffs_by_the_minute(zone: str, start: str, hours: float, periods: int) -> None:
    horizon = Horizon.model_validate(
        {"start": start, "period_hours": hours, "periods": periods, "timezone": zone}
    )
    timeline = timeline_of(horizon, "off", [1.0])
    calendar = calendar_of(planner.from_dict(question(zone, start, hours, periods)))
    shown = [
        [moment.hour + moment.minute / 60 for moment in each] for each in walls(zone, start, hours, periods)
    ]
    for begin, end in ((0.0, 8.0), (22.0, 2.5), (2.0, 3.0), (3.5, 23.0)):
        length = (end - begin) % 24
        by_hand = [np.mean([(hour - begin) % 24 < length for hour in each]) for each in shown]
        assert share_in_window(timeline, begin, end) == pytest.approx(by_hand, abs=1e-9)
        assert calendar.share_of_window(begin, end) == pytest.approx(by_hand, abs=1e-9)
    tariff = np.arange(24.0) ** 2
    by_hand = [np.mean([tariff[int(hour)] for hour in each]) for each in shown]
    assert mean_over_periods(timeline, np.arange(24.0), tariff) == pytest.approx(by_hand)
    assert timeline.clock == pytest.approx(calendar.clock)


@pytest.mark.parametrize(("zone", "start", "hours", "periods"), CASES)
def test_labels_and_days_are_those_of_the_calendar(zone: str, start: str, hours: float, periods: int) -> None:
    instance = planner.from_dict(
        question(zone, start, hours, periods, start_up={"before_first_period": "off"})
    )
    begins = [
        (datetime.fromisoformat(start) + timedelta(hours=hours * period)).astimezone(ZoneInfo(zone))
        for period in range(periods)
    ]
    assert instance.horizon.labels() == [begin.isoformat(timespec="minutes") for begin in begins]
    days: list[date] = [begin.date() for begin in begins]
    by_hand = np.unique([day.toordinal() for day in days], return_inverse=True)[1]
    timeline = timeline_of(instance.horizon, "off", [1.0])
    assert timeline.day.tolist() == by_hand.tolist()
    assert np.diff(calendar_of(instance).day).tolist() == np.diff([day.toordinal() for day in days]).tolist()


def test_a_leap_year_in_a_zone_is_8784_hours_that_end_where_the_next_begins() -> None:
    horizon = Horizon.model_validate({"start": "2028-01-01T00:00+01:00", "periods": 8784, "timezone": BERLIN})
    assert horizon.moment_at(8784) == "2029-01-01T00:00+01:00"
    labels = horizon.labels()
    assert len(set(labels)) == 8784
    assert "2028-02-29T12:00+01:00" in labels
    assert sum(label.startswith("2028-03-26T") for label in labels) == 23
    assert sum(label.startswith("2028-10-29T") for label in labels) == 25


def test_a_plan_across_both_changes_holds() -> None:
    for start in ("2026-03-29T00:00+01:00", "2026-10-25T00:00+02:00"):
        asked = question(BERLIN, start, 1.0, 24)
        asked["workloads"]["chat"]["price_usd_per_million_tokens"] = {
            "input_hit": 1,
            "input_miss": 1,
            "output": 2,
        }
        asked["workloads"]["chat"]["off_peak"] = {
            "from_hour": 0,
            "to_hour": 8,
            "price_usd_per_million_tokens": {"input_hit": 1, "input_miss": 1, "output": 1},
        }
        asked["hardware"] = {"h800": {"power_kw_per_node": 10}}
        tariff = [0.5] * 3 + [0.1] * 21
        asked["fleet"]["h800"] = {
            "own": {
                "kind": "purchase",
                "price_usd_per_node": 8760,
                "life_years": 1,
                "cost_of_capital": 0,
                "max_nodes": 4,
                "energy_usd_per_kwh": tariff,
            }
        }
        instance = planner.from_dict(asked)
        plan = planner.solve(instance)
        dear = sum(int(label[11:13]) < 3 for label in instance.horizon.labels())
        assert dear == (3 if "03-29" in start else 4)
        assert plan.cost == pytest.approx(24 + 10 * (0.5 * dear + 0.1 * (24 - dear)))
        assert planner.check(instance, plan).passed


def told(asked: dict[str, Any]) -> str:
    with pytest.raises(InstanceError) as caught:
        planner.from_dict(asked)
    return str(caught.value)


def test_what_is_no_zone_or_not_its_offset_is_told() -> None:
    assert "'Europe/Berln' is no zone of time; did you mean 'Europe/Berlin'?" in told(
        question("Europe/Berln", "2026-01-01T00:00+01:00", 1, 24)
    )
    assert "write 2026-07-01T01:00+02:00, or for the same hour there 2026-07-01T00:00+02:00" in told(
        question(BERLIN, "2026-07-01T00:00+01:00", 1, 24)
    )
    assert "periods of 168 hours at most" in told(question(BERLIN, "2026-07-01T00:00+02:00", 169, 2))


def written(folder: Path, day: str, times: list[str], periods: int, column: str = "time") -> Path:
    asked = question(BERLIN, day, 1.0, periods)
    asked["workloads"]["chat"]["demand"] = {
        "csv": "s.csv",
        "input_tokens_per_s": "in",
        "output_tokens_per_s": "out",
    }
    rows = [f"{time},0,{100 + place}" for place, time in enumerate(times)]
    (folder / "s.csv").write_text("\n".join([f"{column},in,out", *rows]) + "\n")
    (folder / "a.yaml").write_text(yaml.safe_dump(asked))
    return folder / "a.yaml"


def test_series_on_the_clock_of_the_zone(tmp_path: Path) -> None:
    spring, autumn = "2026-03-29T00:00+01:00", "2026-10-25T00:00+02:00"
    short = [hour for hour in range(24) if hour != 2]
    long = [0, 1, 2, 2, *range(3, 24)]
    planner.load(written(tmp_path, spring, [f"2026-03-29 {hour:02}:00" for hour in short], 23))
    planner.load(written(tmp_path, autumn, [f"2026-10-25 {hour:02}:00" for hour in long], 25))
    planner.load(written(tmp_path, spring, [str(hour) for hour in short], 23, "hour"))
    planner.load(written(tmp_path, autumn, [str(hour) for hour in long], 25, "hour"))
    planner.load(written(tmp_path, autumn, ["2026-10-25"] * 25 + ["2026-10-26"], 26, "date"))
    for times in (range(23), [0, 1, 2, *range(4, 24)]):
        wrong = written(tmp_path, spring, [f"2026-03-29 {hour:02}:00" for hour in times], 23)
        with pytest.raises(
            InstanceError, match=r"s.csv:4:1: .*has 2026-03-29 02:00, which no clock shows in Europe/Ber"
        ):
            planner.load(wrong)
    once = written(tmp_path, autumn, [f"2026-10-25 {hour:02}:00" for hour in range(24)], 24)
    with pytest.raises(InstanceError, match=r"s.csv:5:1: .*where the horizon has 2026-10-25T02:00\+01:00"):
        planner.load(once)


def test_nodes_are_lent_by_the_clock_on_the_wall() -> None:
    for start, fits in (("2026-03-29T00:00+01:00", 3), ("2026-10-25T00:00+02:00", 4)):
        taker = {"hardware": "h800", "price_usd_per_node_hour": 0.5, "block_hours": 1, "max_nodes": 1}
        lending = {"batch": {**taker, "from_hour": 0, "to_hour": 3}}
        asked = question(BERLIN, start, 1.0, 24)
        asked["fleet"]["h800"] = {"own": {"kind": "existing", "nodes": 3}}
        instance = planner.from_dict({**asked, "lending": lending})
        plan = planner.solve(instance)
        assert planner.check(instance, plan).passed
        assert -plan.cost == pytest.approx(0.5 * fits)


def test_a_tariff_below_zero_is_paid_for_nodes_in_use() -> None:
    asked = question(None, "2026-06-01T00:00+00:00", 1.0, 24, hardware={"h800": {"power_kw_per_node": 10}})
    tariff = [-0.05 if 10 <= hour < 15 else 0.1 for hour in range(24)]
    own = {
        "kind": "purchase",
        "price_usd_per_node": 8760,
        "life_years": 1,
        "cost_of_capital": 0,
        "max_nodes": 10,
    }
    asked["fleet"]["h800"] = {"own": {**own, "energy_usd_per_kwh": tariff}}
    asked["workloads"]["chat"]["demand"]["input_tokens_per_s"] = 1
    instance = planner.from_dict(asked)
    plan = planner.solve(instance)
    assert plan.cost == pytest.approx(
        2 * (24 + 10 * (19 * 0.1 - 5 * 0.05))
    )  # two nodes, held and run all day
    assert planner.check(instance, plan).passed
