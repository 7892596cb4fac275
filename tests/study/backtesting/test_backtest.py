"""Plans tried on the past, on days of two periods whose every cost is worked by hand.

A node serves a request a second. Reserved it costs 24 a day, hired 36 a period of 12 hours, and 2 can be had at most; a
request a second that goes unserved for a period costs 432.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from planner.app.cli.backtest import _record
from planner.core.errors import InstanceError
from planner.instance import Instance
from planner.loader import from_dict
from planner.study.backtesting.backtest import BacktestQuestion, _drift, _pasts, backtest
from planner.study.backtesting.history import (
    DemandHistory,
    begins_off_clock,
    demand_stated,
    places_of_horizons,
)
from planner.study.backtesting.outcome import BacktestOutcome
from planner.study.backtesting.safeties import usual_safeties
from tests.app.cli.commands import run_here
from tests.model.test_scenarios import EXACT

MONDAY_S = 1_735_516_800.0  # 2024-12-30T00:00+00:00
CALM = [2.0, 4.0]
DATA = {
    "version": 1,
    "name": "days",
    "horizon": {"start": "2025-06-02T00:00+00:00", "period_hours": 12, "periods": 2},
    "workloads": {"chat": {"demand": {"requests_per_s": 1}, "shed_usd_per_million_requests": 10_000}},
    "deployments": [{"name": "unit", "role": "request", "nodes": 1, "rate_requests_per_s": {"chat": 1}}],
    "fleet": {
        "h100": {
            "kept": {"kind": "reserved", "price_usd_per_node_hour": 1.0, "max_nodes": 20},
            "rent": {"kind": "on_demand", "price_usd_per_node_hour": 3.0, "max_nodes": 2},
        }
    },
}


def days(**changes: object) -> Instance:
    return from_dict({**DATA, **changes})


def history(*of_days: list[float], begin_s: float = MONDAY_S) -> DemandHistory:
    return DemandHistory(begin_s, 12.0, {"requests": np.concatenate([np.array(day) for day in of_days])})


def lived(
    instance: Instance, past: DemandHistory, horizons: int = 1, quantiles: tuple[float, ...] = ()
) -> BacktestOutcome:
    safeties = tuple(usual_safeties(quantiles, (1.2, 1.5), scenarios=False))
    asked = BacktestQuestion("chat", safeties, horizons, with_decomposition=False)
    return backtest(instance, past, asked, EXACT)


def test_a_day_above_the_forecast_by_hand() -> None:
    found = lived(days(), history(*[CALM] * 5, [3.0, 6.0]))
    rows = {one.safety: one for one in found.lived}
    # 2 and 4 nodes: reserving 4 costs 96, 3 and a hired one 108; then 3 and 6 come: 2 are hired for a period
    assert rows["forecast"].planned_cost == pytest.approx(96)
    assert rows["forecast"].cost == pytest.approx(96 + 2 * 36)
    # a fifth more is 2.4 and 4.8, 5 nodes; half as much more is what comes
    assert rows["headroom 1.2"].cost == pytest.approx(5 * 24 + 36)
    assert rows["headroom 1.5"].cost == pytest.approx(6 * 24)
    assert {one.hindsight_cost for one in found.lived} == {144.0}
    assert [round(one.regret) for one in found.lived] == [24, 12, 0]
    assert [one.nodes_signed for one in found.lived] == [4, 5, 6]
    record = json.loads(json.dumps(_record(days(), found)))
    assert {one["safety"]: one["cost"] for one in record["safeties"]}["headroom 1.2"] == pytest.approx(156)
    assert found.verdict() == "headroom 1.5 was worth it: 14.29% cheaper than planning on the forecast alone"


def test_what_nobody_can_serve_is_told_and_paid() -> None:
    found = lived(days(), history(*[CALM] * 5, [3.0, 7.0]))
    plain = found.lived[0]
    assert plain.cost == pytest.approx(96 + 2 * 36 + 432)
    assert plain.unserved_cost == pytest.approx(432)
    assert plain.breach_share == pytest.approx(1 / 10)
    # 6 reserved and one hired, against 600 with 4: (600 - 180) / 600
    assert found.verdict().endswith(
        "70.00% cheaper than planning on the forecast alone, 0.000% not served instead of 10.000%"
    )


def test_a_safety_that_only_costs_is_not_worth_it() -> None:
    found = lived(days(), history(*[CALM] * 6))
    assert [one.regret for one in found.lived] == pytest.approx([0, 24, 48])
    assert "no safety was worth it" in found.verdict()


def test_a_plan_knows_nothing_of_what_comes() -> None:
    past = [CALM] * 5
    for last in ([9.0, 9.0], [0.0, 0.0]):
        found = lived(days(), history(*past, last), quantiles=(1.0,))
        assert {one.safety: one.planned_cost for one in found.lived} == pytest.approx(
            {"forecast": 96, "quantile 1": 96, "headroom 1.2": 120, "headroom 1.5": 144}
        )


def test_a_quantile_is_taken_by_the_hour_of_past_days() -> None:
    (of_day,) = usual_safeties((0.5,), (), scenarios=False)[1:]
    found = lived(days(), history([1.0, 6.0], [3.0, 2.0], [2.0, 4.0], [2.0, 4.0]), quantiles=(0.5, 1.0))
    assert of_day.name == "quantile 0.5"
    assert {one.safety: one.nodes_signed for one in found.lived if "quantile" in one.safety} == {
        "quantile 0.5": 4,
        "quantile 1": 6,
    }


def test_several_horizons_each_see_what_came_before_them() -> None:
    found = lived(days(), history(*[CALM] * 4, [3.0, 6.0], [3.0, 6.0]), horizons=2)
    plain = [one for one in found.lived if one.safety == "forecast"]
    assert [one.begins for one in plain] == ["2025-01-03T00:00+00:00", "2025-01-04T00:00+00:00"]
    assert [one.planned_cost for one in plain] == pytest.approx([96, 144])
    assert [one.regret for one in plain] == pytest.approx([24, 0])
    assert found.by_safety().loc["forecast", "largest_regret"] == pytest.approx(24)


def test_units_that_take_a_period_to_start_follow_what_is_known_a_period_before() -> None:
    slow = days(start_up={"hours": 12})
    # 2 came as forecast, so 4 are expected and 6 come: 2 go unserved, though 2 more could be hired
    sudden = lived(slow, history(*[CALM] * 5, [2.0, 6.0])).lived[0]
    assert sudden.cost == pytest.approx(96 + 2 * 432)
    # 3 came for 2: 6 are expected, and run from the beginning, so as to be ready
    seen = lived(slow, history(*[CALM] * 5, [3.0, 6.0])).lived[0]
    assert seen.cost == pytest.approx(96 + 2 * 2 * 36)
    assert seen.breach_share == 0.0


def test_what_is_known_with_a_lead_by_hand() -> None:
    known = _drift(np.array([3.0, 1.0, 5.0]), np.array([2.0, 4.0, 0.0]), 1)
    assert np.asarray(known).tolist() == [1.0, 1.5, 0.25]
    assert _drift(np.array([3.0]), np.array([2.0]), 0) == 1.0


def test_scenarios_sign_what_fits_all_of_them() -> None:
    past = history(*[[2.0, 2.0 * (1 + day % 3)] for day in range(12)])
    asked = BacktestQuestion("chat", tuple(usual_safeties((), (), True)), 1, with_decomposition=False)
    found = backtest(days(), past, asked, EXACT)
    assert [one.safety for one in found.lived] == ["forecast", "scenarios"]
    assert found.left_out == {}


def test_safeties_that_the_past_is_too_short_for_are_left_out_and_told() -> None:
    asked = BacktestQuestion("chat", tuple(usual_safeties((0.9,), (), True)), 1, with_decomposition=False)
    found = backtest(days(), history(*[CALM] * 3, CALM), asked, EXACT)
    assert set(found.left_out) == {"scenarios"}
    assert [one.safety for one in found.lived] == ["forecast", "quantile 0.9"]


def test_horizons_begin_as_that_of_the_instance_does() -> None:
    past = history(*[CALM] * 6, begin_s=MONDAY_S + 12 * 3600)
    assert places_of_horizons(days(), past) == [9, 7, 5, 3, 1]
    week = days(horizon={"start": "2025-06-02T00:00+00:00", "period_hours": 12, "periods": 14})
    three = history(*[CALM] * 22, begin_s=MONDAY_S)
    assert places_of_horizons(week, three) == [28, 14, 0]
    with pytest.raises(InstanceError, match="no horizon of 14 lies that begins as 2025-06-02"):
        places_of_horizons(week, history(*[CALM] * 7, begin_s=MONDAY_S + 86_400))


def test_forecasts_of_horizons_go_by_the_clock_of_the_instance() -> None:
    """Twelve from 12 to 18 h by the clock in Berlin, which goes back on the fifth of six days; periods of an hour."""
    moved = {"start": "2025-10-26T00:00+02:00", "period_hours": 1, "periods": 48, "timezone": "Europe/Berlin"}
    instance = days(horizon=moved)
    begin = instance.horizon.start.timestamp() - 4 * 86_400
    shown = (np.arange(6 * 24) + begin / 3600 + np.where(np.arange(6 * 24) < 4 * 24 + 3, 2, 1)) % 24
    rates = np.where((shown >= 12) & (shown < 18), 12.0, 1.0)
    past = DemandHistory(begin, 1.0, {"requests": rates})
    ((place, known),) = _pasts(instance, past, BacktestQuestion("chat", (), 1, with_decomposition=False))
    assert place == 4 * 24
    assert known.forecast.rates["requests"].tolist() == rates[place:].tolist()


def test_a_history_is_read_on_the_grid_of_the_horizon() -> None:
    assert not begins_off_clock(days())
    half = {"start": "2025-06-02T00:30+00:00", "period_hours": 1, "periods": 24}
    assert begins_off_clock(days(horizon=half))
    past = DemandHistory(MONDAY_S + 1800, 1.0, {"requests": np.ones(72)})
    assert places_of_horizons(days(horizon=half), past) == [48, 24, 0]


def test_a_workload_in_tokens_takes_requests_by_its_lengths() -> None:
    tokens = {"input_tokens_per_s": 100, "cached_tokens_per_s": 25, "output_tokens_per_s": 30}
    chat = {"demand": {**tokens, "scale": 2}, "lengths": {"input_tokens": 10, "output_tokens": 3}}
    unit = {"name": "unit", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 100}}
    decode = {**unit, "name": "decode", "role": "decode"}
    instance = days(workloads={"chat": chat}, deployments=[unit, decode])
    stated = demand_stated(instance, "chat", {"requests": np.array([1.0, 2.0])})
    assert stated == {"scale": 2.0, "requests_per_s": [1.0, 2.0], "cached_share": 0.25}
    demand = instance.override({"workloads.chat.demand": stated}).workloads["chat"].demand
    assert demand.input_tokens_per_s == (10.0, 20.0)
    assert demand.cached_tokens_per_s == (2.5, 5.0)
    assert demand.output_tokens_per_s == (3.0, 6.0)
    assert demand.scale == 2.0
    with pytest.raises(InstanceError, match="says nothing of input_tokens, output_tokens"):
        demand_stated(instance, "chat", {})


def test_what_cannot_be_tried_says_so() -> None:
    free = days(workloads={"chat": {"demand": {"requests_per_s": 1}}})
    with pytest.raises(InstanceError, match="needs a price of what goes unserved"):
        lived(free, history(*[CALM] * 6))
    with pytest.raises(InstanceError, match="before the last horizon: 1 days are too few"):
        lived(days(), history(CALM, CALM))
    scarce = days(
        fleet={"h100": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 3.0, "max_nodes": 2}}}
    )
    stated = scarce.override({"workloads.chat.shed_usd_per_million_requests": None})
    asked = BacktestQuestion("chat", tuple(usual_safeties((), (), False)), 1, 10_000.0, False)
    with pytest.raises(InstanceError, match="no plan from 2025-01-04"):
        backtest(stated, history(*[CALM] * 6), asked, EXACT)


def test_the_command_from_a_file_to_a_table(tmp_path: Path) -> None:
    instance, past, out = tmp_path / "days.yaml", tmp_path / "past.csv", tmp_path / "lived.csv"
    instance.write_text(json.dumps(DATA))
    rows = [
        f"2025-01-{day:02}T{hour:02}:00+00:00,{rate}"
        for day in range(1, 7)
        for hour, rate in ((0, 2), (12, 4))
    ]
    rows[-2:] = ["2025-01-06T00:00+00:00,3", "2025-01-06T12:00+00:00,6"]
    past.write_text("\n".join(["time,requests_per_s", *rows]) + "\n")
    asked = (
        "backtest",
        str(instance),
        "--history",
        str(past),
        "--headroom",
        "1.5",
        "--naive",
        "--horizons",
        "1",
        "--no-scenarios",
    )
    done = run_here(*asked, "--out", str(out), "--gap", "0")
    assert done.returncode == 0, done.stderr
    words = " ".join(done.stdout.split())
    assert "headroom 1.5 6.0 144.00 144.00 0.00 0.000% 0.00 0.00" in words
    assert "in hindsight 144.00" in words
    table = out.read_text().splitlines()
    assert table[0].startswith("begins,safety,nodes_signed,planned_cost,cost,unserved_cost,breach_share")
    assert table[1].split(",")[:5] == ["2025-01-06T00:00+00:00", "forecast", "4.0", "96.0", "168.0"]
    wrong = run_here("backtest", str(instance), "--history", str(past), "--workload", "code")
    assert wrong.returncode == 3
    assert "there is no workload 'code'; there are chat" in " ".join(wrong.stderr.split())
