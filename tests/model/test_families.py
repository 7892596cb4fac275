"""Every family's rows against the equation written by hand, and a test for every family that exists."""

from __future__ import annotations

import numpy as np
import pytest

from planner.instance import StartUp
from planner.model import build
from planner.model.families import FAMILIES
from planner.model.prepare import lost_share, minimum_up, sets_of
from planner.optimize.engines import from_pulp
from planner.rates.compute import compute_rates
from tests.examples import small

TESTED_HERE = {"demand", "throughput", "fleet", "procurement", "start"}


def rows_of(changes: dict[str, object]) -> dict[str, tuple[float, dict[str, float], float]]:
    """Rows of an instance by name: lower side, coefficients by variable, upper side."""
    instance = small(changes)
    program = from_pulp(build(sets_of(instance, compute_rates(instance))).problem)
    rows = {}
    for index, name in enumerate(program.row_names):
        begin, end = program.matrix.indptr[index : index + 2]
        columns = [program.column_names[column] for column in program.matrix.indices[begin:end]]
        rows[name] = (
            float(program.row_lower[index]),
            dict(zip(columns, program.matrix.data[begin:end].tolist(), strict=True)),
            float(program.row_upper[index]),
        )
    return rows


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


@pytest.mark.parametrize("family", [family.__name__.rsplit(".", 1)[-1] for family in FAMILIES])
def test_every_family_has_its_row_test(family: str) -> None:
    from pathlib import Path

    texts = "".join(path.read_text() for path in Path("tests/model").glob("test_*.py"))
    assert family in TESTED_HERE or f'"{family}_' in texts
