"""Units as they are deployed, at the price that a person works out: GPUs that are hired, nodes and racks that fill."""

from __future__ import annotations

from typing import Any

import pytest

import planner
from planner.loader.validate_packing import fillings
from planner.model.packing import patterns_of
from planner.optimize.pipeline import solve
from planner.optimize.solve_options import SolveOptions
from tests.reference.reference import optimum

Data = dict[str, Any]
OPTIONS = SolveOptions(relative_gap=1e-6, solver="highs", threads=1)


def requests(per_s: float, units: list[Data], channel: Data, **node: int) -> Data:
    """Requests on one hardware."""
    return {
        "version": 1,
        "name": "replicas",
        "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 1},
        "hardware": {"x": {"gpus_per_node": 8} | node},
        "workloads": {"chat": {"demand": {"requests_per_s": per_s}}},
        "deployments": [{"role": "request"} | unit for unit in units],
        "fleet": {"x": {"rent": {"kind": "on_demand"} | channel}},
    }


AT_MOST_TWO: Data = {"limits": {"providers": {"p": {"max_nodes": 2}}}}
TP2: Data = {"name": "tp2", "ep": 2, "rate_requests_per_s": {"chat": 1.0}}
WIDE: Data = {"name": "wide", "ep": 48, "rate_requests_per_s": {"chat": 4.0}}


@pytest.mark.parametrize(
    ("data", "usd"),
    [
        (requests(8, [TP2], {"price_usd_per_gpu_hour": 2.0}), 32.0),  # 16 GPUs
        (requests(8, [TP2], {"price_usd_per_node_hour": 16.0}), 32.0),  # two nodes of four replicas
        (requests(9, [TP2], {"price_usd_per_gpu_hour": 2.0}), 36.0),
        (requests(9, [TP2], {"price_usd_per_gpu_hour": 2.0, "sold_by": "node"}), 48.0),
        (requests(9, [TP2], {"price_usd_per_gpu_hour": 2.0, "increment_nodes": 2}), 64.0),
        (requests(8, [TP2 | {"exclusive": True}], {"price_usd_per_node_hour": 16.0}), 128.0),
        (requests(8, [WIDE], {"price_usd_per_node_hour": 1.0}, nodes_per_domain=18), 12.0),
        (
            requests(8, [WIDE], {"price_usd_per_node_hour": 1.0, "sold_by": "domain"}, nodes_per_domain=18),
            18.0,
        ),
        (
            requests(
                12,
                [WIDE],
                {"price_usd_per_node_hour": 1.0, "sold_by": "domain"},
                nodes_per_domain=18,
                usable_nodes_per_domain=16,
            ),
            36.0,
        ),  # three units of 6 nodes: two lie in the 16 of a rack, not three
    ],
)
def test_what_units_cost(data: Data, usd: float) -> None:
    plan = solve(planner.from_dict(data), OPTIONS)
    assert plan.usable, plan.reasons
    assert plan.cost == pytest.approx(usd)


TP3: Data = {"name": "tp3", "ep": 3, "rate_requests_per_s": {"chat": 1.0}}
BY_GPU: Data = {"price_usd_per_gpu_hour": 2.0, "max_nodes": 2}


@pytest.mark.parametrize(
    ("data", "usd"),
    [
        (requests(5, [TP3], BY_GPU), 30.0),  # 15 of the 16 GPUs of two nodes, wherever they lie
        (requests(6, [TP3], BY_GPU), None),  # 18
        (requests(4, [TP3], BY_GPU | {"sold_by": "node"}), 32.0),  # two on each of two nodes
        (requests(5, [TP3], BY_GPU | {"sold_by": "node"}), None),
        (requests(5, [TP3], {"price_usd_per_gpu_hour": 2.0, "sold_by": "node"}), 48.0),
        # a node of the provider's counts like one of the channel's
        (requests(5, [TP3], {"price_usd_per_gpu_hour": 2.0, "provider": "p"}) | AT_MOST_TWO, 30.0),
        (requests(6, [TP3], {"price_usd_per_gpu_hour": 2.0, "provider": "p"}) | AT_MOST_TWO, None),
        # two units of two GPUs: half of a node is in use, and takes half the energy
        (requests(2, [TP2], {"price_usd_per_node_hour": 16.0, "running_usd_per_node_hour": 10.0}), 21.0),
        (requests(4, [TP2], {"price_usd_per_node_hour": 16.0, "running_usd_per_node_hour": 10.0}), 26.0),
    ],
)
def test_nodes_are_counted_by_what_is_sold(data: Data, usd: float | None) -> None:
    instance, right = planner.from_dict(data), optimum(data)
    plan = solve(instance, OPTIONS)
    if usd is None:
        assert (str(plan.status), right.status) == ("infeasible", "infeasible")
        return
    assert plan.cost == pytest.approx(usd)
    assert right.objective == pytest.approx(usd)
    assert planner.check(instance, plan).passed


def llm(model: str, hardware: str, tokens: float, units: list[Data], usd: float) -> Data:
    """Half prompts, half answers of a thousand tokens, on GPUs hired one by one."""
    return {
        "version": 1,
        "name": "parts",
        "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 1},
        "workloads": {
            "chat": {
                "model": model,
                "demand": {"input_tokens_per_s": tokens, "output_tokens_per_s": tokens},
                "lengths": {"input_tokens": 1000, "output_tokens": 1000},
                "sla": {"tpot_ms": 50},
            }
        },
        "deployments": units,
        "fleet": {hardware: {"rent": {"kind": "on_demand", "price_usd_per_gpu_hour": usd}}},
    }


def test_one_gpu_serves_a_small_model() -> None:
    one = llm("qwen3-8b", "h100", 4000.0, [{"role": "colocated", "ep": [1, 2, 4, 8]}], 2.0)
    assert solve(planner.from_dict(one), OPTIONS).cost == pytest.approx(2.0)


def test_trays_of_a_rack_are_nodes() -> None:
    units = [{"role": "prefill", "ep": [4, 8, 16]}, {"role": "decode", "ep": [8, 16, 32, 72]}]
    plan = solve(planner.from_dict(llm("deepseek-r1", "gb200_nvl72", 20000.0, units, 3.3)), OPTIONS)
    assert plan.cost == pytest.approx(39.6)  # 12 GPUs, no rack of 72
    assert {
        one.nodes[0] for one in plan.placed if one.nodes
    } == set()  # nobody shares a tray, and no rack is sold


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sold_by": "gpu", "increment_nodes": 2}, "contradict each other"),
        ({"kind": "reserved", "sold_by": "gpu"}, "taken by the period are sold by the GPU"),
        ({"sold_by": "domain"}, "a scale-up domain by itself"),
    ],
)
def test_what_cannot_be_sold_is_refused(change: Data, message: str) -> None:
    data = requests(8, [TP2], {"price_usd_per_gpu_hour": 2.0} | change)
    with pytest.raises(planner.InstanceError, match=message):
        planner.from_dict(data)


def test_a_domain_has_no_fewer_nodes_than_are_usable() -> None:
    data = requests(8, [TP2], {"price_usd_per_gpu_hour": 2.0}, nodes_per_domain=4, usable_nodes_per_domain=5)
    with pytest.raises(planner.InstanceError, match="usable_nodes_per_domain 5 is more"):
        planner.from_dict(data)


def test_sizes_that_fill_a_rack_in_too_many_ways_are_refused() -> None:
    units = [{"name": f"u{n}", "ep": 8 * n, "rate_requests_per_s": {"chat": 1.0 * n}} for n in range(2, 40)]
    sold = {"price_usd_per_node_hour": 1.0, "sold_by": "domain"}
    with pytest.raises(planner.InstanceError, match=r"fleet\.x: units of .* fill a domain of 48 in"):
        planner.from_dict(requests(8, units, sold, nodes_per_domain=48))
    planner.from_dict(requests(8, units, sold | {"sold_by": "node"}, nodes_per_domain=48))


def test_fillings_are_those_that_leave_no_room() -> None:
    for sizes, capacity in (([5, 3, 2], 8), ([3], 8), ([7, 4], 30), ([2], 1)):
        assert fillings(sizes, capacity) == len(list(patterns_of(sizes, capacity)))


def test_nodes_are_lent_beside_large_units_on_gpus() -> None:
    """Four nodes of one's own, two of them lent; of four large units two lie on GPUs that are hired one by one."""
    data = requests(4, [TP2, TP2 | {"name": "tp8", "ep": 8}], {"price_usd_per_gpu_hour": 6.0, "min_nodes": 3})
    data["workloads"]["large"] = {"demand": {"requests_per_s": 4.0}}
    data["deployments"][1]["rate_requests_per_s"] = {"large": 1.0}
    data["fleet"]["x"] = {"mine": {"kind": "existing", "nodes": 4}} | data["fleet"]["x"]
    data["lending"] = {"l": {"hardware": "x", "price_usd_per_node_hour": 2.0, "max_nodes": 4}}
    plan = solve(planner.from_dict(data), OPTIONS)
    assert plan.usable, plan.reasons
    assert plan.cost == pytest.approx(3 * 8 * 6.0 - 2 * 2.0)
