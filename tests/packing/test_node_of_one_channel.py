"""A node belongs to one channel: values worked by hand, by the planner and the second model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import planner
from planner.optimize.pipeline import solve
from planner.optimize.solve_options import SolveOptions
from planner.verify.audit.one_channel import Loads, Recorded, divisible
from tests.reference.reference import optimum

Data = dict[str, Any]
OPTIONS = SolveOptions(relative_gap=1e-9, solver="highs", threads=1, method="direct")


def question(units: dict[str, tuple[int, float]], fleet: Data, hardware: Data, **more: Any) -> Data:
    """Units by name: GPUs of one, and how many are asked for, each with a workload of its own; one hour."""
    return {
        "version": 1,
        "name": "channels",
        "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 1},
        "hardware": {"x": {"gpus_per_node": 4, "power_kw_per_node": 10.0} | hardware},
        "workloads": {name: {"demand": {"requests_per_s": count}} for name, (_, count) in units.items()},
        "deployments": [
            {"name": name, "role": "request", "ep": gpus, "hardware": "x", "rate_requests_per_s": {name: 1.0}}
            for name, (gpus, _) in units.items()
        ],
        "fleet": {"x": fleet},
        **more,
    }


def gpus(usd: float, **more: Any) -> Data:
    """GPUs by the hour."""
    return {"kind": "on_demand", "price_usd_per_gpu_hour": usd, **more}


def nodes(usd: float, **more: Any) -> Data:
    """Nodes by the hour."""
    return {"kind": "on_demand", "price_usd_per_node_hour": usd, **more}


def own(count: int, **more: Any) -> Data:
    """Nodes that are there."""
    return {"kind": "existing", "nodes": count, **more}


TAKER: Data = {"l": {"hardware": "x", "price_usd_per_node_hour": 1.0, "max_nodes": 1}}
LOSS: Data = {"kind": "spot", "correlated_loss": {"lost_share": 0.5, "kept_share": 0.8}}
BY_HAND: dict[str, tuple[Data, float]] = {
    # two units of 3 GPUs: 3 of each seller, though one sells 4 at a tenth
    "a unit has its GPUs of one channel": (
        question({"tp3": (3, 2.0)}, {"a": gpus(1.0, max_nodes=1), "b": gpus(10.0)}, {}),
        33.0,
    ),
    # 10 kW a node and 9 at the site: none may be on there, three nodes of 4 GPUs are hired
    "half a node is not run at half its power": (
        question(
            {"wide": (12, 1.0)},
            {"own": own(2, site="hall"), "b": gpus(2.0)},
            {},
            limits={"sites": {"hall": {"power_kw": 9.0}}},
        ),
        24.0,
    ),
    # 3 of 4 GPUs of each node: the cheap one does not run in full with a third of the other unit
    "a unit runs on the node of one channel": (
        question(
            {"tp3": (3, 2.0)},
            {
                "own": own(1, running_usd_per_node_hour=4.0),
                "dear": own(1, running_usd_per_node_hour=8.0),
            },
            {},
        ),
        0.75 * 4.0 + 0.75 * 8.0,
    ),
    # 10 kW a node, 7.5 at the site: three units there, the fourth at 2
    "power is that of the GPUs under units": (
        question(
            {"tp1": (1, 4.0)},
            {"own": own(3, site="hall"), "b": gpus(2.0)},
            {},
            limits={"sites": {"hall": {"power_kw": 7.5}}},
        ),
        2.0,
    ),
    # the same beside nodes: of four units that one node could bear three run in the hall
    "a node of the hall and one beside it share the units": (
        question(
            {"tp1": (1, 4.0)},
            {"own": own(3, site="hall"), "b": nodes(2.0)},
            {},
            limits={"sites": {"hall": {"power_kw": 7.5}}},
        ),
        2.0,
    ),
    # the same of units of two GPUs: 5 kW each, the second does not fit
    "a unit has its power of one site": (
        question(
            {"tp2": (2, 2.0)},
            {"own": own(3, site="hall"), "b": gpus(2.0)},
            {},
            limits={"sites": {"hall": {"power_kw": 7.5}}},
        ),
        4.0,
    ),
    # the rack of 2 is under the unit, so its nodes are not lent; a second of 10 to lend one of its nodes is too dear
    "nodes under a unit in a rack are not lent": (
        question(
            {"wide": (8, 1.0)},
            {
                "racks": own(2, sold_by="domain", min_nodes=2),
                "b": nodes(9.0, min_nodes=1),
            },
            {"nodes_per_domain": 2},
            lending=TAKER,
        ),
        9.0,
    ),
    # with two nodes by the hour the unit lies on those, and one of the rack is lent
    "a unit beside the rack leaves its nodes to lend": (
        question(
            {"wide": (8, 1.0)},
            {"racks": own(2, sold_by="domain", min_nodes=2), "b": nodes(9.0, min_nodes=2)},
            {"nodes_per_domain": 2},
            lending=TAKER,
        ),
        17.0,
    ),
    # of a rack of 3 two nodes run at 1; the second unit lies on nodes beside it, at 3 each, not one here and one there
    "a unit lies in a rack or beside it": (
        question(
            {"wide": (8, 2.0)},
            {
                "racks": own(3, sold_by="domain", running_usd_per_node_hour=1.0),
                "b": nodes(2.0, running_usd_per_node_hour=1.0),
            },
            {"nodes_per_domain": 3},
        ),
        2.0 + 2 * 3.0,
    ),
    # the unit runs in one of the racks, three nodes of it: not two in the cheap one and one in the dear one
    "a unit lies in the rack of one channel": (
        question(
            {"wide": (12, 2.0)},
            {
                "cheap": own(4, sold_by="domain", running_usd_per_node_hour=1.0),
                "dear": own(4, sold_by="domain", running_usd_per_node_hour=5.0),
            },
            {"nodes_per_domain": 4},
        ),
        3 * 1.0 + 3 * 5.0,
    ),
    # half of the spot nodes may go, 0.8 of 2 must remain: a node more; GPUs that no unit can use are not sold
    "GPUs come in numbers that units use": (
        question({"wide": (8, 1.0)}, {"spot": {**LOSS, "price_usd_per_gpu_hour": 1.0}, "b": gpus(9.0)}, {}),
        16.0,
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_value_worked_by_hand(name: str) -> None:
    data, usd = BY_HAND[name]
    assert optimum(data).objective == pytest.approx(usd)
    plan = solve(planner.from_dict(data), OPTIONS)
    assert plan.status == "optimal", plan.reasons
    assert plan.cost == pytest.approx(usd)


CLAIMS: dict[str, dict[str, float]] = {
    # 3 of 4 GPUs of each node: the cheap one cannot have a third of the other unit
    "a unit runs on the node of one channel": {"own": 1.0, "dear": 0.5},
    # three units are on one node, one on the other
    "a node of the hall and one beside it share the units": {"own": 0.5, "b": 0.5},
    # each rack is under one unit of three nodes
    "a unit lies in the rack of one channel": {"cheap": 4.0, "dear": 2.0},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_audit_refuses_use_that_the_nodes_of_a_channel_cannot_have(name: str) -> None:
    instance = planner.from_dict(BY_HAND[name][0])
    plan = solve(instance, OPTIONS)
    assert not planner.check(instance, plan).violations
    claimed = tuple(replace(one, nodes=(CLAIMS[name][one.channel],)) for one in plan.use)
    assert sum(one.nodes[0] for one in claimed) == sum(one.nodes[0] for one in plan.use)
    told = planner.check(instance, replace(plan, use=claimed)).violations
    assert any(one.rule == "placement" and "each of one channel" in one.message for one in told)


@pytest.mark.parametrize(
    ("loads", "sellers", "lent", "whole"),
    [
        ((3, 3), ((3, 1), (3, 1)), 0, True),
        ((3, 3), ((4, 1), (2, 1)), 0, False),
        ((3, 3), ((6, 1), (0, 1)), 0, False),  # on one node
        ((3, 3), ((6, 2), (0, 0)), 0, True),
        ((1, 2, 3), ((3, 2), (3, 1)), 0, True),
        ((1, 2, 3), ((3, 1), (3, 1)), 0, False),
        ((2, 2), ((4, 1), (2, 2)), 1, False),  # a node of four GPUs is lent: 8 in use
        ((2, 2), ((6, 2), (2, 1)), 1, True),
        ((2, 2, 2), ((2, 1), (2, 1), (2, 1)), 0, True),
        ((2, 2, 2), ((3, 1), (3, 2), (0, 1)), 0, False),
    ],
)
def test_whether_nodes_can_be_divided_by_hand(
    loads: tuple[int, ...], sellers: tuple[tuple[int, int], ...], lent: int, whole: bool
) -> None:
    assert divisible(Loads(loads, (), lent, 4), tuple(Recorded(*one) for one in sellers)) is whole
