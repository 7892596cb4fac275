"""Rows of the family `packing`, and of `fleet` where units share nodes, against the equations written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import planner
from planner.model.index import column_name
from planner.model.packing import adds_up, patterns_of
from planner.model.prepare import sets_of
from planner.rates.compute import compute_rates
from tests.model.listing import rows_of as base_rows
from tests.packing.rows import rows_of

Data = dict[str, Any]


def question(sizes: dict[str, int], channels: Data, **hardware: int) -> Data:
    """Units by name and GPUs, each with a workload of its own that asks for 3 a second, on one hardware."""
    return {
        "version": 1,
        "name": "pack",
        "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 1},
        "hardware": {"x": {"gpus_per_node": 8} | hardware},
        "workloads": {name: {"demand": {"requests_per_s": 3.0}} for name in sizes},
        "deployments": [
            {"name": name, "role": "request", "ep": gpus, "rate_requests_per_s": {name: 1.0}}
            for name, gpus in sizes.items()
        ],
        "fleet": {"x": channels},
    }


NODES: Data = {"nodes": {"kind": "on_demand", "price_usd_per_node_hour": 16.0}}
GPUS: Data = {"gpus": {"kind": "on_demand", "price_usd_per_gpu_hour": 2.5}}
RACKS: Data = {"racks": {"kind": "on_demand", "sold_by": "domain", "price_usd_per_node_hour": 8.0}}


def test_sizes_that_divide_the_node_need_the_row_of_the_fleet_alone() -> None:
    rows = rows_of(question({"a": 2, "b": 4, "c": 16}, NODES | GPUS))
    assert not [name for name in rows if name.startswith("packing")]
    # in quarters of a node; a GPU channel sells quarters, a node channel four of them at once
    assert rows["fleet_0_0"][1] == {"on_0_0": 1, "on_1_0": 2, "on_2_0": 8, "acquire_0": -4, "acquire_1": -1}


def test_whole_nodes_are_reported_as_before() -> None:
    assert base_rows({})["fleet_0_1"][1]["on_1_1"] == 2.0


def test_sizes_that_divide_each_other_need_a_row_a_size() -> None:
    rows = rows_of(question({"a": 6, "b": 3, "c": 8}, NODES))
    # of a node: one of 6, two of 3; a unit of a whole node is one of each, and leaves no room for either
    six = {"on_0_0": 1.0, "on_2_0": 1.0, "acquire_0": -1.0}
    three = {"on_0_0": 2.0, "on_1_0": 1.0, "on_2_0": 2.0, "acquire_0": -2.0}
    packing = [row for name, row in rows.items() if name.startswith("packing_")]
    assert packing == [(-np.inf, six, 0.0), (-np.inf, three, 0.0)]


def test_other_sizes_are_packed_by_patterns() -> None:
    rows = rows_of(question({"a": 3, "b": 2}, NODES))
    assert rows["packing_0_1_0"][1]["on_0_0"] == 1.0
    fill = [column_name("fill", (0, pattern, 0)) for pattern in range(4)]
    patterns = [-rows["packing_0_1_0"][1].get(name, 0.0) for name in fill]
    assert patterns == [0.0, 2.0, 1.0, 0.0]  # a whole node; 3+3+2; 3+2+2; 2+2+2+2
    assert rows["packing_containers_0_0"][1] == dict.fromkeys(fill, 1.0) | {"acquire_0": -1.0}


def test_gpus_hired_one_by_one_lie_apart_from_nodes() -> None:
    rows = rows_of(question({"a": 3}, NODES | GPUS))
    assert rows["packing_0_1_0"][1] == {
        "on_0_0": 1.0, "loose_0_1_0": -1.0, "loose_0_0_0": -2.0, "acquire_0": -2.0,
    }  # fmt: skip
    assert rows["packing_loose_0_0"][1] == {"loose_0_0_0": 8.0, "loose_0_1_0": 3.0, "acquire_1": -1.0}


def test_units_of_several_nodes_lie_in_a_rack() -> None:
    rows = rows_of(question({"a": 48, "b": 24}, RACKS, nodes_per_domain=18, usable_nodes_per_domain=16))
    # of 16 nodes two units of 6 or five of 3; 18 are paid at once
    packing = {name: row for name, row in rows.items() if name.startswith("packing")}
    assert packing["packing_0_0_0"][1] == pytest.approx({"on_0_0": 1.0, "acquire_0": -2.0})
    assert packing["packing_0_1_0"][1] == pytest.approx({"on_0_0": 2.0, "on_1_0": 1.0, "acquire_0": -5.0})
    assert rows["fleet_0_0"][1] == pytest.approx({"on_0_0": 6.0, "on_1_0": 3.0, "acquire_0": -16.0})


def test_nodes_sold_one_by_one_come_together_for_a_unit() -> None:
    assert not [
        name for name in rows_of(question({"a": 48}, NODES, nodes_per_domain=16)) if "packing" in name
    ]


@pytest.mark.parametrize(
    ("sizes", "capacity", "enough"),
    [((4, 2, 1), 8, True), ((8,), 8, True), ((6, 3), 8, False), ((3,), 9, True), ((3, 2), 6, False)],
)
def test_when_adding_up_is_enough(sizes: tuple[int, ...], capacity: int, enough: bool) -> None:
    assert adds_up(sizes, capacity) is enough


def test_patterns_leave_no_room() -> None:
    assert list(patterns_of((5, 3, 2), 8)) == [(1, 1, 0), (1, 0, 1), (0, 2, 1), (0, 1, 2), (0, 0, 4)]


def test_an_exclusive_unit_takes_its_node() -> None:
    data = question({"a": 2}, NODES)
    data["deployments"][0]["exclusive"] = True
    instance = planner.from_dict(data)
    assert sets_of(instance, compute_rates(instance)).nodes.tolist() == [1.0]
