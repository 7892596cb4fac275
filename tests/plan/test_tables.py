"""The tables of a plan: declared once, and everywhere from the declaration."""

from __future__ import annotations

import io
import json
from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import planner
from planner.app.cli.plan_folder import write_plan
from planner.plan.contents import RECORD_KINDS, Outsourced, Routed
from planner.plan.format import plan_schema
from planner.plan.plan import Plan
from planner.plan.tables import TABLES, Kind, PlanTable, rows_of
from planner.plan.tables.declared import count, number, period, texts
from planner.verify.audit.tables import stated_tables
from planner.view.exports import export
from tests.market.in_process import solve_here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NIGHT = "instances/day_night.yaml"
STAGES = "instances/build_up.yaml"
OF_RECORD = {
    **{"holdings": "holdings", "units": "units", "served": "served", "shed": "shed", "use": "use"},
    **{"outsourced": "outsourced", "lent": "lent", "committed": "committed", "backlog": "backlog"},
    **{"placed": "placement", "routed": "routed", "cash": "cash"},
    "stage_costs": "stage_costs",
}


@pytest.fixture(scope="module")
def night() -> Plan:
    return solve_here(planner.load(NIGHT))


@pytest.fixture(scope="module")
def staged() -> Plan:
    return solve_here(planner.load(STAGES))


def test_every_kind_of_record_has_a_table() -> None:
    assert set(OF_RECORD) == set(RECORD_KINDS)
    assert set(OF_RECORD.values()) <= set(TABLES)


def test_rows_have_the_declared_columns_and_frames_their_dtypes(night: Plan) -> None:
    bought = solve_here(planner.load("instances/appliance.yaml"))
    for plan in (night, bought):
        for name, table in TABLES.items():
            assert all(list(row) == [column.name for column in table.columns] for row in rows_of(plan, name))
            frame = plan.frame(name)
            assert len(frame) == len(rows_of(plan, name))
            for column in table.columns:
                if column.kind is Kind.PERIOD:
                    assert isinstance(frame[column.name].dtype, pd.DatetimeTZDtype)
                elif column.kind is not Kind.BY_WORK:
                    assert pd.api.types.is_numeric_dtype(frame[column.name]) == (column.kind is not Kind.TEXT)


def test_the_list_of_tables_says_what_each_holds_with_units(night: Plan) -> None:
    listed = night.frame().set_index("table")
    assert list(listed.index) == list(TABLES)
    assert listed.loc["lent", "rows"] == len(night.lent)
    assert "cost [USD]" in listed.loc["holdings", "columns"]
    assert listed["holds"].str.len().min() > 20


def test_an_unknown_table_names_the_nearest(night: Plan) -> None:
    with pytest.raises(KeyError, match="did you mean 'starts'"):
        night.frame("start")


def test_periods_are_moments_in_the_zone_of_the_instance(night: Plan, staged: Plan) -> None:
    hours = night.frame("hours").set_index("period")
    assert hours.index[0] == planner.load(NIGHT).horizon.start
    assert hours.index[0].utcoffset() == timedelta(hours=8)
    assert (np.diff(hours.index) == timedelta(hours=1)).all()
    assert "period_block" not in night.frame("hours")
    stages = list(planner.load(STAGES).stages)
    assert list(staged.frame("hours")["period_block"].unique()) == stages
    assert set(staged.frame("signed")["from_block"]) <= set(stages)


def test_moments_hold_in_years_that_nanoseconds_do_not_reach() -> None:
    instance = planner.load("instances/tiny.yaml", {"horizon.start": "2900-01-01T00:00+05:30"})
    first = solve_here(instance).frame("hours")["period"].iloc[0]
    assert first.isoformat() == "2900-01-01T00:00:00+05:30"


def test_starts_pay_what_the_plan_says_they_cost(night: Plan) -> None:
    instance = planner.load("instances/tiny.yaml").override(
        {"start_up.usd_per_node": 1.5, "start_up.before_first_period": "off"}
    )
    plan = solve_here(instance)
    starts = plan.frame("starts")
    assert starts["nodes"].sum() * 1.5 == pytest.approx(plan.cost_terms["start"])
    assert plan.cost_terms["start"] > 0
    for unit in night.units:  # cyclic: as many are switched on as off again
        mine = night.frame("starts").query("unit == @unit.unit")
        steps = np.diff([*unit.on[-1:], *unit.on])
        assert mine["started"].sum() == steps[steps > 0].sum()


def test_starts_of_the_first_period_are_missing_without_the_instance(night: Plan) -> None:
    alone = Plan(**{one.name: getattr(night, one.name) for one in fields(night)} | {"question": {}})
    first = alone.frame("starts").groupby("unit").first(skipna=False)
    assert first["started"].isna().all()
    assert alone.frame("starts")["started"].notna().any()


def test_decisions_are_files_like_the_rest(night: Plan, tmp_path: Path) -> None:
    names = {file.name for file in write_plan(night, tmp_path)}
    assert {"starts.csv", "lent.csv", "holdings.csv", "lending.csv"} <= names
    assert "signed.csv" not in names  # its nodes are there already
    read = pd.read_csv(tmp_path / "lent.csv")
    assert read["credit"].sum() == pytest.approx(-night.cost_terms["lending"])
    assert read["from"][0].endswith("+08:00")


ADDED = PlanTable(
    name="added",
    title="One more table",
    holds="one row per holding, to see where a declared table goes",
    columns=(*texts("channel"), period("from"), count("nodes", "nodes"), number("price", "{currency}/h")),
    rows=lambda plan: [
        {"channel": one.channel, "from": plan.periods[one.first], "nodes": one.nodes, "price": 2.5}
        for one in plan.holdings
    ],
    in_file=True,
)


@pytest.fixture
def _added(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One entry in the registry is all it takes."""
    monkeypatch.setitem(TABLES, "added", ADDED)
    plan_schema.cache_clear()
    yield
    plan_schema.cache_clear()


@pytest.mark.usefixtures("_added")
def test_a_table_added_to_the_registry_is_everywhere(night: Plan, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    rows = [{"channel": "own", "from": night.periods[0], "nodes": 290, "price": 2.5}]
    assert "price [USD/h]" in night.frame().set_index("table").loc["added", "columns"]
    assert night.frame("added")["from"][0] == planner.load(NIGHT).horizon.start
    assert (tmp_path / "added.csv") in write_plan(night, tmp_path)
    record = json.loads((tmp_path / "plan.json").read_text())
    assert record["added"] == rows
    assert Plan.from_dict(record) == night
    record["added"][0]["nodes"] = 289
    assert stated_tables(record, night)[0].where == "added[0].nodes"
    record["added"][0]["nodes"] = "many"
    with pytest.raises(planner.InstanceError, match="added"):
        Plan.from_dict(record)
    book = load_workbook(io.BytesIO(export(night, "xlsx", tmp_path / "plan.xlsx")[0].read_bytes()))
    assert book["One more table"]["C2"].value == 290
    assert "One more table" in str(night)
    assert "One more table" in planner.report(night)
    write_plan(replace(night, holdings=()), tmp_path)
    assert not (tmp_path / "added.csv").exists()


def test_mean_shares_count_every_period_by_its_weight(night: Plan) -> None:
    """Vendors and routes alike: half of everything in the first period, which stands for three of the others."""
    periods = len(night.periods)
    share, weights = (0.5, *[0.0] * (periods - 1)), (3.0, *[1.0] * (periods - 1))
    plan = replace(
        night,
        period_weights=weights,
        outsourced=(Outsourced("v", "chat", share, 1.0),),
        routed=(Routed("chat", "a", "b", "", share),),
    )
    for table in ("vendors", "routes"):
        (row,) = rows_of(plan, table)
        assert (row["periods"], row["share_peak"]) == (1, 0.5)
        assert row["share_mean"] == pytest.approx(1.5 / (periods + 2))
