"""Forecasts against series whose course is known, and the backtest against errors by hand."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

import planner
from planner.core.errors import InstanceError
from planner.study.forecasting.backtest import backtest
from planner.study.forecasting.clock import SeasonClock
from planner.study.forecasting.events import factors_of
from planner.study.forecasting.forecast import DemandForecast, forecast_of
from planner.study.forecasting.methods import ForecastMethod, median, seasonal_naive
from planner.study.forecasting.write import peaks, peaks_in_words
from tests.app.cli.commands import run_here

SERIES = Path(__file__).parents[3] / "instances" / "series"
DAY = 10 + 5 * np.sin(np.arange(24) / 24 * 2 * np.pi)
NAIVE = ForecastMethod("naive", 24, True, seasonal_naive)
UNCHANGED = SeasonClock.of(0.0, 1.0, 1000, None)


def forecast(history: np.ndarray, ahead: int = 24, with_decomposition: bool = False) -> DemandForecast:
    return forecast_of({"requests": history}, 1.0, ahead, with_decomposition)


def test_what_repeats_itself_goes_on() -> None:
    found = forecast(np.tile(DAY, 5), 36)
    assert found.rates["requests"] == pytest.approx(np.resize(DAY, 36))
    assert found.test.error(found.chosen.name) == pytest.approx(0)
    assert found.chosen.is_yardstick


def test_errors_of_the_naive_forecast_by_hand() -> None:
    history = np.concatenate([np.full(48, 10.0), np.full(24, 20.0), np.full(24, 25.0)])
    test = backtest(history, 24, [NAIVE], UNCHANGED)
    first, last = test.forecasts["naive"][0], test.forecasts["naive"][-1]
    assert (first == 10).all()
    assert (last == 20).all()
    assert test.actual[0].tolist() == [20.0] * 24
    assert test.actual[-1].tolist() == [25.0] * 24
    assert test.origins == 24
    off, came = np.abs(test.forecasts["naive"] - test.actual), test.actual
    assert test.error("naive", 0, 6) == pytest.approx(off[:, :6].sum() / came[:, :6].sum())


def test_a_forecast_sees_nothing_of_what_it_is_judged_by() -> None:
    seen: list[int] = []

    def watching(history: np.ndarray, season: int, ahead: int) -> np.ndarray:
        seen.append(len(history))
        return np.zeros(ahead)

    test = backtest(np.arange(96.0), 24, [ForecastMethod("watching", 24, False, watching)], UNCHANGED)
    assert [actual[0] for actual in test.actual] == seen
    assert max(seen) + 24 == 96


def test_growth_is_followed_by_the_decomposition_alone() -> None:
    growing = np.tile(DAY, 10) * np.repeat(1.1 ** np.arange(10), 24)
    found = forecast(growing, with_decomposition=True)
    assert not found.chosen.is_yardstick
    assert found.test.error(found.chosen.name) < found.test.error(found.yardstick.name) / 2


def test_one_odd_day_does_not_come_again_where_the_median_is_taken() -> None:
    days = [DAY, DAY, 3 * DAY, DAY, 2 * DAY, DAY, DAY, 3 * DAY]
    history = np.concatenate(days)
    assert median(history[:-5], 24, 30) == pytest.approx(np.resize(np.roll(DAY, 5), 30))
    found = forecast(history, with_decomposition=True)
    assert found.chosen.name.startswith("median of each hour")
    assert found.rates["requests"] == pytest.approx(DAY)


def test_the_busiest_period_of_each_day_is_told() -> None:
    found = forecast(np.tile(DAY, 5), 30)
    labels = [f"2026-03-{2 + period // 24:02}T{period % 24:02}:00+00:00" for period in range(30)]
    assert peaks(found, labels) == [(labels[6], 15.0), (labels[29], pytest.approx(DAY[5]))]
    events = np.where(np.arange(5 * 24 + 30) == 5 * 24 + 2, 2.0, 1.0)
    doubled = forecast_of({"requests": np.tile(DAY, 5)}, 1.0, 30, False, events=events)
    assert peaks_in_words(doubled, labels) == (
        "busiest of each day (requests a second): Mon 03-02 02:00: 25, Tue 03-03 05:00: 14.83"
    )


@pytest.mark.parametrize("name", ["azure2024_conv_week", "azure2024_code_week", "servegen_m_large_fortnight"])
def test_no_public_series_is_forecast_worse_than_by_the_naive_way(name: str) -> None:
    table = [line.split(",") for line in (SERIES / f"{name}.csv").read_text().splitlines() if line[0] != "#"]
    place = table[0].index("requests_per_s")
    found = forecast(np.array([float(row[place]) for row in table[1:]]), with_decomposition=True)
    errors = {method.name: found.test.error(method.name) for method in found.methods}
    assert errors[found.chosen.name] == min(errors.values())
    assert errors[found.chosen.name] <= errors[found.yardstick.name]
    assert sum(one.probability for one in found.courses) == pytest.approx(1)
    total = [one.factors @ found.rates["requests"] / found.rates["requests"].sum() for one in found.courses]
    assert total == sorted(total) == pytest.approx([one.demand for one in found.courses])
    for seen in {one.seen for one in found.courses}:
        likely = np.array([one.probability for one in found.courses])
        assert likely @ total == pytest.approx(seen.demand)
        assert np.sqrt(likely @ (np.array(total) - seen.demand) ** 2) == pytest.approx(seen.spread)
        assert seen.demand_kept == pytest.approx(1)


def test_what_nights_missed_is_no_factor_on_days_and_hours_without_demand_hide_no_scenario() -> None:
    """Every night (0 to 5 h) has another demand, nobody asks at 6 h, days are all alike; the history ends at 3 h."""
    night = np.arange(24) < 6
    days = [np.where(night, 2.0 + day % 5, DAY) * (np.arange(24) != 6) for day in range(30)]
    history = np.concatenate(days)[: -24 + 3]
    found = forecast(history, 24)
    at_night = np.resize(np.roll(night, -3), 24)
    factors = np.array([one.factors for one in found.courses])
    assert len(factors) == 3
    assert factors[:, ~at_night] == pytest.approx(1)
    assert (factors[:, at_night].std(axis=0) > 0.1).all()
    of_four_weeks = found.courses[0].seen.windows
    assert of_four_weeks == 4


def test_too_short_a_history_is_refused() -> None:
    with pytest.raises(InstanceError, match=r"2.5 days are too few to test a forecast: 3 at least"):
        forecast(np.tile(DAY, 3)[:60])
    with pytest.raises(InstanceError, match=r"14 days are too few to test a forecast: 17 at least"):
        forecast_of({"requests": np.arange(14.0)}, 24.0, 3, with_decomposition=False)
    with pytest.raises(InstanceError, match="periods of 168 h are too long for a forecast"):
        forecast_of({"requests": np.arange(14.0)}, 168.0, 3, with_decomposition=False)


def test_a_plan_for_what_may_come(tmp_path: Path) -> None:
    out = tmp_path / "next.csv"
    asked = (
        "forecast",
        str(SERIES / "azure2024_conv_week.csv"),
        "--periods",
        "24",
        "--naive",
        "--out",
        str(out),
    )
    done = run_here(*asked, "--event", "2024-05-19=2")
    assert done.returncode == 0, done.stderr
    assert "nothing beat the naive forecast" in done.stderr.replace("\n", " ")
    part = yaml.safe_load(out.with_suffix(".yaml").read_text())
    rates = {"prefill": 40_000, "decode": 3_000}
    units = [
        {"name": role, "role": role, "nodes": 1, "rate_tokens_per_s": {"chat": rate}}
        for role, rate in rates.items()
    ]
    fleet = {"h100": {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.0, "max_nodes": 99}}}
    instance = planner.from_dict(
        {"version": 1, "name": "next", **part, "deployments": units, "fleet": fleet}
        | {"workloads": {"chat": {"demand": _inline(out, part)}}}
    )
    assert instance.horizon.labels()[0] == "2024-05-19T00:00+00:00"
    assert set(instance.scenarios) == {"low", "middle", "high"}
    plan = planner.solve(instance)
    assert planner.check(instance, plan).passed
    last_week = [line.split(",") for line in (SERIES / "azure2024_conv_week.csv").read_text().splitlines()]
    assert float(_inline(out, part)["output_tokens_per_s"][0]) == pytest.approx(
        2 * float(last_week[-24][3]), rel=1e-3
    )


def test_a_promotion_of_the_past_is_no_season_and_one_ahead_comes_on_top() -> None:
    """Nine days; the sixth had three times the usual from 8 to 11 h, the last twice; the day ahead has half."""
    labels = [f"2026-03-{1 + hour // 24:02}T{hour % 24:02}:00+00:00" for hour in range(10 * 24)]
    told = ["2026-03-06T08:00/2026-03-06T11:00=3", "2026-03-09=2", "2026-03-10=0.5"]
    events = factors_of(told, labels, 9 * 24)
    assert {labels[at][:13]: events[at] for at in np.flatnonzero(events == 3)} == {
        f"2026-03-06T{hour}": 3 for hour in ("08", "09", "10")
    }
    history = np.tile(DAY, 9) * events[: 9 * 24]
    found = forecast_of({"requests": history}, 1.0, 24, False, events=events)
    assert found.rates["requests"] == pytest.approx(DAY / 2)
    assert found.test.error(found.chosen.name) == pytest.approx(0)
    unmarked = forecast_of({"requests": history}, 1.0, 24, False)
    assert unmarked.rates["requests"] == pytest.approx(2 * DAY)


def test_events_that_are_none_are_told() -> None:
    labels = [f"2026-03-{1 + hour // 24:02}T{hour % 24:02}:00+00:00" for hour in range(3 * 24)]
    for events, words in (
        (["soon=2"], "'soon=2' is no day with a factor"),
        (["2026-03-02=-1"], "is no day with a factor"),
        (["2026-03-02T08:00/2026-03-02=2"], "is no day with a factor"),
        (["2030-01-01=2"], "is not among the days seen or forecast, 2026-03-01 to 2026-03-03"),
        (["2026-03-02T08:30/2026-03-02T10:00=2"], "does not begin and end with periods"),
        (["2026-03-02T10:00/2026-03-02T08:00=2"], "ends before it begins"),
        (["2026-03-01=0"], "2026-03-01 is past: 0 leaves nothing"),
        (["2026-03-02=2", "2026-03-02T08:00/2026-03-02T10:00=2"], "is named twice"),
    ):
        with pytest.raises(InstanceError, match=re.escape(words)):
            factors_of(events, labels, 24)
    assert factors_of(["2026-03-03T22:00/2026-03-04T00:00=0"], labels, 24).tolist() == [1.0] * 70 + [0.0] * 2
    asked = ("forecast", str(SERIES / "azure2024_conv_week.csv"), "--periods", "24", "--naive")
    both = run_here(*asked, "--event", "soon=2", "--event", "2024-05-19=2", "--event", "2024-05-19=3")
    assert both.returncode == 3
    said = both.stderr.replace("\n", " ")
    assert "is no day with a factor" in said
    assert "2024-05-19 is named twice" in said
    named = run_here(*asked, "--workload", "a b: [", "--out", "never.csv")
    assert "--workload" in named.stderr


def _inline(file: Path, part: dict) -> dict[str, list[float]]:  # type: ignore[type-arg]
    """The columns that a part of an instance names, as lists."""
    rows = [line.split(",") for line in file.read_text().splitlines() if line[0] != "#"]
    demand = part["workloads"]["chat"]["demand"]
    named = {key: rows[0].index(column) for key, column in demand.items() if key != "csv"}
    return {key: [float(row[place]) for row in rows[1:]] for key, place in named.items()}
