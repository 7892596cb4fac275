"""Scenarios from series, their worth against sums by hand, and a rolled day."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import planner
from planner.app.cli.main import app
from planner.core.errors import InstanceError
from planner.loader import from_dict
from planner.optimize.pipeline import solve
from planner.study.uncertainty import bootstrap_days, forecast_errors, quantile_days, roll, worth
from planner.study.uncertainty.carried import Queue
from planner.study.uncertainty.drift import remaining
from tests.examples import plain, small
from tests.model.test_scenarios import EXACT, TWO


def cost_by_hand(reserved: int, nodes: list[int]) -> float:
    return 30.0 * reserved + 16.0 * sum(max(0, need - reserved) for need in nodes)


def test_worth_against_sums_by_hand() -> None:
    low, high = [3, 3, 6], [9, 6, 12]
    scenarios = {"low": {**TWO["low"], "probability": 0.75}, "high": {**TWO["high"], "probability": 0.25}}
    fleets = range(13)
    together = min(0.75 * cost_by_hand(r, low) + 0.25 * cost_by_hand(r, high) for r in fleets)
    alone = 0.75 * min(cost_by_hand(r, low) for r in fleets) + 0.25 * min(
        cost_by_hand(r, high) for r in fleets
    )
    # the mean demand is 0.75 of the stated one: 1,125, 675, 1,875 and 262, 112, 375 tokens/s: 2+4, 1+2, 2+4 nodes
    of_mean = min(fleets, key=lambda r: cost_by_hand(r, [6, 3, 6]))
    lived = 0.75 * cost_by_hand(of_mean, low) + 0.25 * cost_by_hand(of_mean, high)
    result = worth(small({"scenarios": scenarios}), EXACT)
    assert (result.rp, result.ws, result.eev) == pytest.approx((together, alone, lived))
    assert result.evpi == pytest.approx(together - alone)
    assert result.vss == pytest.approx(lived - together)
    assert result.vss > 0


def test_scenarios_of_a_series_keep_its_mean() -> None:
    hours = np.arange(24 * 10)
    series = 100 + 50 * np.sin(hours / 24 * 2 * np.pi) + np.random.default_rng(3).normal(0, 5, len(hours))
    for made in (quantile_days(series, 24), bootstrap_days(series, 24, 50), forecast_errors(series, 24, 50)):
        assert sum(scenario["probability"] for scenario in made.values()) == pytest.approx(1.0)
        mean = sum(s["probability"] * np.array(s["demand_factors"]) for s in made.values())
        assert np.allclose(mean, 1.0, atol=0.06)
    low, middle, high = (np.array(s["demand_factors"]) for s in quantile_days(series, 24).values())
    assert (low <= middle).all()
    assert (middle <= high).all()
    assert bootstrap_days(series, 24, 5, seed=2) == bootstrap_days(series, 24, 5, seed=2)


def test_a_rolled_day_follows_the_load_within_its_bound() -> None:
    # hired nodes only: none is idle, so the best plan is the only one
    instance = small({"workloads.chat.shed_usd_per_million_tokens": 100.0, "fleet.h800.reserve": None})
    calm = roll(instance, [1.0, 1.0, 1.0], options=EXACT)
    assert calm.regret == pytest.approx(0.0)
    assert calm.moved == (0, 0)
    free = roll(instance, [1.5, 1.5, 1.5], options=EXACT)
    bound = roll(instance, [1.5, 1.5, 1.5], max_nodes_moved=1, options=EXACT)
    assert max(bound.moved) <= 1
    assert free.lived.cost <= bound.lived.cost + 1e-6
    assert free.hindsight.cost <= free.lived.cost + 1e-6


def waiting_day() -> planner.Instance:
    """A node reads 1000 a second; chat fills 900 of the first hour, batch brings 600 and may wait two hours."""
    data = plain({"fleet.h800.reserve": None, "fleet.h800.rent.max_nodes": 1})
    data["deployments"] = [
        {"name": "unit", "role": "prefill", "nodes": 1, "rate_tokens_per_s": {"chat": 1000, "batch": 1000}}
    ]
    shed = {"shed_usd_per_million_tokens": 100.0}
    data["workloads"] = {
        "chat": {"demand": {"input_tokens_per_s": [900, 900, 0]}, **shed},
        "batch": {"demand": {"input_tokens_per_s": [600, 0, 0]}, "deferral": {"deadline_hours": 2}, **shed},
    }
    return from_dict(data)


def test_a_rolled_day_keeps_what_waits() -> None:
    instance = waiting_day()
    day = roll(instance, [1.0, 1.0, 1.0], options=EXACT)
    assert day.planned.shed == ()
    assert day.regret == pytest.approx(0.0)
    assert day.lived.shed == ()
    assert [unit.on for unit in day.lived.units] == [(1, 1, 1)]


def test_what_waits_is_handed_over_with_the_time_it_has_left() -> None:
    instance = waiting_day()
    plan = solve(instance, EXACT)
    served = next(entry.per_s[0] for entry in plan.served if entry.workload == "batch")
    queue = Queue(instance, plan)
    queue.live(0, remaining(instance, 0, 1.5), instance, plan)
    window = queue.hand_over(remaining(instance, 1, 1.0), 1)
    assert list(window.workloads) == ["chat", "batch", "batch_waiting_1"]
    handed = window.workloads["batch_waiting_1"]
    assert handed.demand.input_tokens_per_s == pytest.approx((900.0 - served, 0.0))
    assert handed.deferral is not None
    assert handed.deferral.deadline_hours == 1.0
    second = solve(window, EXACT)
    later = sum(entry.per_s[0] for entry in second.served if entry.workload == "batch_waiting_1")
    queue.live(1, instance, window, second)
    left = queue.hand_over(remaining(instance, 2, 1.0), 2).workloads["batch_waiting_0"].demand
    assert left.input_tokens_per_s == pytest.approx((900.0 - served - later,))


def test_a_cyclic_day_takes_over_what_the_day_before_left() -> None:
    demand = {"workloads.batch.demand": {"input_tokens_per_s": [0, 0, 600]}}
    night = waiting_day().override(
        {**demand, "workloads.chat.demand": {"input_tokens_per_s": [300, 300, 900]}}
    )
    plan = solve(night, EXACT)
    window = Queue(night, plan).hand_over(remaining(night, 0, 1.0), 0)
    assert window.workloads["batch_waiting_1"].demand.input_tokens_per_s[0] >= 500.0 - 1e-6


def test_what_cannot_be_rolled_or_valued_says_so() -> None:
    with pytest.raises(InstanceError, match="needs a price of shedding"):
        roll(small(), [1.0, 1.0, 1.0])
    with pytest.raises(InstanceError, match="has no scenarios"):
        worth(small())
    with pytest.raises(ValueError, match="whole day"):
        quantile_days([1.0, 2.0], 24)
    with pytest.raises(ValueError, match="three whole days"):
        forecast_errors(np.ones(48), 24, 3)


@pytest.mark.parametrize("risk", ["", "risk: {cvar_limit_usd: 1600, level: 0.8}"])
def test_worth_says_that_it_leaves_risk_out(risk: str, tmp_path: Path) -> None:
    """50, 100 or 220 nodes at 0.3, 0.5 and 0.2: reserving 100 at 7 and hiring at 20 is 700 + 0.2 * 120 * 20."""
    scenarios = ", ".join(
        f"s{scale}: {{probability: {share}, demand_scale: {scale}}}"
        for share, scale in ((0.3, 5), (0.5, 10), (0.2, 22))
    )
    channels = (
        "d: {kind: on_demand, price_usd_per_node_hour: 20}, r: {kind: reserved, price_usd_per_node_hour: 7}"
    )
    (tmp_path / "w.yaml").write_text(
        "version: 1\nname: w\nhorizon: {start: '2025-01-01T00:00+00:00', periods: 1}\n"
        "workloads: {w: {demand: {requests_per_s: 10}}}\n"
        "deployments: [{name: u, role: request, nodes: 1, rate_requests_per_s: {w: 1}}]\n"
        f"hardware: {{x: {{gpus_per_node: 1}}}}\nfleet: {{x: {{{channels}}}}}\n"
        f"scenarios: {{{scenarios}}}\n{risk}\n"
    )
    said = CliRunner().invoke(app, ["worth", str(tmp_path / "w.yaml"), "--gap", "0"]).output
    assert "1,180.00 USD: the plan that looks at all scenarios" in said
    assert ("what the instance says under risk is left out" in said) == bool(risk)
    told = json.loads(
        CliRunner().invoke(app, ["worth", str(tmp_path / "w.yaml"), "--gap", "0", "--json"]).stdout
    )
    assert (told["measure"], told["risk_left_out"], told["currency"]) == ("expected", bool(risk), "USD")
    assert told["rp"] == pytest.approx(1180.0)
