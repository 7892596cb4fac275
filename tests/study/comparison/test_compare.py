"""Comparison: changes in inputs, fleet, units, cost and hours against hand-worked plans."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import planner
from planner.app.cli.main import app
from planner.core.solution import Status

INSTANCES = Path(__file__).parents[3] / "instances"
PRICE = "fleet.h800.rent.price_usd_per_gpu_hour"
OPTIONS = planner.SolveOptions(solver="highs", threads=1)


@pytest.fixture(scope="module")
def tiny() -> planner.Instance:
    return planner.load(INSTANCES / "tiny.yaml")


@pytest.fixture(scope="module")
def change(tiny) -> planner.Comparison:
    return planner.compare(tiny, tiny.override({PRICE: 1.0}), options=OPTIONS)


def test_instances_of_one_name_are_distinguished(change) -> None:
    assert change.labels == ("tiny A", "tiny B")


def test_inputs_that_differ(change) -> None:
    assert change.inputs.to_dict("records") == [{"path": PRICE, "tiny A": "2.0", "tiny B": "1.0"}]


def test_plans_alone_are_compared_by_the_questions_that_they_carry(change) -> None:
    plans = planner.compare(*change.plans, labels=["a", "b"])
    assert plans.inputs.to_dict("records") == [{"path": PRICE, "a": "2.0", "b": "1.0"}]
    assert f"{PRICE}: 2.0 -> 1.0" in plans.text()
    bare = [dataclasses.replace(plan, question={}) for plan in change.plans]
    assert planner.compare(*bare, labels=["a", "b"]).inputs.empty


def test_costs_and_fleet_change_as_worked_by_hand(change) -> None:
    # 2 USD: 3 reserved (60) and 3 hired for the first hour (48); 1 USD: 6 + 3 node-hours hired (72)
    costs = change.costs.set_index("term")["change"].to_dict()
    assert costs == pytest.approx({"hire": 72 - 48, "commitment": -60, "total": 72 - 108})
    fleet = change.fleet.set_index(["channel", "figure"])["change"].to_dict()
    assert fleet["reserve", "nodes at the peak"] == -3
    assert fleet["rent", "node-hours"] == 9 - 3


def test_hours_show_only_what_differs(tiny, change) -> None:
    assert change.hours.empty
    more = planner.compare(
        tiny, tiny.override({"workloads.chat.demand.output_tokens_per_s": [350, 350]}), options=OPTIONS
    )
    assert more.hours["period"].tolist() == [pd.Timestamp("2025-01-01T01:00+00:00")]
    assert more.to_dict()["hours"][0]["period"] == "2025-01-01T01:00+00:00"
    assert more.hours.iloc[0, 1:].tolist() == [3, 3, 5, 5]


def test_sentences_say_what_is_not_proven(tiny) -> None:
    plan = planner.solve(tiny, OPTIONS)
    same = planner.compare(plan, plan)
    assert "not proven" in same.text()
    assert (
        "-36.00 (-33.3%)" in planner.compare(plan, planner.solve(tiny.override({PRICE: 1.0}), OPTIONS)).text()
    )


def test_a_plan_that_is_none_has_no_cost_to_compare(tiny) -> None:
    plan = planner.solve(tiny, OPTIONS)
    none = planner.solve(tiny.override({"workloads.chat.demand.scale": 99.0}), OPTIONS)
    assert none.status is Status.INFEASIBLE
    assert "no cost to compare" in planner.compare(plan, none).text()


def test_json_html_and_three_plans(tiny, change) -> None:
    assert json.loads(json.dumps(change.to_dict(), allow_nan=False))["costs"][-1]["change"] == -36
    assert "<table" in change._repr_html_()
    plan = change.plans[0]
    assert list(planner.compare(plan, plan, plan, labels=["a", "b", "c"]).costs.columns) == [
        "term",
        "a",
        "b",
        "c",
    ]


def test_too_few_things_and_labels_that_do_not_fit(tiny, change) -> None:
    plan = change.plans[0]
    with pytest.raises(ValueError, match="two or more"):
        planner.compare(plan)
    with pytest.raises(ValueError, match="1 labels for 2"):
        planner.compare(plan, plan, labels=["a"])
    with pytest.raises(ValueError, match="differ"):
        planner.compare(plan, plan, labels=["a", "a"])


def test_command_line_reads_plans_and_folders(change, tmp_path) -> None:
    for name, plan in zip(("a", "b"), change.plans, strict=True):
        (tmp_path / name).mkdir()
        (tmp_path / name / "plan.json").write_text(json.dumps(plan.to_dict()))
    files = [str(tmp_path / "a"), str(tmp_path / "b" / "plan.json")]
    text = CliRunner().invoke(app, ["compare", *files])
    assert text.exit_code == 0, text.output
    assert "-36.00 (-33.3%)" in text.output
    data = CliRunner().invoke(app, ["compare", *files, "--json"])
    assert json.loads(data.stdout)["plans"] == ["a", "b"]
    assert "commitment" in CliRunner().invoke(app, ["compare", *files, "--table"]).output


def test_costs_in_two_currencies_are_not_subtracted() -> None:
    dollars = planner.solve(planner.load(INSTANCES / "tiny.yaml"))
    yuan = dataclasses.replace(dollars, currency="CNY")
    said = planner.compare(dollars, yuan).text()
    assert "108.00 CNY" in said
    assert "108.00 USD" in said
    assert "no difference is shown" in said
    assert "+0.00" not in said
    tables = planner.compare(dollars, yuan, labels=["a", "b"])
    for table in (tables.verdict, tables.costs):
        assert list(table.columns)[1:] == ["a", "b"]
    assert {"figure": "currency", "a": "USD", "b": "CNY"} in tables.verdict.to_dict("records")
    assert "change" in tables.fleet.columns
