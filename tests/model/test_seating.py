"""Rows of the family `seating` against the equations written by hand, and when it stands."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import planner
from planner.model.prepare import sets_of
from planner.rates.compute import compute_rates
from tests.packing.rows import rows_of

Data = dict[str, Any]
RACKS: Data = {"racks": {"kind": "existing", "nodes": 10, "sold_by": "domain"}}
NODES: Data = {"nodes": {"kind": "on_demand", "price_usd_per_node_hour": 16.0}}
GPUS: Data = {"gpus": {"kind": "on_demand", "price_usd_per_gpu_hour": 5.0}}
MORE: Data = {"more": {"kind": "spot", "price_usd_per_gpu_hour": 4.0}}
METERED: Data = {
    "paid": {"kind": "existing", "nodes": 5, "sold_by": "domain", "running_usd_per_node_hour": 1.0}
}
TAKER: Data = {"l": {"hardware": "x", "price_usd_per_node_hour": 3.0, "max_nodes": 4}}


def question(sizes: tuple[int, ...], channels: Data, lend: bool = False, **hardware: int) -> Data:
    """Units by their GPUs, each with a workload of its own, on one hardware of nodes of 4 GPUs."""
    return {
        "version": 1,
        "name": "seats",
        "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 1},
        "hardware": {"x": {"gpus_per_node": 4} | hardware},
        "workloads": {f"w{size}": {"demand": {"requests_per_s": 3.0}} for size in sizes},
        "deployments": [
            {"name": f"u{size}", "role": "request", "ep": size, "rate_requests_per_s": {f"w{size}": 1.0}}
            for size in sizes
        ],
        "fleet": {"x": channels},
        "lending": TAKER if lend else {},
    }


def test_gpus_of_several_channels() -> None:
    rows = rows_of(question((2, 4), NODES | GPUS | MORE))
    # kinds: whole nodes, units of one part; a part is two GPUs
    assert rows["seating_small_0_1_0"] == (
        0.0,
        {"on_0_0": -1.0, "seated_0_1_0": 1.0, "seated_1_1_0": 1.0, "seated_2_1_0": 1.0},
        0.0,
    )
    assert rows["seating_nodes_0_0"][1] == {
        "on_1_0": 1.0, "seated_0_0_0": -1.0, "seated_1_0_0": -1.0, "seated_2_0_0": -1.0,
    }  # fmt: skip
    assert rows["seating_room_0_0"] == (
        -np.inf,
        {"seated_0_0_0": 2.0, "seated_0_1_0": 1.0, "acquire_0": -2.0},
        0.0,
    )
    assert rows["seating_room_1_0"][1] == {"seated_1_0_0": 2.0, "seated_1_1_0": 1.0, "acquire_1": -1.0}


def test_racks_beside_nodes_and_lent_ones() -> None:
    rows = rows_of(question((8, 12), RACKS | NODES, lend=True, nodes_per_domain=5))
    # kinds: whole nodes, units of three, units of two; the rack has room for one of each or two of the small
    assert rows["seating_inside_0_1_0"] == (-np.inf, {"on_1_0": -1.0, "seated_0_1_0": 1.0}, 0.0)
    assert rows["seating_apart_0_0"][1] == {
        "on_1_0": 3.0, "seated_0_1_0": -3.0, "on_0_0": 2.0, "seated_0_2_0": -2.0, "seated_1_0_0": -1.0,
    }  # fmt: skip
    assert rows["seating_lent_0_0"] == (0.0, {"lend_0_0": 1.0, "lent_nodes_0_0": -1.0}, 0.0)
    assert rows["seating_room_0_0"][1] == {
        "seated_0_0_0": 1.0, "lent_nodes_0_0": 1.0, "seated_0_1_0": 3.0, "seated_0_2_0": 2.0, "acquire_0": -5.0,
    }  # fmt: skip
    assert rows["seating_domain_seats_0_2_0"][1] == {
        "seated_0_2_0": 1.0, "filled_domains_0_0_0": -1.0, "filled_domains_0_1_0": -2.0,
    }  # fmt: skip
    assert rows["seating_domains_0_0"][1] == pytest.approx(
        {"filled_domains_0_0_0": 1.0, "filled_domains_0_1_0": 1.0, "acquire_0": -1.0}
    )


@pytest.mark.parametrize(
    ("data", "stands"),
    [
        (question((2, 4), NODES | GPUS), False),  # GPUs of one channel: what lies there can be exchanged
        (question((2,), GPUS | MORE), False),  # units of one size have a part each
        (question((4, 8), GPUS | MORE), False),  # nodes are whole
        (question((2, 4), GPUS | MORE), True),
        (question((8,), RACKS | NODES, nodes_per_domain=5), False),
        (question((8,), RACKS, lend=True, nodes_per_domain=5), False),  # any node may be lent
        (question((8,), RACKS | NODES, lend=True, nodes_per_domain=5), True),
        (question((8,), METERED, nodes_per_domain=5), False),
        (question((8,), RACKS | METERED, nodes_per_domain=5), True),
        (question((4,), RACKS | NODES, lend=True, nodes_per_domain=5), False),  # no unit needs a rack
        (question((2, 8), RACKS | GPUS, nodes_per_domain=5), True),
    ],
)
def test_when_it_matters_to_which_channel_a_node_belongs(data: Data, stands: bool) -> None:
    instance = planner.from_dict(data)
    assert bool(sets_of(instance, compute_rates(instance)).seated) is stands
