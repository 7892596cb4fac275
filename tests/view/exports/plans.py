"""Solved plans that between them use every kind of charge."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import planner
from tests.examples import small

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan

LONG: dict[str, Any] = {
    "horizon.periods": 60,
    "horizon.start": "2025-01-30T20:00+00:00",
    "workloads.chat.demand": {
        "input_tokens_per_s": [1500, 900, 2500] * 20,
        "output_tokens_per_s": [350, 150, 500] * 20,
    },
}

CHANGES: dict[str, dict[str, Any]] = {
    "reserved and hired": {},
    "two months": LONG,
    "bought, with energy": {
        "hardware.h800.power_kw_per_node": 10.0,
        "fleet.h800.own": {
            "kind": "purchase",
            "price_usd_per_node": 100_000.0,
            "life_years": 4.0,
            "energy_usd_per_kwh": 0.1,
            "max_nodes": 3,
        },
    },
    "contracts": LONG
    | {
        "fleet.h800.block": {
            "kind": "contract",
            "hours": 12.0,
            "price_usd_per_node_hour": 8.0,
            "max_nodes": 4,
        }
    },
    "starts cost": {"start_up.usd_per_node": 3.0},
    "shed": {
        "workloads.chat.shed_usd_per_million_tokens": 5.0,
        "fleet.h800.rent.max_nodes": 1,
        "fleet.h800.reserve.max_nodes": 4,
    },
    "spend commitment": {
        "fleet.h800.plan": {"kind": "spend_commitment", "plan": "saver", "price_usd_per_node_hour": 9.0},
        "spend_commitments.saver": {"increment_usd_per_hour": 5.0},
    },
    "lent": {
        "lending.training": {"hardware": "h800", "price_usd_per_node_hour": 9.5, "max_nodes": 4},
    },
}


@cache
def solved(name: str) -> tuple[Instance, Plan]:
    """The instance of a name, and its plan."""
    instance = small(CHANGES[name])
    plan = planner.solve(instance)
    assert plan.usable
    return instance, plan
