"""Units on one node fail together: what stands in for them is a node's worth, in the rates, the audit and replays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import planner
from kernels.queueing import node_unavailability, spares
from planner.optimize.pipeline import solve
from planner.optimize.solve_options import SolveOptions
from planner.rates.compute import compute_rates
from planner.rates.standing import losses_of
from planner.verify.simulation.down import down_of
from planner.verify.simulation.schedule import schedule_of

FAILURES, REPAIR, PROMISED = 20.0, 24.0, 0.999


def question(gpus: int, per_s: float = 20.0, **hardware: Any) -> dict[str, Any]:
    """Requests that some unit of a node of 8 must be there for, nearly always."""
    return {
        "version": 1,
        "name": "together",
        "horizon": {"start": "2026-01-01T00:00+00:00", "periods": 2},
        "hardware": {
            "x": {"gpus_per_node": 8, "failures_per_node_year": FAILURES, "repair_hours": REPAIR} | hardware
        },
        "workloads": {
            "chat": {"demand": {"requests_per_s": [per_s, per_s / 2]}, "sla": {"availability": PROMISED}}
        },
        "deployments": [
            {"name": "u", "role": "request", "ep": gpus, "rate_requests_per_s": {"chat": gpus / 8}}
        ],
        "fleet": {"x": {"nodes": {"kind": "on_demand", "price_usd_per_node_hour": 1.0}}},
    }


def most_serving(units: int, beside: int) -> int:
    """By hand: of so many units, those that serve with a whole node standing by for each that may be down."""
    down = float(node_unavailability(FAILURES, REPAIR))
    serving = [
        n for n in range(units + 1) if n + beside * int(spares(-(-n // beside), down, PROMISED)) <= units
    ]
    return max(serving)


@pytest.mark.parametrize(("gpus", "beside"), [(1, 8), (2, 4), (3, 2), (8, 1)])
def test_units_that_a_node_holds_stand_by_together(gpus: int, beside: int) -> None:
    instance = planner.from_dict(question(gpus))
    rates = compute_rates(instance)
    assert rates.units[0].beside == beside
    assert rates.units[0].stands_on == 1
    law = losses_of(instance, rates, 0)
    for groups in (1, 2, 5, 12):
        needed = groups * beside
        least = law.least(needed, PROMISED)
        assert least is not None
        assert most_serving(least, beside) >= needed > most_serving(least - 1, beside)


def test_small_units_need_no_fewer_nodes_than_large_ones() -> None:
    cost = {}
    for gpus in (1, 2, 4, 8):
        plan = solve(
            planner.from_dict(question(gpus)), SolveOptions(solver="highs", threads=1, relative_gap=1e-6)
        )
        assert plan.usable, plan.reasons  # the audit finds the same by arithmetic of its own
        cost[gpus] = plan.cost
    assert cost[1] == cost[2] == cost[4] == cost[8]


@pytest.mark.parametrize("swap", [None, 0.5])
def test_large_pools_of_small_units_pass_the_audit(swap: float | None) -> None:
    more = {} if swap is None else {"swap_hours": swap}
    data = question(1, 60.0, **more)
    plan = solve(planner.from_dict(data), SolveOptions(solver="highs", threads=1))
    assert plan.usable, plan.reasons
    assert max(plan.units[0].on) > 500


@pytest.mark.parametrize("swap", [0.01, 1.0, 5.0])
def test_a_spare_node_never_makes_a_plan_of_single_nodes_dearer(swap: float) -> None:
    """3 of 4 nodes that are down for 0.005 of the time are up for 0.99985 of it, with spare nodes and without."""
    hardware = {"failures_per_node_year": 8.76, "repair_hours": 5.0}
    costs = []
    for more in ({}, {"swap_hours": swap}):
        data = question(8, 3.0)
        data["hardware"] = {name: {**one, **hardware, **more} for name, one in data["hardware"].items()}
        for workload in data["workloads"].values():
            workload["sla"]["availability"] = 0.999
        plan = solve(planner.from_dict(data), SolveOptions(solver="highs", threads=1, relative_gap=1e-6))
        assert plan.usable, plan.reasons
        costs.append(plan.cost)
    assert costs[0] == costs[1] > 0


def test_a_replay_takes_a_node_from_all_its_units() -> None:
    instance = planner.from_dict(question(2, 60.0))
    plan = solve(instance, SolveOptions(solver="highs", threads=1))
    schedule = schedule_of(instance, plan, compute_rates(instance))
    (down,) = down_of(schedule, plan, np.random.default_rng(1))
    for first in range(0, len(down) - 3, 4):
        assert down[first] == down[first + 1] == down[first + 2] == down[first + 3]
    assert len({str(copy) for copy in down}) > 1
