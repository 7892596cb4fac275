"""Every family's rows against the equation written by hand, and a test for every family that exists."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from planner.instance import StartUp
from planner.model.families import FAMILIES, declared_variables, name_of, variables_of
from planner.model.index import column_name, row_name
from planner.model.prepare import lost_share, minimum_up
from planner.model.values import Values
from tests.examples import small
from tests.model.listing import program_for, rows_of


def test_demand_of_dedicated_units() -> None:
    # prefill, period 0: 1000 on >= 1500 tokens/s, divided by its own scale (1500 -> 10^(3-3) = 1)
    lower, terms, upper = rows_of({})["demand_0_0"]
    assert (lower, terms, upper) == (1500.0, {"on_0_0": 1000.0}, np.inf)


def test_demand_with_start_up_time_and_shed() -> None:
    changes = {"start_up": {"hours": 0.25}, "workloads.chat.shed_usd_per_million_tokens": 10.0}
    lower, terms, _ = rows_of(changes)["demand_0_1"]
    # 900 tokens/s: 10^(2-3) = 0.1; a request is shed whole: the same share of 900 prompt and of 150 output tokens/s
    assert lower == 9000.0
    assert terms == {"on_0_1": 10000.0, "start_0_1": -2500.0, "shed_0_1": 9000.0}
    assert rows_of(changes)["demand_1_1"][1]["shed_0_1"] == pytest.approx(1500.0)


def test_start_up_longer_than_a_period_costs_the_next_ones_too() -> None:
    _, terms, _ = rows_of({"start_up": {"hours": 1.5, "before_first_period": "off"}})["demand_0_1"]
    assert terms == {"on_0_1": 10000.0, "start_0_1": -10000.0, "start_0_0": -5000.0}


def test_throughput_of_a_unit_that_shares_its_time() -> None:
    both = {"name": "both", "role": "colocated", "nodes": 1}
    both["rate_tokens_per_s"] = {"chat": {"prefill": 500.0, "decode": 100.0}}
    rows = rows_of({"deployments": [both]})
    assert rows["throughput_0_2"] == (-np.inf, {"busy_0_0_2": 1.0, "busy_0_1_2": 1.0, "on_0_2": -1.0}, 0.0)
    assert rows["demand_1_2"] == (500.0 / 0.1, {"busy_0_1_2": 100.0 / 0.1}, np.inf)


def test_fleet() -> None:
    _, terms, upper = rows_of({})["fleet_0_1"]
    # offers: rent 0..2 by period, reserve 3 throughout
    assert upper == 0.0
    assert terms == {"on_0_1": 1.0, "on_1_1": 2.0, "acquire_1": -1.0, "acquire_3": -1.0}


def test_fleet_of_metered_channels() -> None:
    rows = rows_of({"fleet.h800.reserve.running_usd_per_node_hour": 1.0})
    assert rows["fleet_0_2"][1] == {"on_0_2": 1.0, "on_1_2": 2.0, "use_0_2": -1.0, "use_1_2": -1.0}
    assert rows["fleet_use_1_2"] == (-np.inf, {"use_1_2": 1.0, "acquire_3": -1.0}, 0.0)


def test_procurement_of_overlapping_offers() -> None:
    contract = {"kind": "contract", "price_usd_per_node_hour": 12.0, "hours": 2, "max_nodes": 5}
    rows = rows_of({"fleet.h800.rent": None, "fleet.h800.contract": contract})
    # contracts of two hours start in periods 0 and 1; both cover period 1
    assert rows["procurement_max_1_1"] == (-np.inf, {"acquire_1": 1.0, "acquire_2": 1.0}, 5.0)


def test_start_and_minimum_up() -> None:
    rows = rows_of({"start_up": {"usd_per_node": 3.0, "minimum_up_hours": 2}})
    assert rows["start_1_0"] == (0.0, {"start_1_0": 1.0, "on_1_0": -1.0, "on_1_2": 1.0}, np.inf)
    assert rows["start_up_1_0"] == (-np.inf, {"start_1_0": 1.0, "start_1_2": 1.0, "on_1_0": -1.0}, 0.0)
    slow = rows_of({"start_up": {"hours": 1.5}})  # two periods are begun before it serves
    assert slow["start_up_1_0"] == rows["start_up_1_0"]
    off = rows_of({"start_up": {"usd_per_node": 3.0, "before_first_period": "off"}})
    assert off["start_1_0"] == (0.0, {"start_1_0": 1.0, "on_1_0": -1.0}, np.inf)


def test_start_up_of_whole_periods_loses_no_more_than_these() -> None:
    """1.1 / 0.1 is a little more than 11 in floating-point numbers."""
    assert lost_share(StartUp(hours=1.1), 0.1, whole=True).tolist() == [1.0] * 11
    assert minimum_up(StartUp(hours=1.1), 0.1) == 11
    assert lost_share(StartUp(hours=1.5), 1.0).tolist() == [1.0, 0.5]
    assert lost_share(StartUp(hours=1.5), 1.0, whole=True).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("family", [name_of(family) for family in FAMILIES])
def test_every_family_has_its_row_test(family: str) -> None:
    rooms = (Path("tests/model"), Path("tests/sites"))
    texts = "".join(path.read_text() for room in rooms for path in room.glob("test_*.py"))
    program = Path("tests/model/golden", f"{family}.lp").read_text()
    names = re.findall(rf"^({family}\w*):", program, re.MULTILINE)
    assert names, "its program shows none of its rows"
    parts = {re.sub(r"[\d_]+$", "", name): re.search(r"\d$", name) for name in names}
    assert any(re.search(rf'"{part}{"_[0-9{]" if at else chr(34)}', texts) for part, at in parts.items())


def test_every_variable_is_declared_once_and_values_know_it() -> None:
    names = [variable.name for family in FAMILIES for variable in variables_of(family)]
    assert sorted(names) == sorted(declared_variables())
    assert {one.name for one in fields(Values)} - {"market"} <= set(names)


def test_the_index_leads_to_rows_and_columns_and_back() -> None:
    program = program_for(small({"start_up": {"usd_per_node": 3.0, "minimum_up_hours": 2}}))
    index = program.index
    assert len(index.row_keys) == program.row_count
    assert len(index.column_keys) == program.column_count
    for row, key in enumerate(index.row_keys):
        assert key is not None
        family, part, at = key
        assert index.row(family, *at, part=part) == row
        assert program.row_names[row] == row_name(family, part, at)
    for column, entry in enumerate(index.column_keys):
        assert entry is not None
        assert index.column(entry[0], *entry[1]) == column
        assert program.column_names[column] == column_name(*entry)
    on = index.column_grid((2, 3), "on")
    assert [program.column_names[column] for column in on[1]] == ["on_1_0", "on_1_1", "on_1_2"]
    assert index.row_grid((2, 3), "start", "up")[1, 2] == index.row("start", 1, 2, part="up")
    assert index.row("start", 9, 9) is None
    assert index.column_block("use", 2).at.shape == (0, 2)
    assert (index.column_grid((2, 3), "use") == -1).all()
    there = index.spread({"on": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])}, missing=np.nan)
    assert there[on].tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert np.isnan(there).sum() == program.column_count - 6
    assert index.gathered(there, "on", (2, 3)).tolist() == there[on].tolist()
