"""Small questions that between them use every feature whose plan looks different, and every way to end."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import planner
from tests.examples import small

if TYPE_CHECKING:
    from planner.instance import Instance
    from planner.plan.plan import Plan

PRICES = {"input_hit": 0.5, "input_miss": 2.0, "output": 8.0}
STAGES = {"first": {"years": 0.5}, "second": {"years": 1.5, "demand_scale": 1.5}}
SCENARIOS = {"quiet": {"probability": 0.25, "demand_scale": 0.5}, "busy": {"probability": 0.75}}
OWN = {
    "kind": "purchase",
    "price_usd_per_node": 100_000.0,
    "life_years": 4.0,
    "energy_usd_per_kwh": 0.1,
    "power_kw": 10.0,
    "max_nodes": 3,
}
VENDOR = {
    "price_usd_per_million_tokens": PRICES,
    "tiers": [{"above_usd_per_day": 10.0, "discount_share": 0.1}],
}
LENDING = {"hardware": "h800", "price_usd_per_node_hour": 9.5, "max_nodes": 4}
DEAR_LENDING = {**LENDING, "price_usd_per_node_hour": 100.0}
DEFERRAL = {"deadline_hours": 1.0}
BATCH = {
    "workloads.batch": {"demand": {"output_tokens_per_s": [100, 100, 100]}, "deferral": DEFERRAL},
    "deployments.1": {
        "name": "decode",
        "role": "decode",
        "nodes": 2,
        "rate_tokens_per_s": {"chat": 200, "batch": 200},
    },
}
MANY: dict[str, Any] = {
    "stages": STAGES,
    "scenarios": SCENARIOS,
    "vendors.v": {**VENDOR, "max_tokens_per_s": 500.0},
    "lending.training": LENDING,
    "fleet.h800.own": OWN,
    "start_up": {"usd_per_node": 3.0},
    "workloads.chat.price_usd_per_million_tokens": PRICES,
    "workloads.chat.shed_usd_per_million_tokens": 50.0,
    **BATCH,
}

QUESTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "in yuan": {"currency": "CNY", "exchange_rates": {"CNY": {"per_usd": 7.0, "date": "2025-02-28"}}},
    "one period": {
        "horizon.periods": 1,
        "workloads.chat.demand": {"input_tokens_per_s": 1500, "output_tokens_per_s": 350},
    },
    "half hours": {"horizon.period_hours": 0.5},
    "scenarios": {"scenarios": SCENARIOS},
    "scenarios, averse": {"scenarios": SCENARIOS, "risk": {"measure": "cvar", "level": 0.5, "weight": 0.5}},
    "stages": {"stages": STAGES, "fleet.h800.own": OWN},
    "stages and scenarios": {"stages": STAGES, "scenarios": SCENARIOS, "fleet.h800.own": OWN},
    "vendors": {"vendors.v": VENDOR},
    "vendors alone": {
        "vendors.v": VENDOR,
        "fleet.h800": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1e4}},
    },
    "lending": {"lending.training": LENDING},
    "earns": {"lending.training": DEAR_LENDING, "workloads.chat.price_usd_per_million_tokens": PRICES},
    "deferral": BATCH,
    "sheds": {"workloads.chat.shed_usd_per_million_tokens": 5.0, "fleet.h800.rent.max_nodes": 1},
    "starts": {"start_up": {"usd_per_node": 3.0, "before_first_period": "off"}},
    "spend": {
        "fleet.h800.plan": {"kind": "spend_commitment", "plan": "saver", "price_usd_per_node_hour": 9.0},
        "spend_commitments.saver": {"increment_usd_per_hour": 5.0},
    },
    "a baseline": {"baseline": {"nodes": [9, 9, 9]}, "horizon.repeats_per_year": 2920},
    "no demand": {"workloads.chat.demand": {"input_tokens_per_s": 0, "output_tokens_per_s": 0}},
    "costs nothing": {"fleet.h800": {"have": {"kind": "existing", "nodes": 20}}},
    "requests": {
        "workloads": {"embed": {"demand": {"requests_per_s": [10, 20, 30]}}},
        "deployments": [{"name": "e", "role": "request", "nodes": 1, "rate_requests_per_s": {"embed": 10}}],
    },
    "shared nodes": {
        "workloads": {"embed": {"demand": {"requests_per_s": [10, 20, 30]}}},
        "deployments": [
            {"name": "e", "role": "request", "ep": 2, "rate_requests_per_s": {"embed": 4}},
            {"name": "big", "role": "request", "ep": 16, "rate_requests_per_s": {"embed": 40}},
        ],
        "fleet.h800.gpus": {"kind": "spot", "price_usd_per_gpu_hour": 1.5},
    },
    "everything": MANY,
    "infeasible": {"fleet.h800.rent.max_nodes": 1, "fleet.h800.reserve.max_nodes": 1},
    "infeasible, staged": {
        **{key: value for key, value in MANY.items() if "shed" not in key},
        "vendors.v": {**VENDOR, "max_tokens_per_s": 1.0},
        "fleet.h800": {"rent": {"kind": "on_demand", "price_usd_per_node_hour": 1.0, "max_nodes": 1}},
    },
    "a channel without offers": {
        "fleet.h800": {
            "rent": {"kind": "on_demand", "price_usd_per_node_hour": 10.0, "max_nodes": 2},
            "week": {"kind": "contract", "hours": 168.0, "price_usd_per_node_hour": 2.0},
        }
    },
}


@cache
def solved(name: str) -> tuple[Instance, Plan]:
    """The instance of a name, and the plan or other end of its solve."""
    instance = small(QUESTIONS[name])
    return instance, planner.solve(instance, planner.SolveOptions(relative_gap=0.0))
